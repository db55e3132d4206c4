import type { Group } from '../command.ts'
import { createCommand, editCommand } from './courses/define.ts'
import { hookCommand } from './courses/hook.ts'
import { keyCommand } from './courses/key.ts'
import { linkCommand, listCommand, showCommand } from './courses/look.ts'
import { archiveCommand, deleteCommand, renameCommand } from './courses/move.ts'
import { pullCommand } from './courses/pull.ts'
import { sparesCommand } from './courses/spares.ts'

export const command: Group = {
  name: 'course',
  summary: 'Makes courses and changes them at a running hub, without a restart',
  commands: [
    listCommand,
    showCommand,
    createCommand,
    editCommand,
    pullCommand,
    keyCommand,
    hookCommand,
    sparesCommand,
    renameCommand,
    archiveCommand,
    deleteCommand,
    linkCommand,
  ],
}
