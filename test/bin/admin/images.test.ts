import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { projectDir } from '../../helpers/carrel.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { createFakeImages, type FakeImages, fakeId } from '../../helpers/fakes/fake-images.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { kill, letHubsDie, openKillWorld, startHubHere, startHubProcess } from '../../hub/kill-world.ts'
import { visitorsAndPeople } from '../../hub/people.ts'

const courses = { demo: { image: 'one' }, pandas: { image: 'two' } }

onEachDatabase('commands to a hub: carrel images', (makeDatabase) => {
  let images: FakeImages
  let world: FakeServers
  let hub: TestHub
  const cleanup = cleanupAfterEach()

  beforeEach(async () => {
    images = createFakeImages()
    world = createFakeServers({}, images)
    cleanup.defer(() => world.close())
    const config = { authenticators: visitorsAndPeople(), admins: ['root'], courses }
    hub = await startTestHub({ database: await makeDatabase(), world, config })
    cleanup.defer(() => hub.stop())
    for (const image of ['one', 'two']) images.registry.set(image, fakeId(image))
  })

  const command = (args: string[]) => ['bin/carrel.js', 'images', ...args, '--data', hub.dataDir]
  const carrel = (args: string[], env = {}) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const options = { cwd: projectDir, env: { ...process.env, ...env } }
      const child = execFile(process.execPath, command(args), options, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })
  const brought = () => images.brought.map((uses) => uses.map(({ image }) => image))

  it('lists images, and ends with 1 while one is missing', async () => {
    images.engines[0]?.set('one', fakeId('one'))
    await until(async () => (await hub.db('images')).length === 2)
    await hub
      .db('images')
      .where({ image: 'one' })
      .update({ places_having: 1, id: fakeId('one'), problem: null })
    const before = await carrel(['list'])
    assert.equal(before.code, 1, before.err)
    assert.equal(
      before.out,
      `one\tthere\t${fakeId('one')}\tdemo\ntwo\tmissing\t-\tpandas\n  No engine has the image two. Fetch it: carrel images pull.\n`,
    )
    assert.equal((await carrel(['pull', 'pandas'])).code, 0)
    const after = await carrel(['list', '--json'])
    assert.equal(after.code, 0)
    assert.deepEqual(
      JSON.parse(after.out).map(({ image, id }: Record<string, string>) => [image, id]),
      [
        ['one', fakeId('one')],
        ['two', fakeId('two')],
      ],
    )
  })

  it('fetches all images, says how far each is, and ends with 0', async () => {
    const { code, out, err } = await carrel(['pull'])
    assert.equal(code, 0, err)
    assert.match(out, /^one: missing, 0 %$/m)
    assert.ok(out.endsWith(`one: there, ${fakeId('one')}\ntwo: there, ${fakeId('two')}\n`), out)
    assert.deepEqual(brought(), [['one', 'two']])
    assert.ok(!/\p{C}/u.test(out.replaceAll('\n', '')), out)
  })

  it('fetches the others when one fails, says why, and ends with 1', async () => {
    images.registry.delete('one')
    const { code, out } = await carrel(['pull', '--json'])
    assert.equal(code, 1)
    const [one, two] = JSON.parse(out)
    assert.deepEqual(Object.keys(two).sort(), ['id', 'image', 'places', 'problem'])
    assert.match(one.problem, /registry does not know one/)
    assert.deepEqual([two.id, two.problem], [fakeId('two'), null])
    assert.match((await carrel(['pull'])).out, /^one: missing\n {2}failed: The registry does not know one\./m)
  })

  it('says that an image is there and could not be fetched anew', async () => {
    images.engines[0]?.set('one', fakeId('one'))
    images.registry.delete('one')
    const { code, out } = await carrel(['pull', 'demo'])
    assert.equal(code, 1)
    assert.match(out, /^one: there, sha256:\w+\n {2}could not be fetched anew: /m)
  })

  it('asks a hub elsewhere with the token of an admin, and of no one else', async () => {
    const tokenOf = async (name: string) => {
      const browser = hub.browser()
      await browser.submit('/hub/login/local', { username: name, password: 'right' })
      const made = await browser.submit('/hub/token', { note: 'x', days: '1' })
      return /carrel-user-[\w-]{43}/.exec(made.text)?.[0] ?? ''
    }
    const refused = await carrel(['pull', '--hub', hub.address], { CARREL_HUB_TOKEN: await tokenOf('eve') })
    assert.equal(refused.code, 1)
    assert.match(refused.err, /is good, but not an admin's/)
    assert.deepEqual(images.brought, [])
    const { code, out, err } = await carrel(['pull', '--hub', hub.address], { CARREL_HUB_TOKEN: await tokenOf('root') })
    assert.equal(code, 0, err)
    assert.ok(out.endsWith(`two: there, ${fakeId('two')}\n`))
  })

  it('refuses courses that are not there, and times that are none', async () => {
    const unknown = await carrel(['pull', 'pandsa'])
    assert.equal(unknown.code, 1)
    assert.match(unknown.err, /There is no course named "pandsa" here\. Did you mean pandas\?/)
    for (const args of [
      ['--every', '30m'],
      ['--watch', '--every', '0s'],
      ['--watch', '--every', 'often'],
    ]) {
      assert.equal((await carrel(['pull', ...args])).code, 2, args.join(' '))
    }
    assert.deepEqual(images.brought, [])
  })

  it('shows nothing that a terminal would act on', async () => {
    images.error = new Error('\x1b]0;owned\x07')
    const { err } = await carrel(['pull'])
    assert.match(err, /\?]0;owned\?/)
    assert.ok(!/\p{C}/u.test(err.replaceAll('\n', '')))
  })

  describe('with --watch', () => {
    const watch = (...args: string[]) => {
      const all = command(['pull', '--watch', '--every', '1s', ...args])
      const child = spawn(process.execPath, all, { cwd: projectDir, stdio: ['ignore', 'pipe', 'pipe'] })
      cleanup.defer(() => kill(child))
      const said = { out: '', err: '' }
      child.stdout.on('data', (text) => (said.out += text))
      child.stderr.on('data', (text) => (said.err += text))
      return { child, said }
    }
    const ended = async (child: ChildProcess) => {
      if (child.exitCode === null) await once(child, 'exit')
      return child.exitCode
    }

    it('fetches again and again, says what has changed only, and ends with 0 when it is told to', async () => {
      const { child, said } = watch()
      await until(() => images.brought.length > 2)
      images.registry.set('two', fakeId('newer'))
      await until(() => said.out.includes(fakeId('newer')))
      child.kill('SIGTERM')
      assert.equal(await ended(child), 0)
      assert.equal(said.err, '')
      assert.deepEqual(said.out.trim().split('\n'), [
        `one: there, ${fakeId('one')}`,
        `two: there, ${fakeId('two')}`,
        `two: there, ${fakeId('newer')}`,
      ])
    })

    it('ends when it is told to while an image is being fetched', async () => {
      images.midway = new Promise(() => undefined)
      const begun = once(world.events, 'bringing-image')
      const { child } = watch()
      await begun
      child.kill('SIGTERM')
      assert.equal(await ended(child), 0)
    })

    it('goes on when one fails', async () => {
      images.registry.delete('one')
      const { said } = watch()
      await until(() => said.out.includes('failed:'))
      images.registry.set('one', fakeId('one'))
      await until(() => said.out.includes(`one: there, ${fakeId('one')}`))
    })

    it('ends when the hub refuses what it asks for', async () => {
      const { child, said } = watch('pandsa')
      assert.equal(await ended(child), 1)
      assert.match(said.err, /no course named "pandsa"/)
    })
  })
})

onEachDatabase('carrel images pull --watch and a hub that is killed', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('waits for the next hub, which goes on where the first one was', async () => {
    const images = createFakeImages()
    const all = await openKillWorld(cleanup, makeDatabase, images)
    const { dataDir, world } = all
    for (const image of ['one', 'two']) images.registry.set(image, fakeId(image))
    const settings = { courses, hasImages: true }
    images.midway = new Promise(() => undefined)
    const { child: first } = await startHubProcess(cleanup, all, settings)
    const begun = once(world.events, 'bringing-image')
    const args = ['bin/carrel.js', 'images', 'pull', '--watch', '--every', '1s', '--data', dataDir]
    const watching = spawn(process.execPath, args, { cwd: projectDir, stdio: ['ignore', 'pipe', 'pipe'] })
    cleanup.defer(() => kill(watching))
    const said = { out: '', err: '' }
    watching.stdout.on('data', (text) => (said.out += text))
    watching.stderr.on('data', (text) => (said.err += text))
    await begun
    await kill(first)
    delete images.midway
    await until(() => said.err.includes('Trying again'))
    await letHubsDie(all)
    await startHubHere(cleanup, all, settings)
    await until(() => said.out.includes(fakeId('one')) && said.out.includes(fakeId('two')))
    assert.equal(watching.exitCode, null)
    assert.deepEqual(await all.db('images').whereNotNull('id').orderBy('image').pluck('image'), ['one', 'two'])
  })
})
