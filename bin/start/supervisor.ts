/** Runs hub, proxy and culler as children of this process, which loads next to nothing: it lives as long as they do. */
import { join } from 'node:path'
import type { Claim } from './claim-file.ts'
import { keepDeaths } from './death-list.ts'
import type { Interrupts } from './interrupts.ts'
import type { ChildSpec, Plan } from './plan.ts'
import { type Planner, startPlanner } from './planner-process.ts'
import { listenForReloads } from './reload-socket.ts'
import { createReloads, type Reloads } from './reloads.ts'
import { type RestartingChild, superviseChild } from './restarting-child.ts'

export interface Surroundings {
  /** The arguments of `carrel start`, with which a reload plans again. */
  args: string[]
  print(line: string): void
  interrupts: Interrupts
  claim: Claim
  planner: Planner
}

interface Parts {
  hub: RestartingChild
  proxy: RestartingChild
  culler: RestartingChild
}

const graceSeconds = 5
const serversGoOn = 'Servers that were running go on; the next start finds them.'

/**
 * Runs the parts of a plan. Resolves with the exit code when everything has ended.
 *
 * A part that cannot start ends everything only before everything was up once. After that each part is started again
 * for ever, and only a person's signal stops learners' servers, unless the plan keeps them.
 */
export async function supervise(plan: Plan, surroundings: Surroundings): Promise<number> {
  const { print, interrupts, claim } = surroundings
  const children: RestartingChild[] = []
  const planners = [surroundings.planner]
  const deaths = keepDeaths(plan.deaths.file, plan.deaths.earlier, print)
  let wasUp = false
  const changed = () =>
    queueMicrotask(() => {
      claim.note([...planners.flatMap(({ pid }) => pid ?? []), ...children.flatMap(({ pids }) => pids)])
    })
  const keep = (spec: ChildSpec) => {
    const child = superviseChild(spec, {
      ...{ print, changed },
      died: (name, how) => deaths.note(name, how),
      mayGiveUp: () => !wasUp,
    })
    children.push(child)
    return child
  }
  const proxy = keep(plan.proxy)
  const hub = keep(plan.hub)
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => undefined)
  for (const child of children) child.failed.catch(failure.reject)
  const interrupted = until(interrupts.signal)
  let hasHub = false
  hub.ready.then(() => {
    hasHub = true
  })
  let reloading: Reloading | undefined

  let code = 0
  try {
    const healthy = Promise.all([hub.ready, proxy.ready]).then(() => surroundings.planner.untilHealthy())
    const more = await Promise.race([healthy, failure.promise, interrupted])
    if (!interrupts.signal.aborted) {
      wasUp = true
      const parts = { hub, proxy, culler: keep(plan.culler) }
      const plans = (planner: Planner) => {
        planners.splice(0, planners.length, planner)
        changed()
      }
      reloading = await openReloads(plan, parts, { ...surroundings, plans })
      print(plan.greeting)
      if (more !== undefined) print(more)
    }
    await interrupted
    print(
      plan.keepServers
        ? `Stopping Carrel. ${serversGoOn} Once more stops at once.`
        : "Stopping learners' servers, then Carrel. Once more stops at once.",
    )
  } catch (error) {
    print(`${(error as Error).message} What it said is above, or in ${join(plan.dataDir, 'logs')}.`)
    code = 1
  }
  const kill = () => {
    for (const child of children) child.kill()
  }
  interrupts.again.addEventListener('abort', kill)
  await reloading?.close()
  if (code === 0 && !plan.keepServers) {
    const areStopped = await hub.request({ kind: 'stop servers', graceSeconds }, 'servers stopped', graceSeconds + 15)
    if (!areStopped) print('The hub did not answer. Servers may still run; the next start finds them.')
  } else if (code !== 0 && hasHub) {
    // The hub may have found servers of an earlier start. A hub that was never up has found none.
    print(serversGoOn)
  }
  await stopInOrder(hub, proxy, children)
  await deaths.close()
  interrupts.again.removeEventListener('abort', kill)
  return interrupts.again.aborted ? 130 : code
}

interface Reloading {
  /** Takes no further request. Resolves when no reload is under way. */
  close(): Promise<void>
}

interface ReloadSurroundings extends Surroundings {
  /** Called with the planner of each reload. */
  plans(planner: Planner): void
}

/** From now on reloads at SIGHUP, and when `carrel reload` asks for it. */
async function openReloads(plan: Plan, parts: Parts, surroundings: ReloadSurroundings): Promise<Reloading> {
  const { print, interrupts } = surroundings
  const reloads: Reloads = createReloads((report) => reload(plan, parts, report, surroundings))
  const close =
    plan.reloadSocket === undefined
      ? () => undefined
      : await listenForReloads(plan.reloadSocket, reloads).catch((error: Error) => {
          print(`Warning: carrel reload does not reach this start, only SIGHUP does. ${error.message}`)
          return () => undefined
        })
  interrupts.onReload(() => void reloads.request(() => undefined))
  return {
    async close() {
      close()
      await reloads.settled()
    },
  }
}

/** Takes a changed config over: a planner checks it, and a new hub with it takes the place of the old one. */
async function reload(
  plan: Plan,
  { hub, proxy, culler }: Parts,
  report: (line: string) => void,
  { args, print, interrupts, plans }: ReloadSurroundings,
): Promise<number> {
  const said: string[] = []
  const say = (line: string) => {
    said.push(line)
    print(line)
    report(line)
  }
  try {
    const planner = startPlanner(args, interrupts, { fixed: plan.fixed, print: say })
    plans(planner)
    const next = await planner.plan
    if (interrupts.signal.aborted) throw new Error('Carrel is being stopped.')
    if (typeof next === 'number') throw new Error('The config cannot be taken over.')
    await hub.replace(next.hub, interrupts.signal)
    culler.renew(next.culler)
    // The proxy reads its certificate again.
    proxy.signal('SIGHUP')
    say('Reloaded: the config is in use as it is now.')
    return 0
  } catch (error) {
    say(`${(error as Error).message} Nothing has changed: Carrel goes on with the config that it had.`)
    hub.tell({ kind: 'reload failed', reason: said.join('\n') })
    return 1
  }
}

async function stopInOrder(hub: RestartingChild, proxy: RestartingChild, children: RestartingChild[]) {
  for (const child of children) if (child !== hub && child !== proxy) await child.stop()
  await hub.stop()
  await proxy.stop()
}

function until(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined))
  })
}
