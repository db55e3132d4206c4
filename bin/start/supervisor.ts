/** Runs hub, proxy and culler as children of this process, which loads next to nothing: it lives as long as they do. */
import { join } from 'node:path'
import type { Claim } from './claim-file.ts'
import { keepDeaths } from './death-list.ts'
import type { Interrupts } from './interrupts.ts'
import type { ChildSpec, Plan } from './plan.ts'
import type { Planner } from './planner-process.ts'
import { type RestartingChild, superviseChild } from './restarting-child.ts'

export interface Surroundings {
  print(line: string): void
  interrupts: Interrupts
  claim: Claim
  planner: Planner
}

const graceSeconds = 5

/**
 * Runs the parts of a plan. Resolves with the exit code when everything has ended.
 *
 * A part that cannot start ends everything only before everything was up once. After that each part is started again
 * for ever, and only a person's signal stops learners' servers.
 */
export async function supervise(plan: Plan, { print, interrupts, claim, planner }: Surroundings): Promise<number> {
  const children: RestartingChild[] = []
  const deaths = keepDeaths(plan.deaths.file, plan.deaths.earlier, print)
  let wasUp = false
  const keep = (spec: ChildSpec) => {
    const changed = () => claim.note([planner, ...children].flatMap(({ pid }) => pid ?? []))
    const child = superviseChild(spec, {
      print,
      changed: () => queueMicrotask(changed),
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

  let code = 0
  try {
    const healthy = Promise.all([hub.ready, proxy.ready]).then(() => planner.untilHealthy())
    await Promise.race([healthy, failure.promise, interrupted])
    if (!interrupts.signal.aborted) {
      wasUp = true
      keep(plan.culler)
      print(plan.greeting)
    }
    await interrupted
    print("Stopping learners' servers, then Carrel. Once more stops at once.")
  } catch (error) {
    print(`${(error as Error).message} What it said is above, or in ${join(plan.dataDir, 'logs')}.`)
    code = 1
  }
  const kill = () => {
    for (const child of children) child.kill()
  }
  interrupts.again.addEventListener('abort', kill)
  if (code === 0) {
    const areStopped = await hub.request({ kind: 'stop servers', graceSeconds }, 'servers stopped', graceSeconds + 15)
    if (!areStopped) print('The hub did not answer. Servers may still run; the next start finds them.')
  } else if (hasHub) {
    // The hub may have found servers of an earlier start. A hub that was never up has found none.
    print('Servers that were running go on; the next start finds them.')
  }
  await stopInOrder(hub, proxy, children)
  await deaths.close()
  interrupts.again.removeEventListener('abort', kill)
  return interrupts.again.aborted ? 130 : code
}

async function stopInOrder(hub: RestartingChild, proxy: RestartingChild, children: RestartingChild[]) {
  for (const child of children) if (child !== hub && child !== proxy) await child.stop()
  await hub.stop()
  await proxy.stop()
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
}
