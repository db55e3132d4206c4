import assert from 'node:assert/strict'
import { isOutdated } from '../../authenticators/argon2.ts'
import type { AuthenticatorContext, AuthenticatorStore } from '../../authenticators/authenticator.ts'
import { password } from '../../authenticators/password.ts'
import { openStore } from '../../hub/db/accounts/entries.ts'
import { type OpenDatabase, openDatabase } from '../../hub/db/database.ts'
import { sqliteDatabase, type TestDatabase } from '../helpers/engines/postgresql.ts'
import { describeAccounts, describePassword } from './contract.ts'

const first = 'four plain short words'
const second = 'quite another set of words'

describe('password()', () => {
  let database: TestDatabase
  let opened: OpenDatabase
  let store: AuthenticatorStore
  let time: number
  beforeEach(async () => {
    database = await sqliteDatabase()
    opened = await openDatabase(database.url)
    store = openStore(opened.db, 'password')
    time = 1_800_000_000_000
  })
  afterEach(async () => {
    await opened.close()
    await database.remove()
  })

  const open = (context: Partial<AuthenticatorContext> = {}) => {
    const { open } = password()
    assert.ok(open)
    const authenticator = open({ store, now: async () => time, ...context })
    assert.ok(authenticator.accounts)
    return { authenticator, accounts: authenticator.accounts }
  }
  const stored = async () => JSON.stringify(await store.list('', { most: 100 }))
  const hashOf = async () => ((await store.get('account:ann')) as { value: { hash: string } }).value.hash

  describePassword('password()', async () => {
    const { authenticator, accounts } = open()
    await accounts.add('ann')
    await accounts.setPassword('ann', first)
    return { authenticator, username: 'ann', password: first }
  })
  describeAccounts('password()', async () => {
    const { authenticator, accounts } = open()
    return {
      accounts,
      authenticate: (name, typed) => authenticator.authenticate(name, typed),
      elsewhere: open().accounts,
      pass: (seconds) => {
        time += seconds * 1000
      },
      passwords: [first, second],
    }
  })

  it('lets nobody in before it is opened', () =>
    assert.rejects(password().authenticate('ann', first), /before it was opened/))

  it('keeps hashes only, of passwords and of links, each hash with its parameters', async () => {
    const { accounts } = open()
    await accounts.add('ann')
    await accounts.setPassword('ann', first)
    const { secret = '' } = (await accounts.makeLink('ann', 60)) ?? {}
    const { secret: signIn = '' } = (await accounts.makeSignIn('ann', 60)) ?? {}
    const text = await stored()
    assert.equal(
      [first, secret, signIn].some((one) => text.includes(one)),
      false,
    )
    assert.match(await hashOf(), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    const before = await hashOf()
    await accounts.setPassword('ann', first)
    assert.notEqual(await hashOf(), before, 'the same password has another hash')
  })

  it('knows hashes of other costs, and makes them anew at the sign-in', async () => {
    const old = await weakHash()
    await store.put('account:ann', { subject: 's', hash: old }, undefined)
    const { authenticator } = open()
    assert.equal(isOutdated(old), true)
    assert.equal(await authenticator.authenticate('ann', second), undefined)
    assert.equal(await hashOf(), old)
    assert.deepEqual(await authenticator.authenticate('ann', first), { subject: 's', name: 'ann' })
    assert.equal(isOutdated(await hashOf()), false)
    assert.deepEqual(await authenticator.authenticate('ann', first), { subject: 's', name: 'ann' })
  })

  it('does not overwrite a password that was set while it made a hash anew', async () => {
    await store.put('account:ann', { subject: 's', hash: await weakHash() }, undefined)
    let isFirst = true
    const racing: AuthenticatorStore = {
      ...store,
      async put(key, value, version) {
        if (isFirst) {
          isFirst = false
          await open().accounts.setPassword('ann', second)
        }
        return store.put(key, value, version)
      },
    }
    await open({ store: racing }).authenticator.authenticate('ann', first)
    const { authenticator } = open()
    assert.ok(await authenticator.authenticate('ann', second))
    assert.equal(await authenticator.authenticate('ann', first), undefined)
  })

  it('takes a name in whatever case it is typed, and a password in each form of its letters', async () => {
    const { authenticator, accounts } = open()
    await accounts.add('zoë')
    await accounts.setPassword('zoë', 'cafe\u0301 au lait, s’il te plaît')
    assert.equal((await authenticator.authenticate(' ZOË ', 'café au lait, s’il te plaît'))?.name, 'zoë')
  })
})

async function weakHash(): Promise<string> {
  const { argon2Sync } = await import('node:crypto')
  const nonce = Buffer.from('0123456789abcdef')
  const tag = argon2Sync('argon2id', { message: first, nonce, memory: 64, passes: 1, parallelism: 1, tagLength: 32 })
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=64,t=1,p=1$${text(nonce)}$${text(tag)}`
}
