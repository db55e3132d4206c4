import type { Logger } from 'pino'
import { inParallel } from '../net/in-parallel.ts'
import { learnerPrefix } from '../net/machine/account-names.ts'
import type { HubClient, HubServer, HubUser, Removal } from './hub-client.ts'
import { type CullLimits, type Decision, judgeServer, judgeUser } from './policy.ts'

export interface RoundOptions extends CullLimits {
  /** From round to round, as the hub is told it. */
  everySeconds: number
  removeUsers: boolean
  log: Logger
  /** When present, gets a line for each decision, and nothing is removed. */
  rehearse?: ((line: string) => void) | undefined
}

/**
 * The result of a round. `failed` counts removals that were refused or failed, and users that were not understood; the
 * next round tries again.
 */
export interface Outcome {
  users: number
  servers: number
  serversRemoved: number
  usersRemoved: number
  changed: number
  failed: number
}

interface Task {
  what: 'server' | 'user'
  /** The user and server, for logs. */
  names: { user: string; server?: string }
  decision: Decision
  /** Absent when the decision is to keep the server or user. */
  remove?: (signal: AbortSignal) => Promise<Removal>
}

const atOnce = 10

const inLog: Record<Removal, string> = {
  removed: 'culled',
  'under way': 'is being culled',
  missing: 'was removed already',
  changed: 'has changed since it was listed, left alone',
}

/**
 * Does one round. Lists all users before the first removal, so that removals do not shift the pages. A removal that
 * fails stops no other. Rejects only when the hub does not give the list, or with the signal's reason.
 */
export async function cullOnce(hub: HubClient, options: RoundOptions, signal: AbortSignal): Promise<Outcome> {
  const { log, rehearse, removeUsers } = options
  const outcome: Outcome = { users: 0, servers: 0, serversRemoved: 0, usersRemoved: 0, changed: 0, failed: 0 }
  if (rehearse === undefined) await tellLimits(hub, options, signal)
  const users = await hub.listUsers((problem) => {
    outcome.failed++
    log.warn({ problem }, 'left alone')
  }, signal)
  const tasks = users.flatMap((user) => [
    ...Object.entries(user.servers).map(([slug, server]) => serverTask(hub, user, slug, server, options)),
    ...(removeUsers ? [userTask(hub, user, options)] : []),
  ])
  outcome.users = users.length
  outcome.servers = tasks.filter(({ what }) => what === 'server').length

  if (rehearse !== undefined) {
    for (const task of tasks) rehearse(describe(task))
    return outcome
  }
  await inParallel(atOnce, tasks, async ({ what, names, decision, remove }) => {
    if (remove === undefined) return
    const fields = { ...names, user: loggedName(names.user), reason: decision.reason }
    try {
      const removal = await remove(signal)
      log.info(fields, `${what} ${inLog[removal]}`)
      if (removal === 'changed') outcome.changed++
      else if (removal !== 'missing' && what === 'server') outcome.serversRemoved++
      else if (removal !== 'missing') outcome.usersRemoved++
    } catch (error) {
      signal.throwIfAborted()
      outcome.failed++
      log.warn({ ...fields, problem: error instanceof Error ? error.message : String(error) }, 'could not remove it')
    }
  })
  return outcome
}

/** Tells the hub by what limits this round goes. Where that fails the round goes on, for learners are then only not warned. */
async function tellLimits(hub: HubClient, options: RoundOptions, signal: AbortSignal): Promise<void> {
  try {
    await hub.tellLimits(options, signal)
  } catch (error) {
    signal.throwIfAborted()
    const problem = error instanceof Error ? error.message : String(error)
    options.log.warn({ problem }, 'could not tell the hub the limits, so learners are not warned of stops')
  }
}

function serverTask(hub: HubClient, user: HubUser, slug: string, server: HubServer, limits: CullLimits): Task {
  const decision = judgeServer(server, limits)
  const task = { what: 'server' as const, names: { user: user.name, server: slug }, decision }
  if (decision.action === 'keep') return task
  const { reason, seen } = decision
  const condition = { run: server.run, reason, ...(seen !== undefined && { last_activity: seen }) }
  return { ...task, remove: (signal) => hub.removeServer(user.name, slug, condition, signal) }
}

function userTask(hub: HubClient, user: HubUser, limits: CullLimits): Task {
  const decision = judgeUser(user, limits)
  const task = { what: 'user' as const, names: { user: user.name }, decision }
  if (decision.action === 'keep' || decision.seen === undefined) return task
  const condition = { last_activity: decision.seen }
  return { ...task, remove: (signal) => hub.removeUser(user.name, condition, signal) }
}

function describe({ what, names, decision }: Task): string {
  const { user, server } = names
  const name = server === undefined ? user : `${user} ${server}`
  const verb = decision.action === 'keep' ? 'keep' : what === 'server' ? 'stop' : 'remove'
  return `${verb.padEnd(6)}  ${what.padEnd(6)}  ${name}: ${decision.reason}`.replace(/\p{Cc}/gu, '?')
}

/** Returns a name for the log. A learner's id belongs to a person and stays out; the hub's log names the server. */
function loggedName(name: string): string {
  return name.startsWith(learnerPrefix) ? 'lms…' : name
}
