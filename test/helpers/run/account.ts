/** Counts what a group of tests takes of the processors, by a control group of the kernel. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Account {
  /** Counts a process from now on, and all that it starts, also what is killed later or leaves it. */
  add(pid: number): void
  /** Returns the seconds so far. */
  seconds(): number
  /** Forgets the account. Processes that are left go on, and keep its folder. */
  close(): void
}

/** Opens an account below this process's own control group. Undefined where it may make none: only root on Linux may. */
export function openAccount(name: string, root = ownControlGroup()): Account | undefined {
  if (root === undefined) return undefined
  const folder = join(root, name)
  try {
    mkdirSync(folder)
  } catch {
    return undefined
  }
  return {
    add(pid) {
      try {
        writeFileSync(join(folder, 'cgroup.procs'), String(pid))
      } catch {
        // The process has ended already, or may not be moved.
      }
    },
    seconds: () => secondsOf(folder),
    close() {
      try {
        rmdirSync(folder)
      } catch {
        // A process is left in it.
      }
    },
  }
}

/** Returns the seconds so far of the control groups that Docker Engine and kubelets make for their containers. */
export function secondsOfContainers(root = controlGroups()): number {
  if (root === undefined) return 0
  const names = readdirSync(root).filter((name) => /^(?:docker|kube)/.test(name))
  return names.reduce((sum, name) => sum + secondsOf(join(root, name)), 0)
}

function secondsOf(folder: string): number {
  try {
    return Number(/^usage_usec (\d+)$/m.exec(readFileSync(join(folder, 'cpu.stat'), 'utf8'))?.[1] ?? 0) / 1_000_000
  } catch {
    return 0
  }
}

/** Returns the folder of control groups of the second version, which count for every group, whatever controllers it has. */
function controlGroups(): string | undefined {
  try {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    return /^\d+ \d+ \S+ \/ (\S+) .* - cgroup2 /m.exec(mounts)?.[1]
  } catch {
    return undefined
  }
}

function ownControlGroup(): string | undefined {
  const root = controlGroups()
  const own = root && /^0::(.+)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
  return own && join(root, own)
}
