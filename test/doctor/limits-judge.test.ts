import assert from 'node:assert/strict'
import { kindsOf } from '../../doctor/kinds.ts'
import { limitsKind } from '../../doctor/limits-inside.ts'
import { judgeDiskAlone, judgeLimitsInside, type Promised, type Tried } from '../../doctor/limits-judge.ts'
import { testConfig } from '../helpers/test-hub.ts'

const promised: Promised = {
  cpu: 0.5,
  memory: 256 * 2 ** 20,
  pids: 1024,
  openFiles: 8192,
  disk: 2 ** 30,
  home: 50 * 2 ** 20,
}
/** What a server prints where all limits hold, with the first version of cgroups. */
const good = [
  'files 8192 8192 no',
  'cores 2 27075 1571210 0 1071459 1571418 21',
  'quota none 50000 100000',
  'pids 1024',
  'forked 1021',
  'room home 51200 51200 1 52428800',
  'kept home 51200 51200 1 52428800',
  'kept disk 1048576 1048576 none 0',
  'memory 268435456 22969292',
  'takes 5',
  'died 137',
  'held 4 0 1',
  'end',
]

describe('the doctor’s findings about limits', () => {
  /** Returns the finding about one limit, where the server has printed these lines in place of good ones. */
  const found = (
    name: string,
    { lines = [], without = [], ...more }: Partial<Tried> & { without?: string[] },
  ): string => {
    const changed = [...lines.map((line) => line.split(' ')[0] ?? ''), ...without]
    const kept = good.filter((line) => !changed.includes(line.split(' ')[0] ?? ''))
    const tried = { who: 'demo', spawner: 'docker', promised, end: { state: 'exited' as const, code: 0 }, ...more }
    const all = judgeLimitsInside({
      ...tried,
      lines: ['a banner', ...[...kept, ...lines].map((line) => `carrel-limit ${line}`)],
    })
    const one = all.find(({ check }) => check === `${name} of demo`)
    return `${one?.verdict}: ${one?.message}`
  }
  const killed = { state: 'exited', code: 137, outOfMemory: true } as const

  for (const [title, name, tried, expected] of [
    ['memory that a program is ended for', 'memory', {}, /^ok: enforced, 256 MB: a program that took more was ended$/],
    [
      'memory that the whole server is ended for',
      'memory',
      { end: killed, without: ['held', 'died', 'end'] },
      /^ok: enforced, 256 MB: a server that takes more is ended as a whole$/,
    ],
    [
      'memory that is refused',
      'memory',
      { lines: ['died 1', 'held 5 0 0'] },
      /^ok: enforced, 256 MB: a program that asked for more was refused$/,
    ],
    [
      'memory beyond the limit',
      'memory',
      { lines: ['held 5 0 0'], without: ['died'] },
      /^problem: not enforced: a server took 320 MB where 256 MB are said\. The engine’?'?s? kernel/,
    ],
    [
      'memory that was not tried',
      'memory',
      { without: ['takes', 'died', 'held'] },
      /^ok: enforced, 256 MB, as its kernel says; not tried/,
    ],
    [
      'memory of which nothing is known',
      'memory',
      { lines: ['memory none none'], without: ['takes', 'died', 'held'] },
      /^unknown: its kernel says none in place of 268435456 bytes/,
    ],
    [
      'memory without a limit',
      'memory',
      { promised: { ...promised, memory: undefined } },
      /^problem: not enforced: limits\.memory is 'unlimited'/,
    ],
    ['a share of a core', 'cores', {}, /^ok: enforced, 0\.5: a server that wanted more got 0\.5$/],
    [
      'more than the share',
      'cores',
      { lines: ['cores 2 0 0 0 3980000 200 0', 'quota none -1 100000'] },
      /^problem: not enforced: a server took 2\.0 cores where 0\.5 are said/,
    ],
    [
      'a share by the second version of cgroups',
      'cores',
      { lines: ['cores 2 0 0 0 800000 200 0', 'quota 50000 100000 none none'] },
      /^ok: enforced, 0\.5, as its kernel says/,
    ],
    [
      'a machine with fewer cores than are said',
      'cores',
      { promised: { ...promised, cpu: 4 }, lines: ['cores 2 0 0 none 3900000 200 none', 'quota none none none'] },
      /^ok: its machine has 2 cores, and 4 are said$/,
    ],
    [
      'cores of which nothing is known',
      'cores',
      { lines: ['cores 8 none 0 none none 200 none', 'quota none none none'] },
      /^unknown: the server does not see .* got an unknown share of the 0\.5/,
    ],
    [
      'cores without a limit',
      'cores',
      { promised: { ...promised, cpu: undefined } },
      /^ok: no limit is said \(limits\.cpu\): a server may take all 2 cores/,
    ],
    ['processes', 'processes', {}, /^ok: enforced, 1024: one more was refused$/],
    [
      'processes beyond the limit',
      'processes',
      { lines: ['forked 1024'] },
      /^problem: not enforced: a server started 1024/,
    ],
    [
      'processes that were not tried',
      'processes',
      { without: ['forked'] },
      /^ok: enforced, 1024, as its kernel says; not tried$/,
    ],
    [
      'processes without a limit',
      'processes',
      { lines: ['pids max'], without: ['forked'] },
      /^problem: not enforced: one server can take them all/,
    ],
    [
      'processes without a limit in a pod',
      'processes',
      { lines: ['pids max'], without: ['forked'], spawner: 'kubernetes' },
      /^unknown: .*podPidsLimit/,
    ],
    ['open files', 'open files', {}, /^ok: enforced, 8192 for each process/],
    [
      'open files without a limit',
      'open files',
      { lines: ['files 1024 unlimited no'] },
      /^problem: not enforced: a process may have unlimited open/,
    ],
    [
      'open files whose limit can be raised',
      'open files',
      { lines: ['files 1024 4096 yes'] },
      /^problem: not enforced: a process may have as many as it wants open/,
    ],
    [
      'open files beyond the option',
      'open files',
      { lines: ['files 9000 9000 no'] },
      /^problem: not enforced: a process may have 9000 open/,
    ],
    ['a home that is full', 'home', {}, /^ok: enforced, 50 MB: more was refused after 50 MB$/],
    [
      'a home beyond its size',
      'home',
      { lines: ['kept home 9000000 8000000 0 57671680'], without: ['room'] },
      /^problem: not enforced: 55 MB were written where 50 MB are said/,
    ],
    [
      'a home that takes nothing',
      'home',
      { lines: ['kept home 9000000 8000000 1 0'], without: ['room'] },
      /^unknown: nothing could be written/,
    ],
    [
      'a disk with the size that is said',
      'disk',
      {},
      /^ok: enforced, 1 GB, as its file system says \(1 GB\); not tried$/,
    ],
    [
      'a disk too large to try',
      'disk',
      { lines: ['kept disk 90000000 80000000 none 0'] },
      /^unknown: 1 GB are said, which is too much to try/,
    ],
    [
      'a server that is ended for its disk',
      'disk',
      {
        lines: ['room disk 90000000 80000000 0 1181116006'],
        without: ['kept'],
        end: { state: 'exited', reason: 'it was evicted' },
      },
      /^ok: enforced, 1 GB: a server that takes more is ended \(it was evicted\)$/,
    ],
    [
      'a disk without a limit',
      'disk',
      { promised: { ...promised, disk: undefined } },
      /^ok: no limit is said: a server can fill the disk of its machine\. Set the option disk/,
    ],
  ] as [string, string, Partial<Tried> & { without?: string[] }, RegExp][]) {
    it(`say of ${title} what it is`, () => assert.match(found(name, tried), expected))
  }

  it('say of a server that was ended for its disk that this is so, although its lines are lost', () => {
    const tried = { who: 'demo', spawner: 'kubernetes', promised, lines: [] }
    const evicted = judgeDiskAlone({ ...tried, end: { state: 'exited', reason: 'Evicted' } })
    assert.equal(
      `${evicted.verdict}: ${evicted.message}`,
      'ok: enforced, 1 GB: a server that takes more is ended (Evicted)',
    )
    assert.equal(judgeDiskAlone({ ...tried, end: { state: 'exited', code: 127 } }).verdict, 'unknown')
  })

  it('say of a program that could not look that nothing is known', () => {
    const end = { state: 'exited' as const, code: 127, lines: ['sh: not found'] }
    const [finding, ...more] = judgeLimitsInside({ who: 'demo', spawner: 'docker', promised, lines: end.lines, end })
    assert.deepEqual(more, [])
    assert.equal(finding?.verdict, 'unknown')
    assert.match(finding?.message ?? '', /ended with 127 before it had looked \(sh: not found\)\. The image needs sh/)
  })
})

describe('the kinds of servers that the doctor tries', () => {
  it('are one for all courses with the same image, limits and options, and one for each rule or choice that changes them', () => {
    const limits = { memory: '1G' }
    const { courses } = testConfig({
      courses: {
        one: { image: 'a', limits },
        two: { image: 'a', limits },
        three: { image: 'b', limits, rules: [{ when: { role: 'staff' }, limits: { memory: '4G' } }] },
        four: { image: 'b', limits, rules: [{ when: { role: 'staff' }, env: { A: 'b' } }] },
        five: { image: 'b', limits, options: { node: 'gpu' } },
        six: {
          image: 'b',
          limits,
          choices: { size: [{ name: 'small' }, { name: 'large', limits: { memory: '8G' } }] },
        },
      },
    })
    assert.deepEqual(
      kindsOf(Object.values(courses), limitsKind).map(({ names }) => names),
      [
        ['one', 'two'],
        ['three', 'four', 'six'],
        ['three as a rule or a choice has it (2)'],
        ['five'],
        ['six as a rule or a choice has it (2)'],
      ],
    )
  })

  it('do not differ by programs beside the server’s own', () => {
    const { courses } = testConfig({
      courses: {
        one: { image: 'a', options: { node: 'gpu', mounts: [] } },
        two: { image: 'a', options: { node: 'gpu' } },
      },
    })
    const kinds = kindsOf(Object.values(courses), (course) => limitsKind(course, ['mounts']))
    assert.deepEqual(
      kinds.map(({ names }) => names),
      [['one', 'two']],
    )
  })
})
