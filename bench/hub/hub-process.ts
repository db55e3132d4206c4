/** Starts a hub as a process, on a core of its own where the machine has several, and waits for its first answer. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningHub } from './contender.ts'

export interface HubCommand {
  command: [string, ...string[]]
  cwd: string
  env: NodeJS.ProcessEnv
  api: string
  token: string
  onAllCores?: boolean | undefined
}

const startMilliseconds = 180_000

export async function startHubProcess({
  command,
  cwd,
  env,
  api,
  token,
  onAllCores = false,
}: HubCommand): Promise<RunningHub> {
  const cores = onAllCores ? `0-${cpus().length - 1}` : '0'
  const [file, ...args] = isPinned ? (['taskset', '-c', cores, ...command] as const) : command
  const began = performance.now()
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-3000)
    })
  }
  while (!(await answers(`${api}/user`, token))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`a hub did not start:\n${said}`)
    if (performance.now() - began > startMilliseconds) {
      await end(child)
      throw new Error(`a hub did not answer within ${startMilliseconds / 1000} s:\n${said}`)
    }
    await sleep(5)
  }
  const answered = performance.now()
  return {
    api,
    token,
    pid: child.pid ?? 0,
    answeredAfter: answered - began,
    answeredAt: performance.timeOrigin + answered,
    stop: () => end(child),
  }
}

let isPinned = false

/** Keeps the first core for the hubs that are started from now on, where that is possible, and returns whether it is. */
export function keepCoreForHubs(): boolean {
  const others = cpus().length - 1
  isPinned = others > 0 && works('taskset', ['-a', '-p', '-c', `1-${others}`, String(process.pid)])
  return isPinned
}

function works(file: string, args: string[]): boolean {
  try {
    execFileSync(file, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function answers(url: string, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request(url, { headers: { authorization: `token ${token}` }, timeout: 30_000 }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asking.on('error', () => resolve(false))
    asking.on('timeout', () => asking.destroy())
    asking.end()
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), 30_000)
  await ended
  clearTimeout(kill)
}
