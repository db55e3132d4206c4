import { gitKeyCommand } from '../git-key.ts'

export const keyCommand = gitKeyCommand('course', (name) => `/hub/api/courses/${encodeURIComponent(name)}/key`)
