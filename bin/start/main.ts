/** The process of `carrel start`. Loads nothing that is needed only once: a planner does that, and ends. */
import { holdClaim } from './claim-file.ts'
import { listenForInterrupts } from './interrupts.ts'
import { startPlanner } from './planner-process.ts'
import { supervise } from './supervisor.ts'

process.exit(await main(process.argv.slice(2)))

async function main(args: string[]): Promise<number> {
  const interrupts = listenForInterrupts()
  // A closed terminal or a pipe without a reader must not end what runs.
  process.stdout.on('error', () => undefined)
  const planner = startPlanner(args, interrupts)
  const plan = await planner.plan
  if (typeof plan === 'number') return plan
  const claim = await holdClaim(plan.runDir, process.pid, planner.pid === undefined ? [] : [planner.pid])
  try {
    const print = (line: string) => void process.stdout.write(`${line}\n`)
    return await supervise(plan, { args, print, interrupts, claim, planner })
  } finally {
    await claim.release()
  }
}
