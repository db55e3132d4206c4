import assert from 'node:assert/strict'
import { password } from '../../authenticators/password.ts'
import { assertRefused } from '../helpers/refused.ts'
import { describePassword } from './contract.ts'

const shared = 'four plain short words'

describe('password', () => {
  describePassword('password({ shared })', () => ({
    authenticator: password({ shared }),
    username: 'ann',
    password: shared,
  }))

  it('makes one account of a name, in whatever case and form it is typed', async () => {
    const { authenticate } = password({ shared })
    const typed = ['Zoë', ' zoë ', 'ZOË', 'zoe\u0308', 'ｚｏë']
    const identities = await Promise.all(typed.map((name) => authenticate(name, shared)))
    for (const identity of identities) assert.deepEqual(identity, { subject: 'chosen:zoë', name: 'zoë' })
  })

  it('takes names of any script, addresses and numbers', async () => {
    for (const name of ['7', 'ann.b', 'ann@example.org', 'o_b-c+d', '王小明', 'мария', 'नेहा'])
      assert.equal((await password({ shared }).authenticate(name, shared))?.name, name)
  })

  it('knows the password in each of the forms in which keyboards write it', async () => {
    const { authenticate } = password({ shared: 'cafe\u0301 au lait' })
    assert.ok(await authenticate('ann', 'caf\u00e9 au lait'))
    assert.equal(await authenticate('ann', 'Café au lait'), undefined, 'case matters')
    assert.equal(await authenticate('ann', ' café au lait'), undefined)
  })

  it('refuses a password that is missing or empty, and unknown options', () => {
    assertRefused(password({ shared: undefined }), /set the environment variable/)
    assertRefused(password({ shared: '' }), /is empty/)
    assertRefused(password({ shared, user: 'ann' } as never), /user/)
    assertRefused(password({ shared, name: 'Not For URLs' }), /part of URLs/)
  })

  it('warns of a short password, and does not say it', () => {
    assert.equal(password({ shared: 'twelve signs' }).warnings, undefined)
    const warnings = password({ shared: 'python' }).warnings ?? []
    assert.match(warnings.join(), /fewer than 12 characters/)
    assert.doesNotMatch(warnings.join(), /python/)
  })
})
