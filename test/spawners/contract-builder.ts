/**
 * The contract suite of builders: it tests the promises of `spawners/builder.ts` for any builder, against the real thing. The
 * test of a builder calls `describeBuilder`.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Context } from 'mocha'
import { pack } from 'tar-stream'
import type { Builder, BuildProgress, ImageBuild } from '../../spawners/builder.ts'
import type { Installation } from '../../spawners/spawner.ts'
import { until } from '../helpers/until.ts'

/** The place in which the suite runs. */
export interface BuilderWorld {
  /** Opens another builder for the installation, as another hub would. The suite closes it. */
  open(installation: Installation): Promise<Builder>
  /** An image with a shell, `cat` and `sleep`, whose user has no rights, and which the builder's engine has or can fetch. */
  base: string
  /** A name that no registry knows. */
  missing: string
  /** Returns the containers at the builder's engine whose command has this text in its beginning. */
  running(text: string): Promise<string[]>
  /** Returns whether servers can start from the image of this reference. */
  has(reference: string): Promise<boolean>
  /** Makes a container of the image at the builder's engine, and returns what removes it. */
  use(reference: string): Promise<() => Promise<void>>
  /** Removes all that was built for the installation, without the builder. */
  forget(installation: Installation): Promise<void>
  close?(): Promise<void>
}

/** Returns a tar stream of these files; of links, what they lead to. */
export function tarOf(files: Record<string, string | Buffer>, links: string[] = []): Readable {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) {
    if (links.includes(name)) archive.entry({ name, type: 'symlink', linkname: String(content) })
    else archive.entry({ name, mode: 0o755 }, content)
  }
  archive.finalize()
  return Readable.from(archive)
}

/** Defines the suite. `setUp` makes the world, or skips (`requirePart(test, …)`) when its parts are missing. */
export function describeBuilder(name: string, setUp: (test: Context) => Promise<BuilderWorld>): void {
  describe(`${name} keeps the contract of builders`, function () {
    this.timeout(300_000)

    const never = new AbortController().signal
    const newInstallation = (): Installation => ({ name: 'carrel-test', id: randomBytes(8).toString('hex') })
    const installation = newInstallation()
    const other = newInstallation()
    const newName = () => `demo:${randomBytes(8).toString('hex')}`
    const newMark = () => `mark-${randomBytes(8).toString('hex')}`
    let world: BuilderWorld
    let builder: Builder
    let second: Builder
    let foreign: Builder

    before(async function () {
      world = await setUp(this)
      builder = await world.open(installation)
      second = await world.open(installation)
      foreign = await world.open(other)
    })

    after(async () => {
      for (const one of [builder, second, foreign]) await one?.close?.()
      await world?.forget(installation)
      await world?.forget(other)
      await world?.close?.()
    })

    /** Returns a build of a Dockerfile with these lines below its first one. */
    function buildOf(lines: string[], more: Partial<ImageBuild> = {}): ImageBuild {
      const Dockerfile = [`FROM ${world.base}`, ...lines, ''].join('\n')
      const files = () => tarOf({ Dockerfile, 'hello.txt': 'hello' })
      return { name: newName(), files, dockerfile: 'Dockerfile', limits: {}, network: false, cache: true, ...more }
    }

    async function build(one: ImageBuild, by = builder, signal = never) {
      const progress: BuildProgress[] = []
      const built = await by.build(one, { signal, report: (step) => progress.push(step) })
      const lines = progress.flatMap((step) => ('line' in step ? [step.line] : []))
      return { built, progress, lines }
    }

    async function assertNone({ name }: ImageBuild) {
      assert.equal(await builder.find(name, { signal: never }), undefined)
      assert.equal(await world.has(builder.referenceOf(name)), false)
    }

    it('makes an image of files, which it and other hubs find from then on', async () => {
      const one = buildOf(['COPY hello.txt /srv/hello.txt'])
      await assertNone(one)
      const { built } = await build(one)
      assert.match(built.id, /^sha256:[0-9a-f]{64}$/)
      assert.equal(built.reference, builder.referenceOf(one.name))
      for (const by of [builder, second]) assert.deepEqual(await by.find(one.name, { signal: never }), built)
      assert.equal(await world.has(built.reference), true)
    })

    it('makes nothing again that is there', async () => {
      const one = buildOf(['RUN true'])
      const first = await build(one)
      const files = () => assert.fail('asked for the files')
      const again = await build({ ...one, files, cache: false }, second)
      assert.deepEqual(again.built, first.built)
    })

    it('makes one image where two hubs build it at once', async () => {
      const one = buildOf(['RUN cat /proc/sys/kernel/random/uuid > /tmp/one'], { cache: false })
      const [first, again] = await Promise.all([build(one), build(one, second)])
      const found = await builder.find(one.name, { signal: never })
      assert.ok([first.built.id, again.built.id].includes(String(found?.id)))
    })

    it('tells phases, steps and lines', async () => {
      const mark = newMark()
      const { progress } = await build(buildOf([`RUN echo ${mark}; printf 'a\\033[31mb\\033[0m\\n'`]))
      assert.deepEqual(progress[0], { phase: 'building' })
      const told = progress.filter((one) => 'step' in one || ('line' in one && [mark, 'ab'].includes(one.line)))
      assert.deepEqual(told, [{ step: 1, steps: 2 }, { step: 2, steps: 2 }, { line: mark }, { line: 'ab' }])
    })

    it('fails with a BuildError for a step that fails, and has told what it printed', async () => {
      const mark = newMark()
      const one = buildOf([`RUN echo ${mark}; exit 3`])
      const lines: string[] = []
      const report = (step: BuildProgress) => void ('line' in step && lines.push(step.line))
      await assert.rejects(builder.build(one, { signal: never, report }), { name: 'BuildError', message: /code 3/ })
      assert.ok(lines.includes(mark), lines.join('\n'))
      await assertNone(one)
    })

    it('fails with a BuildError for a Dockerfile that is none, or not there, or begins with nothing', async () => {
      for (const one of [
        buildOf(['FOO bar']),
        buildOf([], { dockerfile: 'other/Dockerfile' }),
        buildOf([], { files: () => tarOf({ Dockerfile: `FROM ${world.missing}\nRUN true\n` }) }),
      ]) {
        await assert.rejects(build(one), { name: 'BuildError', message: /[A-Z].*\. \w+.*\.$/ })
        await assertNone(one)
      }
    })

    it('fails with the error of the files, where they break off', async () => {
      const failure = new Error('the mirror is gone')
      async function* broken() {
        const whole = tarOf({ Dockerfile: `FROM ${world.base}\n` })
        yield (await Array.fromAsync(whole))[0]
        throw failure
      }
      const one = buildOf([], { files: () => Readable.from(broken()) })
      await assert.rejects(build(one), failure)
      await assertNone(one)
    })

    it('ends what runs when it is aborted, and leaves no image of the name', async () => {
      const mark = newMark()
      const one = buildOf([`RUN echo ${mark}; sleep 600`])
      const abort = new AbortController()
      const reason = new Error('it has taken too long')
      const report = (step: BuildProgress) => void ('line' in step && step.line === mark && abort.abort(reason))
      await assert.rejects(builder.build(one, { signal: abort.signal, report }), reason)
      await until(async () => (await world.running(`echo ${mark}`)).length === 0)
      await assertNone(one)
      await assert.rejects(build(one, builder, abort.signal), reason)
    })

    it('gives steps no network, unless the build has one', async () => {
      const step = ['RUN cat /proc/net/dev']
      const interfaces = (lines: string[]) => lines.flatMap((line) => /^\s*(lo|eth\d+):/.exec(line)?.[1] ?? []).sort()
      const without = await build(buildOf(step, { cache: false }))
      assert.deepEqual(interfaces(without.lines), ['lo'])
      const having = await build(buildOf(step, { cache: false, network: true }))
      assert.deepEqual(interfaces(having.lines), ['eth0', 'lo'])
    })

    it('ends a step that takes more memory than the build may, and says so', async () => {
      const one = buildOf([`RUN x=xxxxxxxxxxxxxxxx; while true; do x=$x$x; done`], { limits: { memory: 64 * 2 ** 20 } })
      await assert.rejects(build(one), { name: 'BuildError', message: /more memory than .*64 MiB/ })
      await assertNone(one)
    })

    it('uses what earlier builds have left, unless it shall not', async () => {
      const mark = newMark()
      const step = [`RUN echo ${mark} again`]
      const printed = ({ lines }: { lines: string[] }) => lines.includes(`${mark} again`)
      assert.equal(printed(await build(buildOf(step))), true)
      assert.equal(printed(await build(buildOf(step))), false)
      assert.equal(printed(await build(buildOf(step, { cache: false }))), true)
    })

    for (const label of ['carrel.server=other', 'carrel.home=other', 'Carrel.Run=1']) {
      it(`refuses an image that says of itself ${label}`, async () => {
        const one = buildOf([`LABEL ${label}`])
        await assert.rejects(build(one), { name: 'BuildError', message: /Remove it from the Dockerfile/ })
        await assertNone(one)
      })
    }

    it('takes no word of a Dockerfile for whose image it is', async () => {
      const one = buildOf([
        `LABEL carrel.installation=${other.name} carrel.installation-id=${other.id} carrel.build=demo:1`,
      ])
      await build(one)
      const kept = await builder.list({ signal: never })
      assert.ok(kept.some(({ name }) => name === one.name))
      assert.deepEqual(await foreign.list({ signal: never }), [])
    })

    it('tells what is known of a base image, and that there is none', async () => {
      const context = { signal: never, report: () => undefined }
      const found = await builder.base(world.base, context)
      assert.equal(found.image, world.base)
      assert.match(found.id, /^sha256:[0-9a-f]{64}$/)
      assert.deepEqual([found.user, found.folder], ['1000', '/home/jovyan'])
      assert.deepEqual([found.entrypoint[0], found.command[0]], ['/bin/tini', 'httpd'])
      await assert.rejects(builder.base(world.missing, context), { name: 'BuildError', message: /is not there: / })
    })

    it('lists what it has built, and removes it, unless a container was made of it', async () => {
      const one = buildOf(['RUN true'])
      const { built } = await build(one)
      const kept = (await second.list({ signal: never })).find(({ name }) => name === one.name)
      assert.ok(kept !== undefined && kept.bytes > 0 && Math.abs(Date.now() - kept.at) < 600_000)
      const release = await world.use(built.reference)
      assert.equal(await second.remove(one.name, { signal: never }), false)
      await release()
      assert.equal(await second.remove(one.name, { signal: never }), true)
      assert.equal(await second.remove(one.name, { signal: never }), true)
      assert.ok(!(await builder.list({ signal: never })).some(({ name }) => name === one.name))
    })

    it('knows and removes nothing of another installation', async () => {
      const one = buildOf(['RUN true'])
      const { built } = await build(one)
      assert.deepEqual(await foreign.list({ signal: never }), [])
      await foreign.remove(one.name, { signal: never })
      assert.deepEqual(await builder.find(one.name, { signal: never }), built)
      assert.ok((await builder.list({ signal: never })).some(({ name }) => name === one.name))
    })

    it('refuses names that no image can have', () => {
      for (const name of [
        'demo',
        'Demo:1',
        'demo..a:1',
        '../demo:1',
        'demo:1@sha256:2',
        'demo:1\n',
        '-demo:1',
        'a/b:1',
      ]) {
        assert.throws(() => builder.referenceOf(name), /is no name of a build/)
      }
    })
  })
}
