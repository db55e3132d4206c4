/** Shortens a finding: leaves out steps, lines, repetitions and bytes that it does not need. */
import { type Act, described, type Exchange } from './exchange.ts'
import { type Court, type Harm, harmOfOne, type Numbered } from './judge.ts'

const seconds = 30

export async function minimised(court: Court, { number, exchange }: Numbered, harm: Harm): Promise<string> {
  const deadline = performance.now() + seconds * 1000
  let smallest = exchange
  for (let changed = true; changed; ) {
    changed = false
    for (const smaller of smallerOnes(smallest)) {
      if (performance.now() > deadline) return described(smallest)
      const now = await harmOfOne(court, { number, exchange: smaller })
      if (now?.kind !== harm.kind) continue
      smallest = smaller
      changed = true
      break
    }
  }
  return described(smallest)
}

/** Yields exchanges that lack one part each, big parts first. */
function* smallerOnes(exchange: Exchange): Generator<Exchange> {
  const atOnce = joined(exchange.client)
  if (atOnce.length < exchange.client.length) yield { ...exchange, client: atOnce }
  for (const side of ['client', 'server'] as const) {
    const acts = exchange[side]
    for (const index of acts.keys()) yield { ...exchange, [side]: acts.filter((_, other) => other !== index) }
    for (const [index, act] of acts.entries()) {
      if (!('write' in act)) continue
      for (const write of shorterOnes(act.write)) yield { ...exchange, [side]: replacedAt(acts, index, { write }) }
    }
  }
}

function* shorterOnes(text: string): Generator<string> {
  const lines = text.split(/(?<=\r\n)/)
  for (const index of lines.keys()) yield lines.filter((_, other) => other !== index).join('')
  for (let size = text.length >> 1; size > 4; size >>= 1) {
    for (let at = 0; at + size <= text.length; at += size) yield text.slice(0, at) + text.slice(at + size)
    if (size < text.length / 64) return
  }
}

function replacedAt(acts: Act[], index: number, act: Act): Act[] {
  return acts.map((one, other) => (other === index ? act : one))
}

/** Joins the pieces of a text into one, without pauses between them. */
function joined(acts: Act[]): Act[] {
  const joint: Act[] = []
  for (const act of acts) {
    const last = joint.at(-1)
    if ('write' in act && last !== undefined && 'write' in last) last.write += act.write
    else if (!('wait' in act) || act.wait === 'other') joint.push({ ...act })
  }
  return joint
}
