import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'

/**
 * Returns the first three numbers of a network of 256 addresses to which this machine has no way yet, and which no other
 * test gets while this process lives.
 */
export async function freeSubnet(): Promise<string> {
  const taken = await networksOfMachine()
  for (let third = 0; third < 256; third += 1) {
    const [address, mask] = [(10 << 24) | (214 << 16) | (third << 8), 0xff_ff_ff_00]
    const isTaken = taken.some((one) => ((one.address ^ address) & one.mask & mask) === 0)
    if (!isTaken && (await claim(`carrel-test-subnet-${third}`))) return `10.214.${third}`
  }
  throw new Error('all subnets of tests are taken: docker network prune removes those of killed tests')
}

/** Reads Linux' table of routes, which has a line for each network, with numbers whose bytes are in reverse. */
async function networksOfMachine(): Promise<{ address: number; mask: number }[]> {
  const text = await readFile('/proc/net/route', 'latin1').catch(() => '')
  const lines = text.trim().split('\n').slice(1)
  const numberOf = (hex = '') => Buffer.from(hex, 'hex').readInt32LE()
  return lines
    .map((line) => line.split('\t'))
    .map((fields) => ({ address: numberOf(fields[1]), mask: numberOf(fields[7]) }))
    .filter(({ mask }) => mask !== 0)
}

/** Takes a name on this machine, unless another process has it. The system gives it back when this process ends. */
async function claim(name: string): Promise<boolean> {
  const server = createServer().unref()
  try {
    await once(server.listen(`\0${name}`), 'listening')
    return true
  } catch {
    return false
  }
}
