import { join } from 'node:path'
import { type Death, readDeaths } from '../bin/deaths.ts'
import { type Finding, ok, problem, unknown } from './finding.ts'
import type { Setup } from './setup.ts'

const check = 'processes'
const minutes = 60

export async function checkDeaths({ dataDir }: Setup): Promise<Finding[]> {
  try {
    const deaths = await readDeaths(dataDir)
    return deaths === undefined ? [] : judgeDeaths(deaths, Date.now(), join(dataDir, 'logs'))
  } catch (error) {
    return [unknown(check, `${join(dataDir, 'deaths.json')} cannot be read: ${(error as Error).message}`)]
  }
}

/** Returns the findings of a list of deaths. Pure. */
export function judgeDeaths(deaths: Death[], now: number, logs: string): Finding[] {
  const recent = deaths.filter(({ at }) => now - at < minutes * 60_000)
  if (recent.length === 0) return [ok(check, `no part of carrel start has died in the last ${minutes} minutes`)]
  return [...new Set(recent.map(({ part }) => part))].map((part) => {
    const own = recent.filter((death) => death.part === part)
    const times = own.length === 1 ? 'once' : `${own.length} times`
    return problem(
      check,
      `the ${part} has died ${times} in the last ${minutes} minutes (last: ${own.at(-1)?.cause}). It is started again ` +
        `each time, and learners' servers go on. The end of ${join(logs, `${part}.log`)} and the terminal of carrel start ` +
        `say why; "exit code" without a reason there is a fault of ours: report it as SECURITY.md says.`,
    )
  })
}
