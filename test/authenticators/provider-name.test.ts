import assert from 'node:assert/strict'
import { providerNameOf } from '../../authenticators/authenticator.ts'

describe('what messages call a provider', () => {
  for (const [label, name] of [
    ['Sign in with School', 'School'],
    ['Log in at the University of Nice', 'the University of Nice'],
    ['sign in via edX', 'edX'],
    ['Sign in', '“Sign in”'],
    ['Campus account', '“Campus account”'],
  ] as const) {
    it(`is ${name} for a button that says ${label}`, () => assert.equal(providerNameOf(label), name))
  }
})
