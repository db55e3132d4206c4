/** Reads `.gitmodules` by git's own parser. What it says beside paths and addresses counts for nothing. */
import { GitError, type GitFile } from '../git.ts'
import { runGit } from '../process.ts'
import type { Local } from '../repository.ts'

/** The largest `.gitmodules`. */
const mostBytes = 1_000_000

/** Returns the addresses of submodules by their paths. Rejects with a `GitError` for a file that cannot be read. */
export async function readGitmodules(local: Local, file: GitFile | undefined): Promise<Map<string, string>> {
  if (file === undefined) return new Map()
  if (file.kind === 'link' || file.bytes > mostBytes)
    throw new GitError('.gitmodules is a link, or larger than 1 MB. Put a short file there.')
  const { code, wrote } = await runGit({
    ...local,
    args: ['--git-dir=.', 'config', '--no-includes', '-z', '--blob', file.blob, '--list'],
    maxBytes: 2 * mostBytes,
  })
  if (code !== 0) throw new GitError('.gitmodules cannot be read. Look at it with git config -f .gitmodules --list.')
  return addressesIn(wrote.toString('utf8'))
}

/** Reads what `git config -z --list` writes. Of settings that stand twice the last one counts, as in git. */
function addressesIn(text: string): Map<string, string> {
  const modules = new Map<string, { path?: string; url?: string }>()
  for (const setting of text.split('\0')) {
    const end = setting.indexOf('\n')
    const [, name, key] = /^submodule\.(.+)\.(path|url)$/s.exec(setting.slice(0, end)) ?? []
    if (end === -1 || name === undefined || key === undefined) continue
    modules.set(name, { ...modules.get(name), [key]: setting.slice(end + 1) })
  }
  return new Map(
    [...modules.values()].flatMap(({ path, url }) => (path === undefined || url === undefined ? [] : [[path, url]])),
  )
}
