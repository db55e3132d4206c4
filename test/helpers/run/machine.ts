/** Tells what the processors of this machine did during a run. Only Linux tells. */
import { readdirSync, readFileSync } from 'node:fs'

/** Programs that serve tests and belong to no group of them. */
const servers = ['dockerd', 'containerd', 'postgres']

/** Seconds of all processors since the machine's start. */
export interface ProcessorTimes {
  programs: number
  kernel: number
  idle: number
  /** Idle while a program waited for a disk. */
  disk: number
  /** What the machine's host gave to others. */
  stolen: number
}

export interface MachineTimes extends ProcessorTimes {
  /** Seconds of each server that runs, with what it has started and waited for. */
  servers: number[]
}

const names = ['programs', 'kernel', 'idle', 'disk', 'stolen'] as const

export function processorTimes(): ProcessorTimes | undefined {
  try {
    const [total = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
    const [user = 0, nice = 0, system = 0, idle = 0, disk = 0, hard = 0, soft = 0, stolen = 0] = seconds(
      total.split(/ +/).slice(1),
    )
    return { programs: user + nice, kernel: system + hard + soft, idle, disk, stolen }
  } catch {
    return undefined
  }
}

export function machineTimes(): MachineTimes | undefined {
  const times = processorTimes()
  return times && { ...times, servers: secondsOfServers() }
}

/** Returns what part of each kind the processors' time had between two times. */
export function sharesOf(from: ProcessorTimes, to: ProcessorTimes): ProcessorTimes {
  const all = names.reduce((sum, name) => sum + to[name] - from[name], 0)
  const share = (name: keyof ProcessorTimes) => (to[name] - from[name]) / all
  return {
    ...{ programs: share('programs'), kernel: share('kernel') },
    ...{ idle: share('idle'), disk: share('disk'), stolen: share('stolen') },
  }
}

/** Says how busy the processors were between two times, and with what beside the groups and containers, whose seconds are given. */
export function machineLines(from: MachineTimes, to: MachineTimes, groups: number, containers: number): string[] {
  const shares = sharesOf(from, to)
  const [programs, kernel, idle, disk, stolen] = names.map((name) => `${(100 * shares[name]).toFixed(0)} %`)
  const busy = to.programs + to.kernel - from.programs - from.kernel
  const served = servers.map((name, index) => [name, (to.servers[index] ?? 0) - (from.servers[index] ?? 0)] as const)
  const known = served.reduce((sum, [, own]) => sum + own, groups + containers)
  const beside = [['containers', containers] as const, ...served, ['all else', busy - known] as const]
  return [
    `the processors: ${programs} programs, ${kernel} the kernel, ${idle} idle, ${disk} idle for a disk, ${stolen} stolen by the host`,
    `beside the groups, in seconds of the processors: ${beside.map(([name, own]) => `${name} ${own.toFixed(0)}`).join(', ')}`,
  ]
}

function secondsOfServers(): number[] {
  const sums = new Map<string, number>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
      // Behind the name: own times and times of the children are the twelfth to the fifteenth.
      const times = seconds(
        stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .slice(11, 15),
      )
      sums.set(
        name,
        times.reduce((sum, one) => sum + one, sums.get(name) ?? 0),
      )
    } catch {
      // The process has ended.
    }
  }
  return servers.map((name) => sums.get(name) ?? 0)
}

/** Linux counts in hundredths of a second. */
function seconds(ticks: string[]): number[] {
  return ticks.map((one) => Number(one) / 100)
}
