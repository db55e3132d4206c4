import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { countRows, createHttpBrowser } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { type KillWorld, kill, openKillWorld, startHubHere, startHubProcess } from '../../kill-world.ts'
import { carrelUser } from './command.ts'
import { first, pathOf, second, useLink } from './office.ts'

onEachDatabase('a hub that is killed with -9 while it changes accounts', (makeDatabase) => {
  let all: KillWorld
  let dataDir: string
  let db: Knex
  let hub: Awaited<ReturnType<typeof startHubProcess>>
  const cleanup = cleanupAfterEach()

  beforeEach(async () => {
    all = await openKillWorld(cleanup, makeDatabase)
    ;({ dataDir, db } = all)
    hub = await start()
  })

  const start = () => startHubProcess(cleanup, all, { passwords: true })
  /** Starts the hub that comes after the killed one. */
  const startNext = async () => {
    hub = { ...hub, ...(await startHubHere(cleanup, all, { passwords: true })) }
  }
  const carrel = (args: string[], input = '') => carrelUser(dataDir, args, input)
  const linksIn = (out: string) => [...out.matchAll(/^\S+\t(http\S+)$/gm)].map(([, link = '']) => pathOf(link))
  const linkOf = async (...args: string[]) => linksIn((await carrel(args)).out)[0] ?? assert.fail('no link')
  const signIn = async (name: string, typed: string) => {
    const browser = createHttpBrowser(hub.address)
    const { status } = await browser.submit('/hub/login/password', { username: name, password: typed })
    return { browser, isIn: status === 303 }
  }
  /** Makes ann's account with the password `first`, and signs her in. */
  const openAnn = async () => {
    await useLink(createHttpBrowser(hub.address), await linkOf('add', 'ann'), first)
    const { browser, isIn } = await signIn('ann', first)
    assert.ok(isIn)
    return browser
  }
  const sessions = async () => (await db('sessions').whereNotNull('user').select('hash')).length
  const versionOf = async () => (await db('entries').where({ key: 'account:ann' }).first('version')).version
  /** Returns when the change of ann's account is at this moment. */
  const moments = {
    'its sessions have ended': async () => {
      await until(async () => (await sessions()) === 0)
    },
    'the password is written': async (version: string) => {
      await until(async () => (await versionOf()) !== version)
    },
  }

  it('by `carrel user add`, leaves whole accounts, and the same command makes the rest', async () => {
    const names = Array.from({ length: 250 }, (_, at) => `pupil-${at}`)
    const adding = carrel(['add', ...names])
    await until(async () => ((await countRows(db, 'entries')).entries ?? 0) >= 120)
    await kill(hub.child)
    const killed = await adding
    assert.equal(killed.code, 1, killed.err)
    assert.notEqual(killed.err, '')
    const shown = linksIn(killed.out)
    assert.equal(shown.length, 100, 'the links of the calls that were answered are shown')
    const { entries: made } = await countRows(db, 'entries')
    await startNext()
    const again = await carrel(['add', ...names])
    assert.equal(again.code, 0, again.err)
    assert.equal(again.out.match(/has an account already/g)?.length, made)
    assert.equal(linksIn(again.out).length, 250 - Number(made))
    assert.equal(JSON.parse((await carrel(['list', '--json'])).out).length, 250)
    const awaited = await db('users').where({ authenticator: 'password' }).countDistinct({ count: 'name' })
    assert.equal(Number(awaited[0]?.count), 250)
    const links = [shown[0], linksIn(again.out)[0], await linkOf('passwd', '--link', 'pupil-110')]
    for (const link of links) {
      assert.equal((await useLink(createHttpBrowser(hub.address), link ?? '', first)).status, 200)
    }
  })

  for (const [moment, reached] of Object.entries(moments)) {
    it(`by \`carrel user passwd\`, when ${moment}, leaves the old password or the new one`, async () => {
      await openAnn()
      const version = await versionOf()
      const setting = carrel(['passwd', 'ann'], `${second}\n`)
      await reached(version)
      await kill(hub.child)
      const { code } = await setting
      await startNext()
      assert.equal(await sessions(), 0)
      const isNew = (await versionOf()) !== version
      if (code === 0) assert.ok(isNew)
      assert.deepEqual([(await signIn('ann', first)).isIn, (await signIn('ann', second)).isIn], [!isNew, isNew])
    })

    it(`by a link, when ${moment}, leaves the link good or the new password, and never both`, async () => {
      await openAnn()
      const link = await linkOf('passwd', '--link', 'ann')
      const version = await versionOf()
      const using = useLink(createHttpBrowser(hub.address), link, second).catch((error: Error) => error)
      await reached(version)
      await kill(hub.child)
      await using
      await startNext()
      assert.equal(await sessions(), 0)
      const isUsed = (await versionOf()) !== version
      assert.deepEqual([(await signIn('ann', first)).isIn, (await signIn('ann', second)).isIn], [!isUsed, isUsed])
      const statuses = [await useLink(createHttpBrowser(hub.address), link, second)]
      statuses.push(await useLink(createHttpBrowser(hub.address), link, first))
      assert.deepEqual(
        statuses.map(({ status }) => status),
        isUsed ? [403, 403] : [200, 403],
      )
      assert.ok((await signIn('ann', second)).isIn)
    })
  }

  it('by a first use, leaves the link good or the password set', async () => {
    const link = await linkOf('add', 'ann')
    const version = await versionOf()
    const using = useLink(createHttpBrowser(hub.address), link, first).catch((error: Error) => error)
    await moments['the password is written'](version)
    await kill(hub.child)
    await startNext()
    await using
    assert.equal((await useLink(createHttpBrowser(hub.address), link, second)).status, 403)
    const { browser, isIn } = await signIn('ann', first)
    assert.ok(isIn)
    assert.equal((await browser.navigate('/hub/home')).status, 200)
  })
})
