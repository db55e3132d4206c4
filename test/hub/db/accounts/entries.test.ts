import assert from 'node:assert/strict'
import { openStore } from '../../../../hub/db/accounts/entries.ts'
import { type OpenDatabase, openDatabase } from '../../../../hub/db/database.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'

onEachDatabase('the store of an authenticator', (makeDatabase) => {
  let opened: OpenDatabase
  let other: OpenDatabase
  beforeEach(async () => {
    const url = await makeDatabase()
    opened = await openDatabase(url)
    // On SQLite there is one hub only.
    other = url.startsWith('sqlite:') ? opened : await openDatabase(url)
  })
  afterEach(async () => {
    if (other !== opened) await other.close()
    await opened.close()
  })
  const storeOf = (name = 'password', { db } = opened) => openStore(db, name)
  const versionOf = async (key: string) => (await storeOf().get(key))?.version ?? assert.fail(`no ${key}`)

  it('keeps JSON under keys, whole, and reads it at another hub', async () => {
    const value = { text: 'a "b" \0 é \u{1f600}', list: [1, null, true], nested: { deep: {} } }
    assert.equal(await storeOf().get('k'), undefined)
    assert.equal(await storeOf().put('k', value, undefined), true)
    assert.deepEqual((await storeOf('password', other).get('k'))?.value, value)
    assert.equal(await storeOf().get('K'), undefined, 'case counts')
  })

  it('writes only over the version that was read, whichever hub wrote it', async () => {
    const [one, two] = [storeOf(), storeOf('password', other)]
    assert.equal(await one.put('k', 1, undefined), true)
    assert.equal(await two.put('k', 2, undefined), false, 'there is one already')
    const version = await versionOf('k')
    assert.equal(await two.put('k', 2, version), true)
    assert.equal(await one.put('k', 3, version), false)
    assert.equal(await one.remove('k', version), false)
    assert.equal((await one.get('k'))?.value, 2)
  })

  it('lets one of many writes at once through', async () => {
    const put = (version: string | undefined) =>
      Promise.all(
        Array.from({ length: 10 }, (_, at) => storeOf('password', at % 2 ? other : opened).put('k', at, version)),
      )
    assert.equal((await put(undefined)).filter(Boolean).length, 1)
    assert.equal((await put(await versionOf('k'))).filter(Boolean).length, 1)
  })

  it('gives no version twice, so that a removed and added key is not taken for the old one', async () => {
    await storeOf().put('k', 1, undefined)
    const version = await versionOf('k')
    assert.equal(await storeOf().remove('k', version), true)
    assert.equal(await storeOf().remove('k', version), false)
    await storeOf().put('k', 1, undefined)
    assert.equal(await storeOf().put('k', 2, version), false)
  })

  it('lists the keys with a beginning, in pages, in the order of their bytes', async () => {
    const keys = ['a:B', 'a:b', 'a:b2', 'a:é', 'a:\u{1f600}', 'a', 'b:a', 'a%', 'a_']
    for (const key of keys) await storeOf().put(key, key, undefined)
    const all = await storeOf().list('a:', { most: 100 })
    assert.deepEqual(
      all.map(({ key, value }) => [key, value]),
      ['a:B', 'a:b', 'a:b2', 'a:é', 'a:\u{1f600}'].map((key) => [key, key]),
    )
    const page = await storeOf('password', other).list('a:', { after: 'a:b', most: 2 })
    assert.deepEqual(
      page.map(({ key }) => key),
      ['a:b2', 'a:é'],
    )
    assert.equal((await storeOf().list('', { most: 100 })).length, keys.length)
    assert.deepEqual(await storeOf().list('c', { most: 100 }), [])
  })

  it('reaches nothing of another authenticator, by any key', async () => {
    await storeOf('bank').put('account:ann', { hash: 'secret' }, undefined)
    const eve = storeOf('eve')
    for (const key of ['account:ann', 'bank', "' or 1=1 --", '%', '../bank/account:ann']) {
      assert.equal(await eve.get(key), undefined)
      assert.deepEqual(await eve.list(key, { most: 1000 }), [])
    }
    assert.deepEqual(await eve.list('', { most: 1000 }), [])
    const { version = '' } = (await storeOf('bank').get('account:ann')) ?? {}
    assert.equal(await eve.put('account:ann', {}, version), false)
    assert.equal(await eve.remove('account:ann', version), false)
    assert.equal(await eve.put('account:ann', 'mine', undefined), true)
    assert.deepEqual((await storeOf('bank').get('account:ann'))?.value, { hash: 'secret' })
  })

  it('refuses keys and values that do not fit, and changes nothing', async () => {
    for (const key of ['', 'x'.repeat(256), 'a\0b', '\ud800', 'a\u{10ffff}']) {
      await assert.rejects(storeOf().get(key), /1 to 255 characters/)
      await assert.rejects(storeOf().put(key, 1, undefined), /1 to 255 characters/)
    }
    for (const value of [undefined, 'x'.repeat(65_536)]) {
      await assert.rejects(storeOf().put('k', value, undefined), /JSON of at most/)
    }
    assert.deepEqual(await storeOf().list('', { most: 10 }), [])
  })
})
