/** What the doctor says of one thing: it is well, it is not (and what to change), or nobody could tell (and why). */
export interface Finding {
  check: string
  verdict: 'ok' | 'problem' | 'unknown'
  message: string
}

export function ok(check: string, message: string): Finding {
  return { check, verdict: 'ok', message }
}

export function problem(check: string, message: string): Finding {
  return { check, verdict: 'problem', message }
}

/** Something that could not be found out. */
export function unknown(check: string, message: string): Finding {
  return { check, verdict: 'unknown', message }
}

const words = { ok: 'ok', problem: 'problem', unknown: 'could not check' }

export function findingText({ check, verdict, message }: Finding): string {
  return `${words[verdict]}: ${check}: ${message}`
}
