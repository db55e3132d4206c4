import assert from 'node:assert/strict'
import type { RedirectAuthenticator } from '../../authenticators/authenticator.ts'
import { lms } from '../../authenticators/lms.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { assertRefused } from '../helpers/refused.ts'
import { describeTemporary } from './contract.ts'

const gate: RedirectAuthenticator = {
  kind: 'redirect',
  name: 'university',
  label: 'Sign in with the university',
  begin: async () => ({ redirectTo: 'https://id.example.org/', pending: {} }),
  finish: async () => ({ subject: 's', name: 'ann' }),
}

describe('temporary', () => {
  describeTemporary('temporary()', () => temporary())
  describeTemporary('temporary({ behind })', () => temporary({ behind: gate }))

  it('makes users whose names are random UUIDs', () => {
    const { subject, name, displayName } = temporary().create()
    assert.match(subject, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.equal(name, subject)
    assert.equal(displayName, 'Guest')
  })

  it('is called temporary, unless told otherwise', () => {
    assert.equal(temporary().name, 'temporary')
    assert.equal(temporary({ name: 'guests', label: 'Just try it' }).name, 'guests')
    assert.equal(temporary({ name: 'guests', label: 'Just try it' }).label, 'Just try it')
  })

  it('keeps its gate unchanged, and takes the label of the gate', () => {
    const authenticator = temporary({ behind: gate })
    assert.equal(authenticator.behind, gate)
    assert.equal(authenticator.label, 'Sign in with the university')
  })

  it('has no gate unless given one', () => assert.equal('behind' in temporary(), false))

  it('refuses a gate that is no authenticator of persons', () => {
    const learners = lms({ issuer: 'edx', courses: ['demo'], pages: ['https://lms.example.org'], signed: false })
    for (const behind of [learners, temporary(), {}, null, 'oidc']) {
      assertRefused(temporary({ behind: behind as never }), /can be a gate/)
    }
  })

  it('refuses unknown options and an invalid name', () => {
    assertRefused(temporary({ gate } as never), /gate/)
    assertRefused(temporary({ name: 'Not For URLs' }), /part of URLs/)
  })
})
