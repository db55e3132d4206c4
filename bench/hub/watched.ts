/** Does everything that `bench hub` measures once more, at a hub whose event loop is watched. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HubContender } from './contender.ts'
import { addMore, bulk, closeSide, createResults, fill, lists, openSide, type Plan, starts, whoami } from './phases.ts'
import { type Held, readStalls } from './stalls.ts'

export interface HeldIn extends Held {
  /** What the hub was asked for at that time. */
  part: string
}

/** Returns what held the hub's event loop, except before its first answer: loading its own files is no defect. */
export async function watchedRun(contender: HubContender, dir: string, usual: Plan): Promise<HeldIn[]> {
  const plan = { ...usual, rounds: 1 }
  const found: HeldIn[] = []
  const results = createResults()
  let side = await openSide(contender, plan, true)
  let since = side.hub.answeredAt
  const watch = async (part: string, act: () => Promise<void>) => {
    await act()
    // What the act has left to do counts too.
    await sleep(plan.aloneSeconds * 100)
    found.push(...(await readStalls(dir, since)).map((held) => ({ part, ...held })))
    since = performance.timeOrigin + performance.now()
  }
  try {
    await watch('users made in bulk', () => bulk(results, [side], plan))
    await watch('lists', () => lists(results, [side], plan))
    await watch('GET /hub/api/user', () => whoami(results, [side], plan))
    await watch('starts and stops', () => starts(results, [side], plan))
    await watch('starts', () => fill(side, plan.running, plan))
    for (const isMore of [false, true]) {
      await closeSide(side)
      if (isMore) await addMore(contender, plan)
      side = await openSide(contender, plan, true)
      since = side.hub.answeredAt
      const users = isMore ? plan.manyUsers : plan.users
      await watch(`after a restart with ${users} users`, () => sleep(plan.aloneSeconds * 1000))
      if (isMore) await watch(`starts among ${users} users`, () => fill(side, plan.manyRunning, plan))
    }
    return found
  } finally {
    await closeSide(side)
  }
}
