/** Puts into words why git failed, by what it said. */
import { GitError } from './git.ts'
import { missingSshClient } from './process.ts'
import type { Remote } from './remote-url.ts'

interface Kind {
  said: RegExp
  /** Why, and what to do. */
  message(
    remote: Remote,
    hasCredentials: boolean,
    host: { shown: string | undefined; known: readonly string[] },
  ): string
  passes?: boolean
  cause?: string
}

const kinds: readonly Kind[] = [
  {
    said: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    message: ({ host }, _hasCredentials, { shown = 'one of another kind', known }) =>
      `${host} showed another host key (${shown}) than the known one (${known.join(', ')}). Ask its operator whether the key was changed. If so, give the new one.`,
  },
  {
    said: /Host key verification failed|No \S+ host key is known/,
    message: ({ host }) =>
      `The host key of ${host} is not among the known ones. Give the lines that ssh-keyscan ${host} prints, once you have compared them.`,
  },
  {
    said: /Load key .*(?:passphrase|libcrypto|invalid format)/,
    message: () => 'The deploy key cannot be read, or has a passphrase. Make one without: ssh-keygen -t ed25519 -N "".',
  },
  {
    said: /Permission denied \(|Too many authentication failures/,
    message: ({ host }) => `${host} refused the deploy key. Add its public half to the repository there.`,
  },
  {
    said: /cannot run ssh|ssh: (?:command )?not found/,
    message: () => missingSshClient().message,
  },
  {
    said: /[Oo]ut of memory|mmap failed|cannot allocate/,
    message: () =>
      'The repository holds something that takes more memory than the hub allows. Remove the largest files from it.',
  },
  {
    said: /No space left on device|Disk quota exceeded/,
    message: () => 'The disk of the hub is full. Make room there.',
    passes: true,
  },
  {
    said: /not our ref|unadvertised object|no such remote ref|couldn't find remote ref/i,
    message: () =>
      'The repository does not hand out that commit. Perhaps it is gone after a forced push: take a newer one.',
  },
  {
    said: /fsck error|error in (?:packed )?object|bogus|loose object .* corrupt/i,
    message: () =>
      'The repository holds an object that git finds unsafe or damaged. Look at it with git fsck, and remove it from the history.',
    cause: 'unsafe',
  },
  {
    said: /could not read (?:Username|Password)|Authentication failed|returned error: 40[137]|access denied/i,
    message: ({ host }, hasCredentials) =>
      hasCredentials
        ? `${host} refused the token. It may have expired, or not be for this repository.`
        : `${host} does not show the repository. Either it is private, or the address is wrong. Give a token for it, make it public, or correct the address.`,
  },
  {
    said: /not found|does not appear to be a git repository|does not exist|returned error: 4(?:04|10)/i,
    message: ({ host }, hasCredentials) =>
      `${host} has no repository at this address, or does not show it${hasCredentials ? ' to these credentials' : ''}. Correct the address.`,
  },
  {
    said: /dumb http/i,
    message: () =>
      'The address leads to plain files, not to a server of git. Use the address that the host shows for cloning.',
  },
  {
    said: /certificate|SSL|TLS|GnuTLS/,
    message: ({ host }) =>
      `The certificate of ${host} could not be verified. Its operator must correct it, or the hub's machine must know its authority.`,
  },
  {
    said: /refused|timed out|Operation too slow|Failed to connect|Couldn't connect|Could not connect|Connection (?:reset|closed)|unreachable|No route/i,
    message: ({ host, port }) => `${host} did not answer on port ${port}. Try again later.`,
    passes: true,
  },
  {
    said: /returned error: (?:429|5\d\d)|RPC failed|early EOF|hung up|transfer closed|disconnect|unexpected/i,
    message: ({ host }) => `${host} failed while it answered. Try again later.`,
    passes: true,
  },
]

/**
 * Returns the error for what git said about a repository elsewhere. `said` must hold no credentials; `known` are the fingerprints by
 * which its host is known.
 */
export function failureOf(
  remote: Remote,
  said: string,
  hasCredentials: boolean,
  known: readonly string[] = [],
): GitError {
  const kind = kinds.find((one) => one.said.test(said))
  const [shown] = /SHA256:[A-Za-z0-9+/]{43}/.exec(said) ?? []
  const message =
    kind?.message(remote, hasCredentials, { shown, known }) ??
    `What ${remote.host} answered is not the answer of a repository. Correct the address.`
  return new GitError(message, { detail: plain(said).slice(-2000), passes: kind?.passes ?? false, cause: kind?.cause })
}

/** Returns a text of the other side without control characters but line ends. */
export function plain(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, '�')
    .trim()
}
