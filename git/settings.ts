/** What each run of git has for settings and environment, and nothing else: no file of this machine or of a repository adds to it. */

/** GitSettings of git, by their names. One name may stand more than once. */
export type GitSettings = readonly (readonly [name: string, value: string])[]

const always: GitSettings = [
  // Nothing of a repository runs, and git asks nothing.
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.askPass', ''],
  ['credential.helper', ''],
  ['credential.interactive', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  // No other program than the one for this address, and no other address than this one.
  ['protocol.allow', 'never'],
  ['protocol.version', '2'],
  ['http.followRedirects', 'false'],
  ['http.proxy', ''],
  ['http.sslVerify', 'true'],
  ['http.saveCookies', 'false'],
  ['http.delegation', 'none'],
  // A host that says nothing keeps no place from others. One that packs for long sends signs of life.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '120'],
  ['transfer.bundleURI', 'false'],
  ['transfer.credentialsInUrl', 'die'],
  ['fetch.uriProtocols', ''],
  // What comes is checked, stays in one pack, and is not tidied up behind our back.
  ['fetch.fsckObjects', 'true'],
  ['fetch.fsck.badTimezone', 'ignore'],
  ['fetch.fsck.missingSpaceBeforeDate', 'ignore'],
  ['fetch.fsck.zeroPaddedFilemode', 'ignore'],
  ['fetch.unpackLimit', '1'],
  ['fetch.writeCommitGraph', 'false'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // Large files are never as a whole in memory.
  ['core.bigFileThreshold', '8m'],
  ['core.packedGitWindowSize', '32m'],
  ['core.packedGitLimit', '256m'],
  ['pack.threads', '1'],
  ['safe.directory', '*'],
]

/** Returns the environment of a run. GitSettings stand in it, so that arguments and files hold none of their secrets. */
export function environmentOf(settings: GitSettings = []): Record<string, string> {
  const all = [...always, ...settings]
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    HOME: '/dev/null',
    XDG_CONFIG_HOME: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_ALLOW_PROTOCOL: '',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_CONFIG_COUNT: String(all.length),
  }
  // The certificates of an authority of the operator's own, as every git on this machine takes them.
  if (process.env.GIT_SSL_CAINFO !== undefined) env.GIT_SSL_CAINFO = process.env.GIT_SSL_CAINFO
  for (const [index, [name, value]] of all.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = name
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return env
}
