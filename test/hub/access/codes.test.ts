import assert from 'node:assert/strict'
import { type Code, readCode, signCode, useCode } from '../../../hub/access/codes.ts'
import { openDatabase } from '../../../hub/db/database.ts'
import { removeExpired } from '../../../hub/db/expiry.ts'
import type { Hub } from '../../../hub/hub.ts'
import { fixedKeys, parseKeys } from '../../../seats/keys.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'

const key = (kid: string, byte: number) => `${kid}:${Buffer.alloc(32, byte).toString('base64url')}`

onEachDatabase('codes', (makeDatabase) => {
  let close: () => Promise<void>
  let hub: Hub
  const withKeys = (text: string) => ({ ...hub, secrets: { keys: fixedKeys(parseKeys(text)) } }) as Hub

  beforeEach(async () => {
    const opened = await openDatabase(await makeDatabase())
    close = opened.close
    // Codes need only these parts of a hub.
    hub = { db: opened.db, secrets: { keys: fixedKeys(parseKeys(key('k1', 1))) } } as Hub
  })
  afterEach(() => close())

  const tab: Code = { for: 'tab', link: '/a', authenticator: 'lms' }

  it('are used once, however many hubs are asked at the same time', async () => {
    const code = await signCode(hub, tab)
    const uses = await Promise.all(Array.from({ length: 10 }, () => useCode(hub, 'tab', code)))
    assert.deepEqual(
      uses.filter((use) => use !== undefined),
      [tab],
    )
  })

  it('are not used up by reading, nor by asking for another purpose', async () => {
    const code = await signCode(hub, tab)
    assert.deepEqual(await readCode(hub, 'tab', code), tab)
    assert.equal(await useCode(hub, 'move', code), undefined)
    assert.deepEqual(await useCode(hub, 'tab', code), tab)
  })

  it('are used up in every spelling', async () => {
    const code = await signCode(hub, tab)
    await useCode(hub, 'tab', code)
    for (const spelled of [`${code}=`, `${code}.`, `${code}.x`, ` ${code}`, code.replace(/\./, '=.')]) {
      assert.equal(await useCode(hub, 'tab', spelled), undefined, spelled)
    }
  })

  it('are valid as long as their key is known', async () => {
    const code = await signCode(hub, tab)
    assert.ok(await readCode(withKeys(`${key('k2', 2)},${key('k1', 1)}`), 'tab', code))
    assert.equal(await readCode(withKeys(key('k1', 3)), 'tab', code), undefined)
    assert.equal(await readCode(withKeys(key('k2', 1)), 'tab', code), undefined)
  })

  it('are valid for a minute for a frame, and for a quarter of an hour in a button', async () => {
    const frame: Code = { for: 'frame', challenge: 'w', user: 'u', session: 's' }
    for (const [code, minutes] of [
      [frame, 1],
      [tab, 15],
    ] as const) {
      const before = Date.now()
      const { until } = JSON.parse(
        Buffer.from((await signCode(hub, code)).split('.')[2] ?? '', 'base64url').toString(),
      ) as { until: number }
      const signedAt = until - minutes * 60_000
      assert.ok(signedAt >= before - 1 && signedAt <= Date.now() + 1, `${signedAt - before} ms later`)
    }
    const { now } = Date
    const code = await signCode(hub, tab)
    // Only the database's clock counts.
    Date.now = () => now() + 3_600_000
    try {
      assert.ok(await readCode(hub, 'tab', code))
    } finally {
      Date.now = now
    }
  })

  it('are deleted when they have expired', async () => {
    await useCode(hub, 'tab', await signCode(hub, tab))
    await removeExpired(hub.db)
    assert.equal((await hub.db('codes').select('hash')).length, 1)
    await hub.db('codes').update({ expires: 1 })
    await removeExpired(hub.db)
    assert.equal((await hub.db('codes').select('hash')).length, 0)
  })
})
