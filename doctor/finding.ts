/** A result of the doctor: well, a problem with its remedy, or something that could not be checked, and why. */
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

/** Returns a finding on something that could not be checked. */
export function unknown(check: string, message: string): Finding {
  return { check, verdict: 'unknown', message }
}

const words = { ok: 'ok', problem: 'problem', unknown: 'could not check' }

export function findingText({ check, verdict, message }: Finding): string {
  return `${words[verdict]}: ${check}: ${message}`
}
