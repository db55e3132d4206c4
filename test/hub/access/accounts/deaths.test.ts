import assert from 'node:assert/strict'
import type { Accounts } from '../../../../authenticators/authenticator.ts'
import { password } from '../../../../authenticators/password.ts'
import {
  addAccounts,
  makePasswordLink,
  removeAccount,
  setPasswordOf,
  usePasswordLink,
} from '../../../../hub/access/accounts.ts'
import { type Keeper, keeperNamed } from '../../../../hub/access/keepers.ts'
import { openAuthenticators } from '../../../../hub/access/open-authenticators.ts'
import { addSession, readSession } from '../../../../hub/db/sessions.ts'
import { ensureUser, findUserByName } from '../../../../hub/db/users.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { openParts, type Parts } from '../../parts.ts'
import { first, second } from './office.ts'

const by = { id: 'operator', precondition: async () => true }

onEachDatabase('a hub that dies while it changes an account', (makeDatabase) => {
  let parts: Parts
  let keeper: Keeper
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
    parts.hub.config.authenticators = openAuthenticators([password()], parts.hub.db)
    keeper = keeperNamed(parts.hub, undefined)
  })
  afterEach(() => parts.stop())

  /** Returns the keeper of a hub that dies before or after one of its writes. */
  const dying = (method: keyof Accounts, when: 'before' | 'after'): Keeper => {
    const die = async (...args: unknown[]) => {
      if (when === 'after') await (keeper.accounts[method] as (...args: unknown[]) => unknown)(...args)
      throw new Error('killed')
    }
    return { ...keeper, accounts: { ...keeper.accounts, [method]: die } }
  }
  const secretOf = (link: string) => new URL(link).searchParams.get('key') ?? ''
  const authenticate = async (typed: string) => {
    const [way] = parts.hub.config.authenticators
    return way?.kind === 'password' ? (await way.authenticate('ann', typed)) !== undefined : undefined
  }
  /** Makes ann's account with the password `first`, and a session of hers. */
  const openAnn = async () => {
    const { added } = await addAccounts(parts.hub, keeper, ['ann'], by)
    const secret = secretOf(added[0]?.link ?? '')
    assert.equal(await usePasswordLink(parts.hub, keeper, { name: 'ann', secret, password: first }), true)
    const subject = (await keeper.accounts.find('ann'))?.subject ?? ''
    const user = await ensureUser(parts.hub.db, { name: 'ann', kind: 'person', authenticator: 'password', subject })
    await addSession(parts.hub.db, 'session', { user: user?.id ?? '', framed: false }, { milliseconds: 60_000 })
  }
  const hasSession = async () => (await readSession(parts.hub.db, 'session')) !== undefined

  it('leaves a link good, or the password set and the sessions ended', async () => {
    for (const when of ['before', 'after'] as const) {
      await openAnn()
      const { link } = await makePasswordLink(parts.hub, keeper, 'ann', by)
      const use = (at: Keeper) =>
        usePasswordLink(parts.hub, at, { name: 'ann', secret: secretOf(link), password: second })
      await assert.rejects(use(dying('useLink', when)), /killed/)
      assert.equal(await hasSession(), false)
      assert.deepEqual([await authenticate(first), await authenticate(second)], [when === 'before', when === 'after'])
      assert.equal(await use(keeper), when === 'before')
      assert.equal(await authenticate(second), true)
      await keeper.accounts.remove('ann')
      await parts.hub.db('users').where({ name: 'ann' }).delete()
    }
  })

  it('leaves the old password, or the new one, and no session', async () => {
    await openAnn()
    const set = (at: Keeper) => setPasswordOf(parts.hub, at, { name: 'ann', password: second }, by)
    await assert.rejects(set(dying('setPassword', 'before')), /killed/)
    assert.deepEqual([await authenticate(first), await hasSession()], [true, false])
    await assert.rejects(set(dying('setPassword', 'after')), /killed/)
    assert.deepEqual([await authenticate(first), await authenticate(second)], [false, true])
  })

  it('leaves an account without a link, for which one can be made', async () => {
    await assert.rejects(addAccounts(parts.hub, dying('makeLink', 'before'), ['ann'], by), /killed/)
    assert.deepEqual(await addAccounts(parts.hub, keeper, ['ann', 'bob'], by).then(({ existing }) => existing), ['ann'])
    const { link } = await makePasswordLink(parts.hub, keeper, 'ann', by)
    const used = await usePasswordLink(parts.hub, keeper, { name: 'ann', secret: secretOf(link), password: first })
    assert.deepEqual([used, await authenticate(first)], [true, true])
  })

  it('leaves the account, or its user to be removed by the same request', async () => {
    await openAnn()
    const ways = parts.hub.config.authenticators
    const remove = (at: Keeper) => {
      parts.hub.config.authenticators = ways.map((one) =>
        one.kind === 'password' ? { ...one, accounts: at.accounts } : one,
      )
      return removeAccount(parts.hub, at, 'ann', by)
    }
    const stateOf = async () => (await findUserByName(parts.hub.db, 'ann'))?.state
    await assert.rejects(remove(dying('remove', 'before')), /killed/)
    assert.deepEqual([await authenticate(first), await stateOf()], [true, 'active'])
    await assert.rejects(remove(dying('remove', 'after')), /killed/)
    assert.deepEqual([await authenticate(first), await stateOf()], [false, 'active'])
    await remove(keeper)
    assert.deepEqual([await stateOf(), await hasSession()], ['deleting', false])
  })
})
