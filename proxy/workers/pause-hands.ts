import { drainMilliseconds, pauseMilliseconds } from '../../seats/route.ts'
import { mostPauses, type Pauses } from '../routes/pauses.ts'
import type { Hand, PauseOrder, WorkerPause } from './hand.ts'

/** A worker that hangs has so long for its answer, and then counts as one at which something is under way. */
const answerMilliseconds = drainMilliseconds + 500

/** Pauses of servers at all workers: there is one where each worker has it. `orders` are those of this moment. */
export function pauseHands(hands: ReadonlyMap<number, Hand>): Pauses & { orders(): PauseOrder[] } {
  /** The names of pauses by their paths. */
  const begun = new Map<string, string>()
  const all = (order: PauseOrder) => {
    const late = new Promise<WorkerPause>((resolve) => setTimeout(resolve, answerMilliseconds, 'busy').unref())
    return Promise.all(Array.from(hands.values(), (hand) => Promise.race([hand.pause(order), late])))
  }
  const isOn = (path: string, name: string) => begun.get(path) === name
  const end = async (path: string, name: string) => {
    if (!isOn(path, name)) return false
    const answers = await all({ path, name, ends: true })
    const lasted = isOn(path, name)
    if (lasted) begun.delete(path)
    return lasted && answers.every((answer) => answer === 'ended' || answer === 'gone')
  }

  return {
    end,
    async begin(path, name) {
      if (begun.has(path) || begun.size >= mostPauses) return 'other'
      begun.set(path, name)
      const forget = () => isOn(path, name) && begun.delete(path)
      setTimeout(forget, pauseMilliseconds).unref()
      const answers = await all({ path, name, ends: false })
      if (answers.every((answer) => answer === 'paused' || answer === 'gone')) return 'paused'
      await end(path, name)
      return answers.includes('busy') ? 'busy' : 'other'
    },
    orders: () => Array.from(begun, ([path, name]) => ({ path, name, ends: false })),
  }
}
