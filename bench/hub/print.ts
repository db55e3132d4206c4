import { installPeer } from '../launch/peer.ts'
import { benchHub, type Part } from './hub.ts'
import { keepCoreForHubs } from './hub-process.ts'
import { usualPlan } from './phases.ts'
import { goals, hubGoals, hubHeld, hubTable } from './verdict.ts'

export { parts } from './hub.ts'

export interface HubSetting {
  machine: string
  rounds: number
  parts: Part[]
  peer: boolean
  json: boolean
  report(line: string): void
  signal: AbortSignal
}

/** Measures the hub, and returns the parts of the result as they are to be printed. */
export async function printHub({ machine, rounds, parts, peer, json, report, signal }: HubSetting): Promise<string[]> {
  const install = async () => (await installPeer(report)).bin
  const plan = { ...usualPlan, rounds, signal }
  const isAlone = keepCoreForHubs()
  const result = await benchHub({ plan, only: parts, peer: peer ? install : undefined, report })
  if (!isAlone) result.notes.push('Hubs and load shared all cores: this machine has no second core, or no taskset.')
  if (json) return [JSON.stringify({ machine, ...result, goals: goals(result) }, undefined, 2)]
  return [machine, hubTable(result), hubHeld(result), hubGoals(result), ...result.notes].filter((part) => part !== '')
}
