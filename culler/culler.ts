import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { z } from 'zod'
import { closerOf } from '../net/closer.ts'
import { cullerDefaults } from './defaults.ts'
import { type HealthOptions, type LastRound, startHealth } from './health.ts'
import { openHubClient } from './hub-client.ts'
import { cullOnce, type Outcome } from './round.ts'

/**
 * Stops idle and over-age servers and removes temporary users, through the hub's REST API alone: it never contacts a
 * server, keeps nothing, and may be stopped at any moment. Two of them do no harm, for every removal is conditional.
 */
export interface CullerOptions {
  /** The hub: `http://127.0.0.1:8081`, or `unix+http://%2Frun%2Fhub.sock`. */
  hub: string
  /** `CARREL_CULLER_TOKEN`. */
  token: string
  /**
   * Seconds from the end of a round to the begin of the next. The first begins at once. With `once`, how often another
   * program starts this one. The hub is told it. The defaults of this and the next two are in `cullerDefaults`.
   */
  everySeconds?: number | undefined
  idleSeconds?: number | undefined
  /** The age limit of servers, however busy, and of temporary users. 0 is no limit. */
  maxAgeSeconds?: number | undefined
  /** Whether temporary users are removed too, once they have no server. Default: true. */
  removeUsers?: boolean | undefined
  /** Whether to do just one round. */
  once?: boolean | undefined
  /** Whether to do just one round, which prints each decision and why, and removes nothing. */
  dryRun?: boolean | undefined
  /** Answers `GET /health`. Default: no listener. */
  health?: HealthOptions | undefined
  log: Logger
  forTests?: CullerTestOptions | undefined
}

/** Settings that no command offers. */
export interface CullerTestOptions {
  /** The time limit of each request to the hub. Default: 60. */
  requestTimeoutSeconds?: number
  /** Where a dry run prints to. Default: standard output. */
  print?(line: string): void
}

export interface Culler {
  /** The URL of `/health`, if the options have a port for it. */
  healthUrl: string | undefined
  /** Stops the culler and breaks off a round that is under way. May be called twice. */
  stop(): Promise<void>
}

/**
 * Starts a culler, and resolves once that is at work. With `once` or `dryRun`, resolves when the one round is over, and
 * rejects if the hub did not answer.
 */
export async function startCuller({ log, health, forTests = {}, ...input }: CullerOptions): Promise<Culler> {
  await using opened = new AsyncDisposableStack()
  const { requestTimeoutSeconds = 60, print = (line: string) => void process.stdout.write(`${line}\n`) } = forTests
  const options = readSettings(input)
  const stopping = new AbortController()
  const { signal } = stopping
  const round = { ...options, log }

  const hub = openHubClient({ ...options, requestTimeoutSeconds })
  opened.defer(() => hub.close())
  if (options.once || options.dryRun) {
    await (options.dryRun ? cullOnce(hub, { ...round, rehearse: print }, signal) : loggedRound())
    return { healthUrl: undefined, stop: async () => undefined }
  }

  let last: LastRound | undefined
  const listener = health && (await startHealth(health, () => last))
  opened.defer(() => listener?.stop())
  const loop = runLoop()
  opened.defer(() => loop)
  opened.defer(() => stopping.abort())
  return { healthUrl: listener?.url, stop: closerOf(opened) }

  async function runLoop(): Promise<void> {
    while (!signal.aborted) {
      try {
        last = { ended: new Date().toISOString(), ok: true, ...(await loggedRound()) }
      } catch (error) {
        if (signal.aborted) return
        const problem = error instanceof Error ? error.message : String(error)
        last = { ended: new Date().toISOString(), ok: false, problem }
        log.warn({ problem }, 'nothing was culled; the next round tries again')
      }
      await sleep(options.everySeconds * 1000, undefined, { signal }).catch(() => undefined)
    }
  }

  async function loggedRound(): Promise<Outcome> {
    const begun = performance.now()
    const outcome = await cullOnce(hub, round, signal)
    log.info({ ...outcome, milliseconds: Math.round(performance.now() - begun) }, 'round ended')
    return outcome
  }
}

const settingsSchema = z.strictObject({
  hub: z
    .string()
    .regex(
      /^(https?:\/\/[^/?#@]+|unix\+http:\/\/%2F[^/?#]+)$/,
      'looks like http://127.0.0.1:8081, or unix+http://%2Frun%2Fcarrel%2Fhub.sock for a socket',
    ),
  token: z.string().min(32, 'has at least 32 characters: is CARREL_CULLER_TOKEN set?'),
  /** A week at most, since a timer of Node holds at most 24 days. */
  everySeconds: z.number().positive().max(604_800).default(cullerDefaults.everySeconds),
  idleSeconds: z.number().positive().default(cullerDefaults.idleSeconds),
  maxAgeSeconds: z.number().min(0).default(cullerDefaults.maxAgeSeconds),
  removeUsers: z.boolean().default(true),
  once: z.boolean().default(false),
  dryRun: z.boolean().default(false),
})

function readSettings(input: z.input<typeof settingsSchema>): z.output<typeof settingsSchema> {
  const { success, data, error } = settingsSchema.safeParse(input)
  if (success) return data
  throw new Error(`The culler's settings have problems:\n${z.prettifyError(error)}`)
}
