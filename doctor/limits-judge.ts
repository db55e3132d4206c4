/** Turns what a server has found about its limits into findings. Pure. */
import { amountText } from '../courses/amount.ts'
import type { ServerStatus } from '../spawners/spawner.ts'
import { type Finding, ok, problem, unknown } from './finding.ts'

/** What a server was promised to get at most. Undefined where nothing is promised. */
export interface Promised {
  cpu: number | undefined
  memory: number | undefined
  pids: number | undefined
  openFiles: number | undefined
  /** Bytes of the disk, and of the learner's home. */
  disk: number | undefined
  home: number | undefined
}

export interface Tried {
  /** The names of the courses, for people. */
  who: string
  spawner: string
  promised: Promised
  /** What the program has printed, and how it has ended. */
  lines: readonly string[]
  end: Extract<ServerStatus, { state: 'exited' }>
}

type Judge = (tried: Tried & { said(name: string): string[] | undefined }) => Finding

const remedies: Record<string, Record<string, string>> = {
  memory: {
    docker:
      "The engine's kernel must count memory: docker info says what it lacks. Boot it with cgroup_enable=memory swapaccount=1.",
    kubernetes:
      'Look whether something changes the limits of pods (kubectl get pod -o yaml), and whether nodes count memory.',
  },
  cpu: {
    docker: "The engine's kernel must have CFS quotas: docker info says if it lacks them (No cpu cfs quota support).",
    kubernetes: 'Look whether the kubelet has cpuCFSQuota: false, and whether something changes the limits of pods.',
  },
  pids: {
    docker: 'The kernel must have the pids controller: docker info says if it lacks it.',
    kubernetes: 'Set podPidsLimit of the kubelets, 1024 or so.',
  },
  files: {
    docker: 'Set the option openFiles, and look whether the image raises its limit.',
    kubernetes: "Set LimitNOFILE of the nodes' container runtime.",
  },
  disk: {
    docker: 'Set the option disk; the engine needs XFS mounted with pquota for it.',
    kubernetes: 'Set the option ephemeralStorage. Kubelets enforce it where their disk is one that they can measure.',
  },
  home: {
    docker: 'Give homes a storage that limits them: the option homes, with {size} in the options of its driver.',
    kubernetes:
      'Choose a storage class whose volumes are disks of their own, and say homes.enforcesSize: false until then.',
  },
}

export function judgeLimitsInside(tried: Tried): Finding[] {
  const said = wordsOf(tried)
  if (said('files') === undefined) {
    const { code, lines = [] } = tried.end
    const what = lines.length === 0 ? '' : ` (${lines.slice(-2).join('; ')})`
    return [
      unknown(
        `limits of ${tried.who}`,
        `its program ended with ${code ?? 'an unknown code'} before it had looked${what}. The image needs sh and sleep.`,
      ),
    ]
  }
  return [judgeMemory, judgeCores, judgePids, judgeFiles, judgeDisk, judgeHome].map((judge) =>
    judge({ ...tried, said }),
  )
}

/** Returns the finding of a server that did nothing but take too much disk. One that was ended for it may have lost its lines. */
export function judgeDiskAlone(tried: Tried): Finding {
  const said = wordsOf(tried)
  const { reason } = tried.end
  const isEnded = said('kept disk') === undefined && reason !== undefined && tried.promised.disk !== undefined
  if (!isEnded) return judgeDisk({ ...tried, said })
  return ok(
    `disk of ${tried.who}`,
    `enforced, ${amountText(tried.promised.disk ?? 0)}: a server that takes more is ended (${reason})`,
  )
}

/** Returns how to find what the program has said after these first words. */
function wordsOf({ lines }: Tried): (name: string) => string[] | undefined {
  return (name) =>
    lines
      .map((line) => /^carrel-limit (.*)$/.exec(line)?.[1]?.split(' '))
      .find((words) => words?.[0] === name || words?.slice(0, 2).join(' ') === name)
      ?.slice(name.split(' ').length)
}

const judgeMemory: Judge = ({ who, spawner, promised: { memory }, said, end }) => {
  const check = `memory of ${who}`
  if (memory === undefined) return problem(check, "not enforced: limits.memory is 'unlimited'. Set it, as in '2G'.")
  const [max = 'none'] = said('memory') ?? []
  const isSet = near(Number(max), memory)
  const [held, before, after] = said('held') ?? []
  const [code] = said('died') ?? []
  if (end.outOfMemory && held === undefined)
    return ok(check, `enforced, ${amountText(memory)}: a server that takes more is ended as a whole`)
  if (held !== undefined && (before !== after || code === '137'))
    return ok(check, `enforced, ${amountText(memory)}: a program that took more was ended`)
  if (code !== undefined) return ok(check, `enforced, ${amountText(memory)}: a program that asked for more was refused`)
  if (held !== undefined)
    return problem(
      check,
      `not enforced: a server took ${amountText(memory * 1.25)} where ${amountText(memory)} are said. ${remedy('memory', spawner)}`,
    )
  const why = 'not tried, since its machine has too little free, or the limit is large'
  return isSet
    ? ok(check, `enforced, ${amountText(memory)}, as its kernel says; ${why}`)
    : unknown(check, `its kernel says ${max} in place of ${memory} bytes; ${why}`)
}

const judgeCores: Judge = ({ who, spawner, promised: { cpu }, said }) => {
  const check = `cores of ${who}`
  const [count, used0, began, stops0, used1, ended, stops1] = (said('cores') ?? []).map(Number)
  const [, quota = Number.NaN, period = Number.NaN] = quotaOf(said('quota') ?? [])
  if (cpu === undefined)
    return ok(
      check,
      `no limit is said (limits.cpu): a server may take all ${count || ''} cores of its machine when no other wants them`,
    )
  const share = ((used1 ?? Number.NaN) - (used0 ?? 0)) / 10_000 / ((ended ?? 0) - (began ?? 0))
  const isSet = near(quota / period, cpu)
  if (share > cpu * 1.25 + 0.1)
    return problem(
      check,
      `not enforced: a server took ${share.toFixed(1)} cores where ${cpu} are said. ${remedy('cpu', spawner)}`,
    )
  if ((stops1 ?? 0) > (stops0 ?? 0))
    return ok(check, `enforced, ${cpu}: a server that wanted more got ${share.toFixed(1)}`)
  if (isSet)
    return ok(check, `enforced, ${cpu}, as its kernel says; its machine had no more than that to give just now`)
  if ((count ?? 0) > 0 && (count ?? 0) <= cpu) return ok(check, `its machine has ${count} cores, and ${cpu} are said`)
  return unknown(
    check,
    `the server does not see how much of a core it gets, and got ${Number.isFinite(share) ? share.toFixed(1) : 'an unknown share'} of the ${cpu} that are said`,
  )
}

/** Returns the quota as `cpu.max` of cgroup v2 has it, else as the files of v1: what it is from, quota, period. */
function quotaOf(words: string[]): [string, number, number] {
  const [first = '', second = '', third = ''] = words.filter((word) => word !== 'none')
  return third === '' ? ['', Number(first), Number(second)] : ['', Number(second), Number(third)]
}

const judgePids: Judge = ({ who, spawner, promised, said }) => {
  const check = `processes of ${who}`
  const max = said('pids')?.[0] ?? 'none'
  const limit = Number(max)
  const [forked] = (said('forked') ?? []).map(Number)
  if (forked !== undefined && forked < limit) return ok(check, `enforced, ${max}: one more was refused`)
  if (forked !== undefined)
    return problem(
      check,
      `not enforced: a server started ${forked} where its kernel says ${max}. ${remedy('pids', spawner)}`,
    )
  if (/^\d+$/.test(max)) return ok(check, `enforced, ${max}, as its kernel says; not tried`)
  if (max === 'none' && promised.pids === undefined)
    return unknown(check, `the server sees no limit of its own. ${remedy('pids', spawner)}`)
  return spawner === 'kubernetes'
    ? unknown(check, `the server sees no limit of its own; its pod may have one. ${remedy('pids', spawner)}`)
    : problem(check, `not enforced: one server can take them all. ${remedy('pids', spawner)}`)
}

const judgeFiles: Judge = ({ who, spawner, promised: { openFiles }, said }) => {
  const check = `open files of ${who}`
  const [, hard = 'unknown', raised] = said('files') ?? []
  const isWithin = openFiles === undefined || Number(hard) <= openFiles
  if (raised === 'yes' || hard === 'unlimited' || !isWithin)
    return problem(
      check,
      `not enforced: a process may have ${raised === 'yes' ? 'as many as it wants' : hard} open. ${remedy('files', spawner)}`,
    )
  return ok(check, `enforced, ${hard} for each process: more were refused`)
}

const judgeDisk: Judge = (tried) => judgeRoom(tried, 'disk', tried.promised.disk)

const judgeHome: Judge = (tried) => judgeRoom(tried, 'home', tried.promised.home)

function judgeRoom(
  { who, spawner, said, end }: Parameters<Judge>[0],
  name: 'disk' | 'home',
  limit: number | undefined,
): Finding {
  const check = `${name} of ${who}`
  if (limit === undefined) {
    return name === 'home'
      ? ok(check, 'no size is said (home.size), or there is no home')
      : ok(check, `no limit is said: a server can fill the disk of its machine. ${remedy(name, spawner)}`)
  }
  const [total, , code, bytes] = said(`kept ${name}`) ?? said(`room ${name}`) ?? []
  if (said(`room ${name}`) !== undefined && said(`kept ${name}`) === undefined && !end.outOfMemory)
    return ok(
      check,
      `enforced, ${amountText(limit)}: a server that takes more is ended (${end.reason ?? 'it was ended'})`,
    )
  if (code === '0')
    return problem(
      check,
      `not enforced: ${amountText(Number(bytes))} were written where ${amountText(limit)} are said. ${remedy(name, spawner)}`,
    )
  if (code !== undefined && code !== 'none') {
    return Number(bytes) > limit / 4
      ? ok(check, `enforced, ${amountText(limit)}: more was refused after ${amountText(Number(bytes))}`)
      : unknown(check, `nothing could be written to try it (dd ended with ${code} after ${bytes} bytes)`)
  }
  const room = Number(total) * 1024
  if (room <= limit * 1.2)
    return ok(check, `enforced, ${amountText(limit)}, as its file system says (${amountText(room)}); not tried`)
  return unknown(
    check,
    `${amountText(limit)} are said, which is too much to try; its file system has ${Number.isFinite(room) ? amountText(room) : 'an unknown size'}`,
  )
}

function remedy(what: string, spawner: string): string {
  return remedies[what]?.[spawner] ?? 'What starts the servers must see to it.'
}

function near(value: number, wanted: number): boolean {
  return Math.abs(value - wanted) <= wanted * 0.02
}
