import assert from 'node:assert/strict'
import { removeUsers } from '../../../hub/access/removal.ts'
import { removeExpired } from '../../../hub/db/expiry.ts'
import { addStoredCode, findStoredCode } from '../../../hub/db/servers/support-codes.ts'
import { setUserState } from '../../../hub/db/users.ts'
import { supportCodeOf, typedCode } from '../../../hub/support/codes.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { countRows } from '../../helpers/test-hub.ts'
import { openParts, type Parts } from '../parts.ts'

onEachDatabase('support codes', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(() => parts.stop())

  const expire = () => parts.hub.db('support_codes').update({ expires: 1000 })

  it('stay the same for a week, whoever asks at once, and are another for each server', async () => {
    const [one, other] = [await parts.makeReady(), await parts.makeReady()]
    const asked = await Promise.all(Array.from({ length: 12 }, () => supportCodeOf(parts.hub, one)))
    const [{ code = '', until = 0 } = {}] = asked
    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}$/)
    assert.deepEqual(new Set(asked.map((each) => each.code)), new Set([code]))
    const days = (until - Date.now()) / 86_400_000
    assert.ok(days > 6.9 && days < 7.1, String(days))
    assert.notEqual((await supportCodeOf(parts.hub, other)).code, code)
    assert.equal((await findStoredCode(parts.hub.db, typedCode(code) ?? ''))?.server, one.id)
  })

  it('mean nothing when their week is over, and the next one is another', async () => {
    const server = await parts.makeReady()
    const first = await supportCodeOf(parts.hub, server)
    await expire()
    assert.equal(await findStoredCode(parts.hub.db, typedCode(first.code) ?? ''), undefined)
    const next = await supportCodeOf(parts.hub, server)
    assert.notEqual(next.code, first.code)
    assert.deepEqual(await countRows(parts.hub.db, 'support_codes'), { support_codes: 1 })
    await expire()
    await removeExpired(parts.hub.db)
    assert.deepEqual(await countRows(parts.hub.db, 'support_codes'), { support_codes: 0 })
  })

  it('are never one for two servers', async () => {
    const [one, other] = [await parts.makeReady(), await parts.makeReady()]
    const taken = typedCode((await supportCodeOf(parts.hub, one)).code) ?? ''
    await addStoredCode(parts.hub.db, { server: other.id, code: taken, lasts: 60_000 })
    assert.equal((await findStoredCode(parts.hub.db, taken))?.server, one.id)
    assert.notEqual(typedCode((await supportCodeOf(parts.hub, other)).code), taken)
  })

  it('go with their server and its user', async () => {
    const server = await parts.makeReady()
    await supportCodeOf(parts.hub, server)
    await parts.hub.db('servers').update({ state: 'stopped' })
    await parts.hub.db.transaction((trx) => setUserState(trx, server.user, 'deleting'))
    await removeUsers(parts.hub)
    assert.deepEqual(await countRows(parts.hub.db, 'servers', 'support_codes'), { servers: 0, support_codes: 0 })
    await assert.rejects(supportCodeOf(parts.hub, server), { status: 410, code: 'stopped' })
  })
})

describe('a support code as it is typed', () => {
  for (const [typed, meant] of [
    ['7KQ-4MX', '7KQ4MX'],
    [' 7kq 4mx ', '7KQ4MX'],
    ['7kq4mx', '7KQ4MX'],
    ['7KQ–4MX', '7KQ4MX'],
    ['7 K Q . 4 M X', '7KQ4MX'],
    ['７ＫＱ－４ＭＸ', '7KQ4MX'],
    ['oOi-lL1', '001111'],
    ['7KQ-4M', undefined],
    ['7KQ-4MXX', undefined],
    ['7KQ-4MU', undefined],
    ["7KQ'4MX", undefined],
    ['7KQ\u00004MX', undefined],
    ['', undefined],
    [' '.repeat(100), undefined],
  ] as const)
    it(`${JSON.stringify(typed)} is ${meant ?? 'none'}`, () => assert.equal(typedCode(typed), meant))
})
