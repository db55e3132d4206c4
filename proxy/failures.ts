/** How much each address may get wrong before it must wait: guessing is cheap for whoever guesses, not for us. */
export interface Failures {
  /** This address has got so much wrong of late that nothing of it is looked at just now. */
  isTooMany(address: string): boolean
  add(address: string): void
}

export interface FailuresOptions {
  /** So many at once … */
  burst: number
  /** … and so many a second on the long run. */
  perSecond: number
  /** Milliseconds. */
  now(): number
  /** Addresses that are remembered; the one that was quiet for longest is forgotten first. */
  remembered?: number
}

export function createFailures({ burst, perSecond, now, remembered = 10_000 }: FailuresOptions): Failures {
  const counts = new Map<string, { count: number; at: number }>()

  const countOf = (name: string) => {
    const known = counts.get(name)
    return known === undefined ? 0 : Math.max(0, known.count - ((now() - known.at) / 1000) * perSecond)
  }

  return {
    isTooMany: (address) => countOf(networkOf(address)) >= burst,
    add(address) {
      const name = networkOf(address)
      const count = countOf(name) + 1
      // A Map keeps the order of insertion, so what was counted last goes to the end.
      counts.delete(name)
      counts.set(name, { count, at: now() })
      const [oldest] = counts.keys()
      if (counts.size > remembered && oldest !== undefined) counts.delete(oldest)
    },
  }
}

/** One client has all addresses of an IPv6 network to choose from. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [start = '', end] = address.split('::')
  const groups = start.split(':').filter((group) => group !== '')
  const missing = end === undefined ? 0 : 8 - groups.length - end.split(':').filter((group) => group !== '').length
  const zeros = Array.from({ length: missing }, () => '0')
  return [...groups, ...zeros, ...(end ?? '').split(':')].slice(0, 4).join(':')
}
