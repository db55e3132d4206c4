/** Returns the first of these codings that a client takes, by its `Accept-Encoding`; undefined for none. A weight of 0 refuses one. */
export function keptCoding<Coding extends string>(accepted: string, codings: readonly Coding[]): Coding | undefined {
  const taken = accepted
    .split(',')
    .map((one) => one.trim().split(/\s*;\s*/))
    .filter(([, weight = '']) => !/^q=0(\.0*)?$/.test(weight))
    .map(([name]) => name?.toLowerCase())
  return codings.find((coding) => taken.includes(coding))
}
