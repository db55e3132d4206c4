import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { cleanupAfterEach } from './helpers/cleanup.ts'
import { openAccount, secondsOfContainers } from './helpers/run/account.ts'
import { clusterOfRun } from './helpers/run/cluster-of-run.ts'
import { type MachineTimes, machineLines, machineTimes } from './helpers/run/machine.ts'
import { counted, type Outcome, triedAgain, unsteady as unsteadyIn } from './helpers/run/second-try.ts'
import { processorSeconds, slowest, type TimedOutcome } from './helpers/run/slowest.ts'
import { whileIdle } from './helpers/run/while-idle.ts'
import { until } from './helpers/until.ts'

describe('the run of the tests', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-run-'))
    cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  })

  /** Starts a run over files with these contents, a folder for each so that each is a group of its own. */
  async function begin(contents: string[], args: string[] = []) {
    for (const [index, content] of contents.entries()) {
      await mkdir(join(folder, String(index)))
      await writeFile(join(folder, String(index), 'a.test.ts'), content)
    }
    const program = join(import.meta.dirname, 'run.ts')
    // A cluster that has a name already is not started: the files of these runs only say that they need one.
    const env = { ...process.env, CARREL_TEST_KUBECONFIG: join(folder, 'none') }
    const child = spawn(process.execPath, [program, folder, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    cleanup.defer(() => child.kill('SIGKILL'))
    const exit = new Promise<number | null>((done) => child.once('close', done))
    return { child, output: text(child.stdout), errors: text(child.stderr), exit }
  }

  async function run(contents: string[], args: string[] = []): Promise<{ exit: number | null; last: string }> {
    const { output, exit } = await begin(contents, args)
    return { exit: await exit, last: (await output).trim().split('\n').at(-1) ?? '' }
  }

  const good = "it('is good', () => {})\n"
  const runs: [string, string[], string[], number, string][] = [
    [
      'adds up what its groups say',
      [good, `${good}it('is skipped', function () { this.skip() })`],
      [],
      0,
      '2 passed, 0 failed, 1 skipped',
    ],
    [
      'fails with a test that fails',
      [good, "it('is bad', () => { throw new Error('bad') })"],
      [],
      1,
      '1 passed, 1 failed, 0 skipped',
    ],
    [
      'fails with a group that ends before its tests have ended',
      [good, `${good}it('ends', () => process.exit(0))`],
      [],
      1,
      '1 passed, 1 failed, 0 skipped',
    ],
    [
      'fails with a group that crashes',
      [good, "it('dies', () => process.kill(process.pid, 'SIGKILL'))"],
      [],
      1,
      '1 passed, 1 failed, 0 skipped',
    ],
    ['fails with a file that cannot be loaded', [good, 'import "./none.ts"'], [], 1, '1 passed, 1 failed, 0 skipped'],
    [
      'fails with a group that leaves something open',
      [`${good}after(() => void setInterval(() => {}, 1000))`],
      [],
      1,
      '1 passed, 1 failed, 0 skipped',
    ],
    [
      'runs what has a word in its title',
      [good, "it('is bad', () => { throw new Error('bad') })"],
      ['--grep', 'good'],
      0,
      '1 passed, 0 failed, 0 skipped',
    ],
    ['fails when no test was run', [good], ['--grep', 'no such title'], 1, '0 passed, 0 failed, 0 skipped'],
    ['runs more groups at the same time than there are', [good], ['--jobs', '30'], 0, '1 passed, 0 failed, 0 skipped'],
  ]
  for (const [title, contents, args, exit, last] of runs) {
    it(title, async () => assert.deepEqual(await run(contents, args), { exit, last }))
  }

  it('names the longest groups, and says how long its lanes were not all in use', () => {
    const outcome = (file: string, began: number, seconds: number): TimedOutcome => ({
      ...{ group: { files: [file] }, counts: [1, 0, 0], exit: '0', output: '', began, seconds },
      processors: seconds / 2,
    })
    assert.deepEqual(slowest([outcome('a', 0, 30), outcome('b', 0, 10), outcome('c', 10, 50)], 2), [
      'the longest of 3 groups, in seconds on the clock and of the processors:',
      '    50     25  c',
      '    30     15  a',
      '    10      5  b',
      'all groups took 45 s of the processors; fewer than 2 ran in the last 30 s',
    ])
  })

  it('says how busy the machine was, and with what beside the groups', () => {
    const from: MachineTimes = { programs: 1000, kernel: 100, idle: 500, disk: 10, stolen: 0, servers: [1, 2, 0] }
    const to: MachineTimes = { programs: 1060, kernel: 120, idle: 515, disk: 14, stolen: 1, servers: [4, 4, 9] }
    assert.deepEqual(machineLines(from, to, 45, 5), [
      'the processors: 60 % programs, 20 % the kernel, 15 % idle, 4 % idle for a disk, 1 % stolen by the host',
      'beside the groups, in seconds of the processors: containers 5, dockerd 3, containerd 2, postgres 9, all else 16',
    ])
  })

  it('has more to do while the processors are idle for more than a fifth', async () => {
    const at = (programs: number, idle: number) => ({ programs, kernel: 0, idle, disk: 0, stolen: 0 })
    const told = [at(0, 0), at(7, 3), at(17, 5), at(24, 8), undefined, at(24, 99), at(34, 99)]
    const idle: number[] = []
    let looks = 0
    await new Promise<void>((done) => {
      const end = whileIdle(
        () => idle.push(looks),
        () => {
          looks += 1
          if (looks > told.length) {
            end()
            done()
          }
          return told[looks - 1]
        },
        1,
      )
    })
    assert.deepEqual(idle, [2, 4])
  })

  it('counts what a group takes with all that it starts, and what containers take', async () => {
    const account = openAccount('one', folder)
    const own = join(folder, 'one')
    account?.add(17)
    assert.equal(await readFile(join(own, 'cgroup.procs'), 'utf8'), '17')
    await writeFile(join(own, 'cpu.stat'), 'usage_usec 2500000\nuser_usec 2000000\n')
    await mkdir(join(folder, 'docker'))
    await writeFile(join(folder, 'docker', 'cpu.stat'), 'usage_usec 1000000\n')
    assert.deepEqual([account?.seconds(), secondsOfContainers(folder)], [2.5, 1])
    assert.equal(openAccount('one', folder), undefined)
  })

  it('reads what Mocha says where there is no such account', () => {
    const said = '5 s of the processors are not enough\n2.5 s of the processors\n'
    assert.deepEqual([said, ''].map(processorSeconds), [2.5, undefined])
  })

  it('knows how busy this machine is', () => {
    const times = machineTimes()
    assert.ok(process.platform !== 'linux' || (times !== undefined && times.programs > 0 && times.idle > 0))
  })

  describe('of more than 20 groups, in which few failed', function () {
    this.timeout(600_000)

    /** A test file with a test that fails at first, and passes when the file is run once more. */
    const unsteady = (name: string, failure: string) => `
      import { existsSync, writeFileSync } from 'node:fs'
      ${good}
      it('comes ${name}', () => {
        const mark = '${join(folder, name)}'
        if (existsSync(mark)) return
        writeFileSync(mark, '')
        ${failure}
      })`
    const bad = "it('is bad', () => { throw new Error('bad') })"
    const lines = (output: string, begin: string) => output.split('\n').filter((line) => line.startsWith(begin))

    it('runs these once more, alone, and names each test that passes only then', async () => {
      const files = [unsteady('late', "throw new Error('too early')"), unsteady('never', 'process.exit(7)')]
      const { output, exit } = await begin([...files, ...Array(19).fill(good)], ['--jobs', '6'])
      const printed = await output
      assert.equal(await exit, 0, printed)
      const ends = printed.slice(printed.indexOf('== failed at first'))
      assert.match(ends, /Error: too early/)
      const end = '1/a.test.ts: ended with 7 before its tests had ended'
      assert.deepEqual(
        lines(ends, 'unsteady: ').map((line) => line.slice(line.lastIndexOf('/carrel-run-') + 19)),
        ['0/a.test.ts: comes late', end],
      )
      assert.equal(printed.trim().split('\n').at(-1), '23 passed, 0 failed, 0 skipped')
    })

    it('fails with a test that fails twice', async () => {
      const files = [unsteady('late', "throw new Error('too early')"), bad]
      const { output, exit } = await begin([...files, ...Array(19).fill(good)], ['--jobs', '6'])
      const printed = await output
      assert.equal(await exit, 1)
      assert.equal(lines(printed, 'unsteady: ').length, 1)
      assert.equal(lines(printed, '-- once more').length, 2)
      assert.equal(printed.trim().split('\n').at(-1), '21 passed, 1 failed, 0 skipped')
    })

    it('is the only one that does so', async () => {
      const few = await begin([unsteady('late', "throw new Error('too early')"), good])
      assert.equal(await few.exit, 1)
      assert.doesNotMatch(await few.output, /once more/)
      const well: Outcome = { group: { files: [] }, output: '', counts: [1, 0, 0], exit: '0' }
      const failed: Outcome = { ...well, counts: [0, 1, 0], exit: '1' }
      const triedOf = (good: number, bad: number) =>
        triedAgain([...Array(good).fill(well), ...Array(bad).fill(failed)]).length
      assert.deepEqual([triedOf(18, 3), triedOf(17, 3), triedOf(40, 4), triedOf(40, 0)], [3, 0, 0, 0])
    })

    it('takes a second try that did not come to its end for none', () => {
      const first: Outcome = { group: { files: ['a'] }, output: 'failed: a: x\n', counts: [1, 1, 0], exit: '1' }
      const second: Outcome = { ...first, counts: undefined, output: '', exit: 'SIGKILL' }
      assert.deepEqual([counted(first, second), unsteadyIn(first, second)], [first, []])
    })

    it('names none that fails again beside another', () => {
      const first: Outcome = { group: { files: ['a'] }, output: 'failed: a: x\n', counts: [1, 1, 0], exit: '1' }
      const second: Outcome = { ...first, output: 'failed: a: y\nfailed: a: x\n', counts: [0, 2, 0] }
      assert.deepEqual(unsteadyIn(first, second), [])
      assert.deepEqual(unsteadyIn(first, { ...second, output: 'failed: a: y\n' }), ['a: x'])
    })
  })

  for (const args of [['--jobs', '0'], ['--jobs', 'x'], ['no/such/folder']]) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { exit, errors } = await begin([good], args)
      assert.equal(await exit, 2)
      assert.match(await errors, /--jobs takes a whole number|there is no test file in no\/such\/folder/)
    })
  }

  /** A test file that takes these engines to be needed, with marks at its begin and end, and a pause between them. */
  const at = (engines: string[], pause: string, more = '') =>
    `${engines.map((engine) => `// engines/${engine}.ts ${more}\n`).join('')}
    import { appendFileSync, readFileSync } from 'node:fs'
    const marks = '${join(folder, 'marks')}'
    const begun = (name) => readFileSync(marks, 'utf8').split(name + ' begins').length - 1
    const until = async (ready) => { while (!ready()) await new Promise((done) => setTimeout(done, 20)) }
    it('marks', async () => {
      appendFileSync(marks, '${engines} begins\\n')
      ${pause}
      appendFileSync(marks, '${engines} ends\\n')
    })`
  const marksMade = async () => (await readFile(join(folder, 'marks'), 'utf8')).trim().split('\n')
  const shortPause = 'await new Promise((done) => setTimeout(done, 300))'

  it('has two groups at a time at an engine', async () => {
    const files = Array.from({ length: 4 }, () =>
      at(['docker'], `await until(() => begun('docker') > 1); ${shortPause}`),
    )
    assert.equal((await run(files, ['--jobs', '4'])).exit, 0)
    let most = 0
    let now = 0
    for (const mark of await marksMade()) {
      now += mark.endsWith('begins') ? 1 : -1
      most = Math.max(most, now)
    }
    assert.equal(most, 2)
  })

  it('has groups at two engines at the same time, beside those without any', async () => {
    const engines = ['docker', 'kubernetes', 'no-engine']
    const all = engines.map((name) =>
      at([name], `for (const one of ${JSON.stringify(engines)}) await until(() => begun(one) > 0)`),
    )
    assert.equal((await run(all, ['--jobs', '3'])).exit, 0)
  })

  it('has a group that needs both at both', async () => {
    const both = at(['docker', 'kubernetes'], `await until(() => begun('docker,kubernetes') > 1); ${shortPause}`)
    await run([at(['kubernetes'], shortPause), both, both, at(['docker'], '')], ['--jobs', '4'])
    assert.deepEqual((await marksMade()).slice(0, 2), Array(2).fill('docker,kubernetes begins'))
    assert.match((await marksMade())[2] ?? '', /^docker,kubernetes ends$/)
  })

  it('has a group of the doctor alone at all engines', async () => {
    const doctor = at(['docker'], shortPause, 'carrel doctor')
    await run([at(['kubernetes'], ''), doctor, at(['docker'], '')], ['--jobs', '3'])
    assert.deepEqual((await marksMade()).slice(0, 2), ['docker begins', 'docker ends'])
  })

  it('has one cluster for its groups at Kubernetes, until it is ended, and none where it does not start', async () => {
    const acts: string[] = []
    const instance = { dir: 'one', kubeconfig: '', server: '', certificateAuthority: '', pids: {} }
    const up = async () => {
      acts.push('up')
      return instance
    }
    const down = async ({ dir }: { dir: string }) => void acts.push(`down ${dir}`)
    const cluster = clusterOfRun(up, down)
    await cluster.end()
    const [first, second] = await Promise.all([cluster.variables(), cluster.variables()])
    assert.deepEqual([first, second], Array(2).fill({ CARREL_TEST_CLUSTER_OF_RUN: JSON.stringify(instance) }))
    await Promise.all([cluster.end(), cluster.end()])
    assert.deepEqual(acts, ['up', 'down one'])
    const none = clusterOfRun(() => Promise.reject(new Error('no network plug-ins')), down)
    assert.deepEqual(await none.variables(), {})
    await none.end()
    assert.equal(acts.length, 2)
  })

  it('ends its groups when it is interrupted', async () => {
    const file = join(folder, 'pid')
    const { child, exit } = await begin([
      `import { writeFileSync } from 'node:fs'
      it('waits', () => { writeFileSync('${file}', String(process.pid)); return new Promise((done) => setTimeout(done, 600_000)) }).timeout(0)`,
    ])
    const pid = Number(await until(async () => (await readFile(file, 'utf8').catch(() => '')) || undefined))
    child.kill('SIGTERM')
    assert.equal(await exit, 130)
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  })
})
