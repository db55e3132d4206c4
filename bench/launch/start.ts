/** Measures how long Carrel itself takes to start. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeSecrets, secretsInEnvironment } from '../../bin/secrets.ts'
import { makeJupyterEnvironment } from '../../spawners/process/jupyter/environment.ts'
import { type Carrel, projectDir, startCarrel } from '../../test/helpers/carrel.ts'
import type { Row } from '../figures.ts'
import { untilQuiet } from '../machine.ts'
import { memoryRows } from './memory.ts'

export interface StartOptions {
  rounds: number
  report(line: string): void
  signal: AbortSignal
}

export interface StartResult {
  /** Milliseconds. */
  times: Row[]
  /** Megabytes, 15 seconds after the link of each second start. */
  memory: Row[]
}

/**
 * Runs the benchmark. Installs JupyterLab before, since that time belongs to the very first start, and to the network.
 */
export async function benchStart({ rounds, report, signal }: StartOptions): Promise<StartResult> {
  await makeJupyterEnvironment({ report, signal })
  const fresh: number[] = []
  const second: number[] = []
  const hub: number[] = []
  const memory = memoryRows()
  for (let round = 1; round <= rounds; round += 1) {
    const dataDir = await mkdtemp(join(tmpdir(), 'carrel-bench-'))
    try {
      for (const times of [fresh, second]) {
        signal.throwIfAborted()
        await untilQuiet()
        times.push(await untilLink(dataDir, times === second ? memory.measure : undefined))
      }
      await untilQuiet()
      hub.push(await untilHub(join(dataDir, 'data'), signal))
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
    report(`round ${round} of ${rounds}: the link answered after ${Math.round(second.at(-1) ?? 0)} ms`)
  }
  const times = [
    { what: 'carrel start, new data folder: the link answers (goal: at most 800)', values: fresh },
    { what: 'carrel start, second start: the link answers (goal: at most 800)', values: second },
    { what: 'carrel hub: it listens', values: hub },
  ]
  return { times, memory: memory.rows() }
}

/** Returns how long a start took. `then` is done with the Carrel that runs. */
async function untilLink(dataDir: string, then?: (carrel: Carrel) => Promise<void>): Promise<number> {
  const began = performance.now()
  const carrel = await startCarrel({ dataDir })
  try {
    const answer = await fetch(carrel.link)
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`${carrel.link} was answered with ${answer.status}`)
    const milliseconds = performance.now() - began
    await then?.(carrel)
    return milliseconds
  } finally {
    await carrel.stop()
  }
}

/** Starts the hub alone, on the data of the earlier starts, and returns how long that took. */
async function untilHub(dataDir: string, signal: AbortSignal): Promise<number> {
  const socketPath = join(dataDir, 'hub.sock')
  const urls = ['--hub-url', 'http://127.0.0.1:8000', '--servers-url', 'http://localhost:8000']
  const env = { ...process.env, ...secretsInEnvironment(await makeSecrets(dataDir, process.env)) }
  const logs = ['--log-file', join(dataDir, 'logs', 'bench.log')]
  const began = performance.now()
  const args = [
    join(projectDir, 'bin', 'carrel.js'),
    'hub',
    '--socket',
    socketPath,
    '--data',
    dataDir,
    ...urls,
    ...logs,
  ]
  const hub = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'], signal })
  try {
    while (!(await answers(socketPath))) {
      if (hub.exitCode !== null) throw new Error(`the hub ended with ${hub.exitCode}`)
      if (performance.now() - began > 30_000) throw new Error('the hub does not listen')
      await sleep(5)
    }
    return performance.now() - began
  } finally {
    await end(hub)
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ socketPath, path: '/health', timeout: 2000 }, (answer) => {
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
  await ended
}
