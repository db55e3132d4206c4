/** Amounts of bytes in options, in Kubernetes' words. Pure. */
import { z } from 'zod'

export const quantity = z.string().regex(/^\d+(\.\d+)?([KMGT]i?|k)?$/, 'looks like 10Gi')

/** Returns the bytes of a quantity such as `10Gi`. */
export function bytesOf(quantity: string): number {
  const [, number = '', letter = '', binary = ''] = /^([\d.]+)([KkMGTP]?)(i?)$/.exec(quantity) ?? []
  const power = ' KMGTP'.indexOf(letter.toUpperCase() || ' ')
  return Math.ceil(Number(number) * (binary === 'i' ? 1024 : 1000) ** power)
}
