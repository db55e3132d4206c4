/** Fetches as a hub does, in a process that a test kills: its arguments are the folder of the mirrors and the source. */
import type { GitSource } from '../../git/git.ts'
import { openGit } from '../../git/open.ts'
import { testRules } from './world.ts'

const [folder = '', source = '{}'] = process.argv.slice(2)
const git = openGit({ folder, rules: testRules, mostOnDisk: 2 ** 30 })
await git.fetch(JSON.parse(source) as GitSource, { signal: new AbortController().signal })
process.stdout.write('fetched\n')
await git.close()
