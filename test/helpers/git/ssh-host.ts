import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Cleanup } from '../cleanup.ts'

const run = promisify(execFile)
const program = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find((path) => existsSync(path))

/** What `requirePart` wants to know of SSH. */
export const missingSsh =
  program === undefined ? 'there is no sshd here. Install it (on Debian: apt-get install openssh-server)' : undefined

export interface SshHost {
  port: number
  /** `ssh://USER@127.0.0.1:PORT`, before the path of a repository on this machine. */
  url: string
  /** The private key that opens it. */
  key: string
  /** The line of `known_hosts` for the host as it is called, with its port. */
  knownHosts(host?: string): string
  /** The same line for the key that it has now. */
  shownKey(): Promise<string>
  /** Lets another key in, given by its public half, and no other any more. */
  letIn(publicKey: string): Promise<void>
  /** Gives the host another key, as one in the middle would have. */
  changeHostKey(): Promise<void>
  /** How many connections there were. */
  connections(): number
  /** What the last command was asked for. */
  asked(): Promise<string>
  /** Makes a key that does not open it. */
  otherKey(): Promise<string>
}

/** Starts a real sshd on 127.0.0.1: each connection gets a process of its own, so that no port is chosen here. */
export async function startSshHost(cleanup: Cleanup): Promise<SshHost> {
  const folder = await mkdtemp(join(tmpdir(), 'carrel-ssh-host-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  // Without this folder sshd does not start as root.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  const makeKey = async (name: string) => {
    const path = join(folder, name)
    await rm(path, { force: true })
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path])
    return readFile(path, 'utf8')
  }
  await makeKey('host')
  const key = await makeKey('user')
  const asked = join(folder, 'asked')
  const command = join(folder, 'command')
  await writeFile(
    command,
    `#!/bin/sh\nprintf '%s' "$SSH_ORIGINAL_COMMAND" > '${asked}'\nexport GIT_CONFIG_GLOBAL=/dev/null\neval "exec $SSH_ORIGINAL_COMMAND"\n`,
    { mode: 0o755 },
  )
  const settings = [
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'user.pub')}`,
    `ForceCommand ${command}`,
    ...['StrictModes no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'UsePAM no'],
    ...['PermitRootLogin prohibit-password', 'AcceptEnv GIT_PROTOCOL', 'PidFile none'],
  ]
  await writeFile(join(folder, 'config'), `${settings.join('\n')}\n`)
  let connections = 0
  const server = createServer({ pauseOnConnect: true }, (socket: Socket) => {
    connections += 1
    socket.on('error', () => undefined)
    const args = ['-i', '-e', '-f', join(folder, 'config')]
    const child = spawn(program ?? 'sshd', args, { stdio: [socket, socket, 'ignore'] })
    child.once('spawn', () => socket.destroy())
    cleanup.defer(() => child.kill())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.defer(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  const hostKey = await readFile(join(folder, 'host.pub'), 'utf8')
  return {
    port,
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    key,
    knownHosts: (host = '127.0.0.1') => `[${host}]:${port} ${hostKey}`,
    shownKey: async () => `[127.0.0.1]:${port} ${await readFile(join(folder, 'host.pub'), 'utf8')}`,
    letIn: (publicKey) => writeFile(join(folder, 'user.pub'), `${publicKey}\n`),
    changeHostKey: async () => void (await makeKey('host')),
    connections: () => connections,
    asked: () => readFile(asked, 'utf8'),
    otherKey: () => makeKey('other'),
  }
}
