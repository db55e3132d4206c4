import assert from 'node:assert/strict'
import type { HomeSpec } from '../../../spawners/files.ts'
import { until } from '../../helpers/until.ts'
import { type FilesSuite, isSpawnError, never, randomId } from './suite.ts'
import { imageFiles } from './world.ts'

const images = ['plain', 'other', 'root'] as const

export function describeHomes(suite: FilesSuite): void {
  describe('homes', () => {
    const { newHome, serve, said } = suite

    const spec = (more: Partial<HomeSpec> = {}): HomeSpec => ({
      ...{ id: randomId(), account: 'password/ann', course: 'demo' },
      ...more,
    })
    const make = (home: HomeSpec, by = suite.homes()) => by.make(home, { signal: never })
    const measure = (id: string) => suite.homes().measure(id, undefined, { signal: never })
    const listed = async (homes = suite.homes()) =>
      (await homes.list()).map(({ id, account, course }) => ({ id, account, course }))

    it('are made once, also when they are made twice, at once, or by two hubs at once', async () => {
      const home = spec()
      const other = await suite.open()
      assert.ok(other.homes)
      const first = await make(home)
      const all = await Promise.all([make(home), make(home), make(home, other.homes)])
      for (const state of all) assert.deepEqual(state, first)
      const [fresh, theirs] = [spec(), other.homes]
      await Promise.all([make(fresh), make(fresh, theirs), make(fresh)])
      assert.deepEqual((await listed()).sort(byId), [home, fresh].sort(byId))
    })

    it('keep their files when they are made again', async () => {
      const home = await newHome()
      await said('echo mine > note', { home })
      await make(spec({ id: home.id }))
      assert.equal(await said('cat note', { home }), 'mine\n')
    })

    it('are refused to another account, course or installation', async () => {
      const home = spec()
      await make(home)
      const stranger = await suite.open({ ...suite.installation, id: randomId() })
      await assert.rejects(make({ ...home, account: 'password/bob' }))
      await assert.rejects(make({ ...home, course: 'other' }))
      await assert.rejects(make(home, stranger.homes))
      await stranger.homes?.remove(home.id, undefined).catch(() => undefined)
      assert.deepEqual(await listed(), [home])
    })

    it('are listed with their labels by every hub of the installation, and by no other installation', async () => {
      const home = spec({ account: 'lms:school/Zoë Ünï 🎓', course: 'a course, with "odd" letters/ü' })
      await make(home)
      const others = [
        await suite.open({ ...suite.installation, id: randomId() }),
        await suite.open({ ...suite.installation, name: 'carrel-test-other' }),
      ]
      const theirs = await Promise.all(
        others.map(async ({ homes }) => {
          const own = spec()
          await make(own, homes)
          return { homes, own }
        }),
      )
      for (const { homes, own } of theirs) assert.deepEqual(await listed(homes), [own])
      const again = await suite.open()
      assert.deepEqual(await listed(again.homes), [home])
      for (const { name } of await suite.homes().list()) assert.ok(name.length > 0)
    })

    for (const image of images) {
      it(`are the folder in which a program of the image "${image}" starts, and its user can write there`, async () => {
        const home = await newHome()
        const { stop } = await serve('pwd > where && mkdir folder && id -u > folder/user', { image, home })
        await stop()
        assert.equal(await said('cat where', { image, home }), `${suite.spawner().folderOf(home)}\n`)
        const user = await said('cat folder/user', { image, home })
        assert.equal(await said('id -u', { image }), user)
        await said('echo more >> folder/user && rm where && mkdir folder/deeper', { image, home })
      })
    }

    it('belong to users that are different where the spawner knows users of images', async () => {
      const users = await Promise.all(images.map((image) => said('id -u', { image })))
      assert.equal(new Set(users).size, suite.world().can.imageUsers ? 3 : 1)
      if (suite.world().can.imageUsers) assert.equal(users[2], '0\n')
    })

    it('are at the path of the spec where the spawner can do that', async () => {
      const home = await newHome()
      const folder = suite.spawner().folderOf(home)
      assert.equal(folder === home.path, suite.world().can.absolutePaths)
      assert.equal(await said('pwd', { home }), `${folder}\n`)
    })

    it('keep their files after a stop, a crash, and when the spawner was opened anew', async () => {
      const home = await newHome()
      const first = await serve('echo 1 >> runs', { home })
      await first.stop()
      const second = await serve('echo 2 >> runs', { home, server: first.server, run: 2 })
      await suite.world().kill(first.server)
      await until(async () => (await suite.spawner().poll(second, second.state)).state !== 'running', 'the crash')
      await second.stop()
      const later = await suite.open()
      const third = await serve('echo 3 >> runs', { home, server: first.server, run: 3, by: later })
      await third.stop()
      assert.equal(await said('cat runs', { home, by: later }), '1\n2\n3\n')
    })

    it('are not seen by the servers of others', async () => {
      const [hers, his] = [await newHome(), await newHome({ account: 'password/bob' })]
      const secret = `secret-${randomId()}`
      await said(`echo hers > ${secret}`, { home: hers })
      const script = `ls -A; find / -name ${secret} 2> /dev/null || true`
      const seen = await said(suite.world().can.imageUsers ? script : 'ls -A', { home: his, image: 'root' })
      assert.equal(seen, '')
    })

    it('stay when their servers and all runs are stopped', async () => {
      const home = await newHome()
      const server = await serve('echo mine > note', { home })
      for (const key of await suite.spawner().list()) {
        await suite.spawner().stop(key, undefined, { graceSeconds: 0 })
      }
      await suite.spawner().forget?.(server.server)
      assert.deepEqual(
        (await listed()).map(({ id }) => id),
        [home.id],
      )
      assert.equal(await said('cat note', { home }), 'mine\n')
    })

    it('are measured, and measure more when more is written', async () => {
      assert.equal(await measure(randomId()), undefined)
      const home = await newHome()
      const before = await measure(home.id)
      await said('dd if=/dev/urandom of=big bs=1024 count=2048 2> /dev/null', { home })
      const after = await measure(home.id)
      assert.ok(before && after)
      const grown = after.bytes - before.bytes
      assert.ok(grown >= 2048 * 1024 && grown < 3 * 1024 * 1024, `${before.bytes} and then ${after.bytes}`)
    })

    it('are removed with all their files, twice if need be, and no other home with them', async () => {
      const [home, other] = [await newHome(), await newHome()]
      await said('echo mine > note', { home: other })
      const deep = 'mkdir -p a/b/c && echo x > a/b/c/file && chmod 500 a/b/c a/b a && mkdir closed && chmod 0 closed'
      await said(`${deep} && ln -s ${suite.spawner().folderOf(other)} link`, { home })
      for (const _ of [1, 2]) await suite.homes().remove(home.id, home.state)
      await suite.homes().remove(randomId(), undefined)
      assert.equal(await measure(home.id), undefined)
      assert.deepEqual(
        (await listed()).map(({ id }) => id),
        [other.id],
      )
      assert.equal(await said('cat note', { home: other }), 'mine\n')
    })

    it('are not made anew by a start or an errand when they are gone', async () => {
      const home = await newHome({ fromImage: true })
      await suite.homes().remove(home.id, home.state)
      await assert.rejects(serve('true', { home }), isSpawnError)
      await assert.rejects(said('true', { home }), isSpawnError)
      assert.deepEqual(await listed(), [])
    })

    it('hold no more than their size where the spawner can say no', async () => {
      const home = await newHome({ size: 8 * 2 ** 20 })
      const script = 'dd if=/dev/zero of=big bs=1048576 count=16 || exit 3'
      const { code, lines } = await suite.errand(script, { home })
      assert.equal(code, suite.world().can.sizes ? 3 : 0, lines.join('\n'))
      assert.equal(typeof (await measure(home.id))?.limit, suite.world().can.sizes ? 'number' : 'undefined')
      if (suite.world().can.sizes) assert.match(lines.join('\n'), /space|quota/i)
      assert.equal(await said('rm big && echo small > note && cat note', { home }), 'small\n')
    })

    it('that a killed hub was making are whole or not there', async () => {
      const homes = Array.from({ length: 30 }, () => spec())
      const hub = suite.hub({ homes })
      await hub.says('making')
      await hub.kill()
      const known = await listed()
      assert.ok(known.length > 0)
      for (const home of known) {
        assert.deepEqual(
          homes.find(({ id }) => id === home.id),
          home,
        )
      }
      for (const home of homes.slice(0, known.length + 1)) await make(home)
      assert.ok((await listed()).length > known.length || known.length === homes.length)
    })

    it('begin empty unless they are to have the files of the image', async () => {
      const home = await newHome()
      const server = await serve('true', { home })
      await server.stop()
      for (const name of Object.keys(imageFiles)) await said(`[ ! -e '${name}' ]`, { home })
    })
  })
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1
}
