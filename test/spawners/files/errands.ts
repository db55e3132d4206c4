import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { PassThrough, Readable, Writable } from 'node:stream'
import { until } from '../../helpers/until.ts'
import { type FilesSuite, isSpawnError, never, randomId } from './suite.ts'

export function describeErrands(suite: FilesSuite): void {
  describe('errands', () => {
    const { newHome, serve, said, errand } = suite

    const listed = async (id: string, errands = suite.errands()) =>
      (await errands.list()).find((found) => found.id === id)
    const isRunning = (id: string) =>
      until(async () => (await listed(id))?.running === true, `errand ${id} to be seen running`)

    it('end with the code of their program and the last lines of its errors, and leave nothing', async () => {
      const id = randomId()
      const script = 'echo out; for i in 1 2 3; do echo "error $i" >&2; done; exit 7'
      const { code, lines } = await errand(script, { id })
      assert.equal(code, 7)
      assert.deepEqual(lines.slice(-3), ['error 1', 'error 2', 'error 3'])
      assert.ok(!lines.includes('out'))
      assert.deepEqual([await listed(id), await suite.world().objects(id)], [undefined, []])
      assert.equal((await errand('true')).code, 0)
    })

    it('keep the last of many lines', async () => {
      const { lines } = await errand('i=0; while [ $i -lt 5000 ]; do echo "line $i" >&2; i=$((i + 1)); done')
      assert.equal(lines.at(-1), 'line 4999')
      assert.ok(lines.length > 1 && lines.length <= 100)
    })

    it('hand megabytes from input to output, all of them, unchanged and in order', async () => {
      const data = randomBytes(20 * 2 ** 20)
      const hash = createHash('sha256')
      const stdout = new Writable({ write: (chunk, _, done) => done(void hash.update(chunk)) })
      const { code } = await errand('cat', { stdin: Readable.from(chunksOf(data)), stdout })
      assert.equal(code, 0)
      assert.equal(hash.digest('hex'), createHash('sha256').update(data).digest('hex'))
      assert.equal(stdout.writableEnded, false)
    })

    it('read no faster than they are written to, and write no faster than they are read', async () => {
      // Several programs and connections may lie between, each with megabytes of its own.
      const most = 4096
      let given = 0
      let isEnough = false
      const piece = randomBytes(2 ** 16)
      const stdin = Readable.from(
        (function* () {
          for (; given < most && !isEnough; given += 1) yield piece
        })(),
        { highWaterMark: 1 },
      )
      let taken = 0
      const gate = Promise.withResolvers<void>()
      const stdout = new Writable({
        highWaterMark: 1,
        write(chunk: Buffer, _, done) {
          taken += chunk.length
          if (taken > piece.length) void gate.promise.then(() => done())
          else done()
        },
      })
      const end = errand('cat', { stdin, stdout })
      let before = -1
      let looksWithoutChange = 0
      await until(() => {
        looksWithoutChange = taken > piece.length && given === before ? looksWithoutChange + 1 : 0
        before = given
        return looksWithoutChange > 20
      }, 'the input to stand still')
      assert.ok(given < most, `${given} pieces were read while nothing was taken`)
      isEnough = true
      gate.resolve()
      assert.equal((await end).code, 0)
      assert.equal(taken, given * piece.length)
    })

    it('read nothing where nothing is given, and may leave their input unread', async () => {
      assert.equal(await said('cat; echo end'), 'end\n')
      const endless = Readable.from(
        (function* () {
          for (;;) yield 'more '
        })(),
      )
      assert.equal(await said('echo end', { stdin: endless }), 'end\n')
      endless.destroy()
    })

    it('fail when their input breaks off or their output is closed, and leave nothing', async () => {
      const [first, second] = [randomId(), randomId()]
      const lost = new Error('the upload broke off')
      const input = Readable.from(
        (async function* () {
          yield 'half '
          throw lost
        })(),
      )
      await assert.rejects(errand('cat', { id: first, stdin: input, stdout: new PassThrough().resume() }), lost)
      const output = new PassThrough()
      output.once('data', () => output.destroy())
      await assert.rejects(errand('while true; do echo x; done', { id: second, stdout: output }))
      for (const id of [first, second]) {
        assert.deepEqual([await listed(id), await suite.world().objects(id)], [undefined, []])
      }
    })

    it('have their environment, and the words of their command as they are', async () => {
      const odd = 'a "b"  $HOME `c` \\ \'d\' *'
      const stdout = new PassThrough()
      const print = { command: ['sh', '-c', 'echo "$GIVEN|$1|$#"', 'x', odd, ''], env: { GIVEN: odd } }
      const spec = { id: randomId(), image: suite.world().images.plain, bundles: [], limits: {}, ...print }
      const context = { signal: never, stdout, bundle: () => Promise.reject(new Error('none')) }
      assert.equal((await suite.errands().run(spec, context)).code, 0)
      assert.equal(String(stdout.read()), `${odd}|${odd}|2\n`)
    })

    it('have no network where the spawner can take it away', async () => {
      const script =
        'tail -n +3 /proc/net/dev | while IFS=: read -r name rest; do echo $name; done | grep -v -x lo || true'
      const interfaces = await said(script)
      if (suite.world().can.errandNetwork === 'none') assert.equal(interfaces, '')
      else assert.notEqual(interfaces, '')
    })

    it('see the files of their home, and write there as the user of the image', async () => {
      for (const image of ['plain', 'other', 'root'] as const) {
        const home = await newHome()
        const { stop } = await serve('id -u > user; echo mine > note', { image, home })
        await stop()
        const script = 'cat note; echo more >> note; id -u | cmp - user; stat -c %u note > owner; cmp owner user'
        assert.equal(await said(`${script} && mkdir new && cat note`, { image, home }), 'mine\nmine\nmore\n')
      }
    })

    it('are killed when they are aborted, and leave nothing; the reason says why', async () => {
      const [id, home] = [randomId(), await newHome()]
      const aborting = new AbortController()
      const reason = new Error('nobody waits any more')
      const script = "trap '' TERM INT; echo begun > note; while true; do echo tick >> ticks; sleep 0.1; done"
      const end = errand(script, { id, home, signal: aborting.signal, stdout: new PassThrough() })
      end.catch(() => undefined)
      await isRunning(id)
      aborting.abort(reason)
      await assert.rejects(end, reason)
      assert.deepEqual([await listed(id), await suite.world().objects(id)], [undefined, []])
      const ticks = await said('wc -l < ticks 2> /dev/null || echo 0', { home })
      assert.equal(await said('wc -l < ticks 2> /dev/null || echo 0', { home }), ticks)
      await assert.rejects(errand('true', { signal: AbortSignal.abort(reason) }), reason)
    })

    it('are started once under one id', async () => {
      const [id, stdout] = [randomId(), new PassThrough()]
      const stdin = new PassThrough()
      const end = errand('echo first; cat', { id, stdin, stdout })
      await once(stdout, 'readable')
      await assert.rejects(errand('echo second', { id }))
      const other = await suite.open()
      await assert.rejects(errand('echo third', { id, by: other }))
      stdin.end('and last')
      assert.equal((await end).code, 0)
      assert.equal(String(stdout.read()), 'first\nand last')
    })

    it('fail with a SpawnError when they cannot be started, and leave nothing', async () => {
      const { images, missingImage } = suite.world()
      for (const what of [
        { image: images.plain, command: ['no-such-program-of-a-test'] },
        { image: missingImage, command: ['sh', '-c', 'true'] },
      ]) {
        const id = randomId()
        const context = { signal: never, bundle: () => Promise.reject(new Error('none')) }
        await assert.rejects(suite.errands().run({ id, bundles: [], limits: {}, ...what }, context), isSpawnError)
        assert.deepEqual([await listed(id), await suite.world().objects(id)], [undefined, []])
      }
    })

    it('are listed apart from servers, with their home, and end by their id alone', async () => {
      const [id, home] = [randomId(), await newHome()]
      const server = await serve('true')
      const end = errand('sleep 1000', { id, home })
      end.catch(() => undefined)
      await isRunning(id)
      assert.equal((await listed(id))?.home, home.id)
      assert.deepEqual(
        (await suite.spawner().list()).map((found) => found.server),
        [server.server],
      )
      assert.deepEqual(
        (await suite.errands().list()).map((found) => found.id),
        [id],
      )
      const stranger = await suite.open({ ...suite.installation, id: randomId() })
      assert.deepEqual(await stranger.errands?.list(), [])
      await stranger.errands?.end(id).catch(() => undefined)
      await suite.errands().end(randomId())
      assert.equal((await listed(id))?.running, true)
      await suite.spawner().stop({ server: server.server, run: 9 }, undefined, { graceSeconds: 0 })
      assert.equal((await listed(id))?.running, true)
      for (const _ of [1, 2]) await suite.errands().end(id)
      assert.deepEqual([await listed(id), await suite.world().objects(id)], [undefined, []])
      await end.then(
        ({ code }) => assert.notEqual(code, 0),
        () => undefined,
      )
    })

    it('go on when their hub is killed, and another hub lists and ends them', async () => {
      const [id, home] = [randomId(), await newHome()]
      const image = suite.world().images.plain
      const command = ['sh', '-c', 'echo begun > note; cat note; while true; do sleep 1; done']
      const hub = suite.hub({ errand: { id, image, command, home, bundles: [], limits: {} } })
      await hub.says('running')
      await hub.kill()
      const later = await suite.open()
      assert.ok(later.errands)
      const found = await listed(id, later.errands)
      assert.deepEqual([found?.running, found?.home], [true, home.id])
      await assert.rejects(errand('true', { id, by: later }))
      await later.errands.end(id)
      assert.deepEqual([await listed(id), await suite.world().objects(id)], [undefined, []])
      assert.equal(await said('cat note', { home }), 'begun\n')
    })
  })
}

function* chunksOf(data: Buffer): Generator<Buffer> {
  for (let at = 0; at < data.length; at += 50_000) yield data.subarray(at, at + 50_000)
}
