/** Where a submodule is: its address may begin at that of the repository around it, as git reads it. */
import { type GitCredentials, GitError } from '../git.ts'
import { type Remote, readRemote } from '../remote-url.ts'

/**
 * Returns the address that `url` of `.gitmodules` means in the repository at `around`. Throws a `GitError` where it leads out of
 * the host: git would take the next name for a host.
 */
export function addressOfModule(around: Remote, url: string): Remote {
  if (!/^\.\.?\//.test(url)) return readRemote(url)
  const base = around.url.replace(/\/+$/, '')
  const host = /^[a-z]+:\/\/[^/]+/.exec(base)?.[0] ?? base.slice(0, base.indexOf(':'))
  let [at, rest, separator] = [base, url, '/']
  for (let step = /^\.\.?\//.exec(rest); step !== null; step = /^\.\.?\//.exec(rest)) {
    rest = rest.slice(step[0].length)
    if (step[0] === './') continue
    if (at === host)
      throw new GitError(
        `Its address ${JSON.stringify(url.slice(0, 200))} leads above the first folder of ${around.host}. Correct it in .gitmodules.`,
      )
    const cut = Math.max(at.lastIndexOf('/'), host.length)
    separator = at[cut] ?? '/'
    at = at.slice(0, cut)
  }
  return readRemote(`${at}${separator}${rest.replace(/\/$/, '')}`)
}

/** Returns the credentials of the commit's own repository for a submodule at the same place, and none for another one. */
export function credentialsOfModule(
  own: Remote,
  module: Remote,
  credentials: GitCredentials | undefined,
): GitCredentials | undefined {
  const isSame = own.protocol === module.protocol && own.host === module.host && own.port === module.port
  if (isSame) return credentials
  if (module.protocol === 'ssh')
    throw new GitError(
      `Its address ${module.url} is one of SSH, for which there is no deploy key here. Write https://, or an address relative to this repository, in .gitmodules.`,
    )
  return undefined
}
