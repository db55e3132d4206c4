import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { full, newBundle, plain, type TestBundle } from './archive.ts'
import { type FilesSuite, isSpawnError, quoted, randomId } from './suite.ts'

/** The path at which the bundles of these tests lie. */
const path = '/srv/carrel/bundle-of-a-test'

export function describeBundles(suite: FilesSuite): void {
  describe('bundles', () => {
    const { newHome, serve, said } = suite
    const cleanup = cleanupAfterEach()

    const bundleOf = async (contents = plain, into: 'read-only' | 'home' = 'read-only') => {
      const bundle = await newBundle(suite.world(), contents, { path, into })
      cleanup.defer(() => bundle.remove())
      return bundle
    }
    const folderOf = (bundle: TestBundle) => suite.spawner().folderOf(bundle.mounted)
    /** What a server or errand with the bundles needs, its token with which it may fetch them among it. */
    const having = (...bundles: TestBundle[]) => ({
      bundles: bundles.map(({ mounted }) => mounted),
      env: { JUPYTER_TOKEN: bundles[0]?.token ?? '' },
    })
    const giving = (...bundles: TestBundle[]) => ({
      bundle(digest: string) {
        const found = bundles.find(({ mounted }) => mounted.digest === digest)
        return found === undefined ? Promise.reject(new Error(`no bundle ${digest}`)) : found.give(digest)
      },
    })
    const visit = async (script: string, bundle: TestBundle, more = {}) => {
      const server = await serve(script, { ...having(bundle), context: giving(bundle), ...more })
      await server.stop()
    }

    it('are at their folder with all their files, links and programs, in servers and in errands', async () => {
      const bundle = await bundleOf(full)
      const home = await newHome()
      const script = `cd ${quoted(folderOf(bundle))} && {
        cat notes.txt deep/er/file.json 'week 1/Zoë’s "file".txt' latest deep/up; bin/hello
        readlink latest; readlink deep/up; readlink nowhere; wc -c < big.bin; [ ! -x notes.txt ] && echo plain
      }`
      const expected = [
        'notes of the course{"deep": true}odd namenotes of the coursenotes of the coursehello',
        ...['notes.txt', '../notes.txt', '/no/such/file', String(6 * 400_000), 'plain', ''],
      ].join('\n')
      await visit(`(${script}) > "$HOME_OF_TEST/seen"`, bundle, {
        home,
        env: { ...having(bundle).env, HOME_OF_TEST: suite.spawner().folderOf(home) },
      })
      assert.equal(await said('tr -d " " < seen', { home }), expected.replaceAll(' ', ''))
      const printed = await said(script, { ...having(bundle), ...giving(bundle) })
      assert.equal(printed.replaceAll(' ', ''), expected.replaceAll(' ', ''))
    })

    it('are at the path of the spec where the spawner can do that', async () => {
      const bundle = await bundleOf()
      assert.equal(folderOf(bundle) === path, suite.world().can.absolutePaths)
    })

    it('cannot be written, also by root, where the spawner can lock them', async () => {
      const bundle = await bundleOf()
      for (const image of ['plain', 'root'] as const) {
        const script = `cd ${quoted(folderOf(bundle))} && for act in 'echo x >> notes.txt' 'echo x > new' 'rm notes.txt' 'mkdir deep/new'; do
          if (eval "$act") 2> /dev/null; then echo "$act"; fi; done`
        const done = await said(script, { image, ...having(bundle), ...giving(bundle) })
        if (suite.world().can.lockedBundles) assert.equal(done, '')
        else assert.match(done, /echo x > new/)
        if (!suite.world().can.lockedBundles) return
      }
      assert.equal(
        await said(`cat ${quoted(`${folderOf(bundle)}/notes.txt`)}`, having(bundle)),
        plain.files['notes.txt'],
      )
    })

    it('are asked for once, and not again by later servers, errands and hubs', async () => {
      const bundle = await bundleOf()
      await visit('true', bundle)
      await visit('true', bundle)
      const later = await suite.open()
      await visit('true', bundle, { by: later })
      const script = `cat ${quoted(`${folderOf(bundle)}/notes.txt`)}`
      assert.equal(await said(script, { by: later, ...having(bundle), ...giving(bundle) }), plain.files['notes.txt'])
      assert.equal(bundle.asked, 1)
      assert.deepEqual(await suite.bundles().list(), [bundle.mounted.digest])
    })

    it('are made once whole by servers that start at once, also at two hubs', async () => {
      const bundle = await bundleOf()
      const other = await suite.open()
      const script = `cmp ${quoted(`${folderOf(bundle)}/notes.txt`)} ${quoted(`${folderOf(bundle)}/notes.txt`)}`
      await Promise.all([visit(script, bundle), visit(script, bundle), visit(script, bundle, { by: other })])
      assert.deepEqual(await suite.bundles().list(), [bundle.mounted.digest])
      assert.equal(
        await said(`cat ${quoted(`${folderOf(bundle)}/notes.txt`)}`, having(bundle)),
        plain.files['notes.txt'],
      )
    })

    it('are not taken for whole when a hub was killed while it filled them', async () => {
      const bundle = await bundleOf(plain)
      const key = { server: randomId(), run: 1 }
      const server = {
        ...{ hash: 'h', course: 'demo', user: 'ann', limits: {}, gpu: false, ...having(bundle), ...key },
        ...{ image: suite.world().images.plain, command: suite.world().working(suite.spawner().listen(key)) },
      }
      const hub = suite.hub({ half: { server, archive: bundle.archive, source: bundle.source } })
      await hub.says('half')
      await hub.kill()
      await suite.spawner().stop(key, undefined, { graceSeconds: 0 })
      const script = `cd ${quoted(folderOf(bundle))}; cat notes.txt deep/er/file.json`
      const seen = await said(script, { ...having(bundle), ...giving(bundle) })
      assert.equal(seen, Object.values(plain.files).join(''))
      assert.equal(bundle.asked, 1)
    })

    it('fail a start that does not get them, with the reason, and the next start asks again', async () => {
      const bundle = await bundleOf()
      const lost = new Error('the archive is lost')
      await assert.rejects(
        serve('true', { ...having(bundle), context: { bundle: () => Promise.reject(lost) } }),
        (error: Error) => error === lost || (isSpawnError(error) && error.cause === lost),
      )
      await visit('true', bundle)
      assert.equal(bundle.asked, 1)
    })

    it('are removed when no server uses them, twice if need be, and then asked for anew', async () => {
      const bundle = await bundleOf()
      await visit('true', bundle)
      for (const _ of [1, 2]) await suite.bundles().remove(bundle.mounted.digest)
      assert.deepEqual(await suite.bundles().list(), [])
      const script = `cat ${quoted(`${folderOf(bundle)}/notes.txt`)}`
      assert.equal(await said(script, { ...having(bundle), ...giving(bundle) }), plain.files['notes.txt'])
      assert.equal(bundle.asked, 2)
    })

    it('stay when they are to be removed while a server has them', async () => {
      const [used, unused] = [await bundleOf(), await bundleOf()]
      await visit('true', unused)
      const server = await serve('true', { ...having(used), context: giving(used) })
      await suite.bundles().remove(used.mounted.digest)
      await suite.bundles().remove(unused.mounted.digest)
      assert.deepEqual(await suite.bundles().list(), [used.mounted.digest])
      await visit('true', used)
      assert.equal(used.asked, 1)
      await server.stop()
      await suite.bundles().remove(used.mounted.digest)
      assert.deepEqual(await suite.bundles().list(), [])
    })

    it('are listed for their own installation only', async () => {
      const bundle = await bundleOf()
      await visit('true', bundle)
      const stranger = await suite.open({ ...suite.installation, id: randomId() })
      assert.deepEqual(await stranger.bundles?.list(), [])
      await stranger.bundles?.remove(bundle.mounted.digest)
      assert.deepEqual(await suite.bundles().list(), [bundle.mounted.digest])
      await visit('true', bundle)
      assert.equal(bundle.asked, 1)
    })

    it('are also copied into the home where that is wanted, for its user, where nothing is', async () => {
      const bundle = await bundleOf(full, 'home')
      const home = await newHome()
      await said('mkdir deep; echo mine > notes.txt; echo mine > deep/own', { home })
      await visit('bin/hello > said; echo mine >> deep/er/file.json', bundle, { home })
      const script = 'cat notes.txt said deep/own deep/er/file.json; readlink latest; wc -c < big.bin'
      const seen = (await said(script, { home })).replaceAll(' ', '')
      assert.equal(seen, `mine\nhello\nmine\n{"deep":true}mine\nnotes.txt\n${6 * 400_000}\n`)
      assert.equal(
        await said(`cat ${quoted(`${folderOf(bundle)}/deep/er/file.json`)}`, { ...having(bundle), ...giving(bundle) }),
        plain.files['deep/er/file.json'],
      )
    })

    it("are never copied through a learner's link, and stop no start by what fails", async () => {
      const bundle = await bundleOf(full, 'home')
      const { elsewhere } = suite.world()
      const home = await newHome()
      const links = `ln -s ${quoted(elsewhere)} deep; ln -s ${quoted(`${elsewhere}/evil`)} notes.txt; echo mine > bin
        ln -s ${quoted(folderOf(bundle))} 'week 1'`
      await said(links, { home, image: 'root' })
      const look = `ls -A ${quoted(elsewhere)} > names; ls -A ${quoted(folderOf(bundle))} > own`
      const names = await said(`ls -A ${quoted(elsewhere)}`, { image: 'root' })
      await visit(look, bundle, { home, image: 'root' })
      assert.equal(await said('cat names', { home, image: 'root' }), names)
      assert.equal((await said('cat own', { home, image: 'root' })).split('\n').filter(Boolean).length, 7)
      assert.equal(await said('cat bin', { home }), 'mine\n')
    })

    it('are found by links in folders of the home, which follow the next start, and replace nothing', async () => {
      const [first, second] = [await bundleOf(full), await bundleOf(plain)]
      const home = await newHome()
      await said('mkdir week2; echo mine > week2/data', { home })
      const links = [{ folders: ['.', 'week1', 'week2'], to: [{ name: 'data', path: `${path}/deep` }] }]
      await visit('cat week1/data/er/file.json data/up > seen', first, { home, links })
      assert.equal(await said('cat seen week2/data', { home }), '{"deep": true}notes of the coursemine\n')
      await visit('cat week1/data/er/file.json data/up > seen', second, { home, links })
      assert.equal(await said('cat seen', { home }), '{"deep": true}')
    })

    it('may be large: 64 MB come whole, and cost this process no such memory', async () => {
      const bundle = await bundleOf({ files: { 'big.bin': '' }, large: { 'set.bin': 64 * 2 ** 20 } })
      const home = await newHome()
      const before = process.memoryUsage().arrayBuffers
      let most = 0
      const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 20)
      const look = `cd ${quoted(folderOf(bundle))} && sha256sum < set.bin > "$HOME_OF_TEST/sum"`
      const env = { ...having(bundle).env, HOME_OF_TEST: suite.spawner().folderOf(home) }
      await visit(look, bundle, { home, env })
      clearInterval(timer)
      assert.equal((await said('cat sum', { home })).split(' ')[0], bundle.sums['set.bin'])
      // The listener that stands in for the hub's holds what it hands to pods.
      if (suite.world().publish === undefined) assert.ok(most - before < 48 * 2 ** 20, `${most - before} bytes`)
    })

    it('are copied into the folder in which a program starts that has no home', async () => {
      const bundle = await bundleOf(plain, 'home')
      const script = 'cat notes.txt deep/er/file.json'
      const seen = await said(script, { ...having(bundle), ...giving(bundle) })
      assert.equal(seen, Object.values(plain.files).join(''))
    })
  })
}
