import assert from 'node:assert/strict'
import { explicitTokens, isUserToken, userTokenPrefix } from '../../seats/explicit-token.ts'
import { serverTokenPrefix } from '../../seats/keys.ts'

const path = '/user/ann/demo/ws'
const server = `${serverTokenPrefix}x`
const user = `${userTokenPrefix}${'x'.repeat(43)}`

type Case = [what: string, authorizations: string[], url: string, upgrade: boolean, expected: string[]]

const cases: Case[] = [
  ['nothing', [], path, false, []],
  ['token', ['token a'], path, false, ['a']],
  ['Bearer', ['Bearer a'], path, false, ['a']],
  ['other case and blanks', [' bEARER \t a '], path, false, ['a']],
  ['no value', ['token'], path, false, ['']],
  ['a word that begins like token', ['tokens a'], path, false, []],
  ['Basic', ['Basic eDp5'], path, false, []],
  ['several words', ['token a, token b'], path, false, ['a, token b']],
  ['two headers', ['token a', 'Bearer b'], path, false, ['a', 'b']],
  ['two equal headers', ['token a', 'Bearer a'], path, false, ['a']],
  ['the server’s own', [`token ${server}`], path, false, []],
  ['the server’s own and another', [`token ${server}`, 'token a'], path, false, ['a']],
  ['the query of a page', [], `${path}?token=a`, false, []],
  ['the query of a WebSocket', [], `${path}?token=a`, true, ['a']],
  ['the query with escapes', [], `${path}?x&%74oken=%61+b`, true, ['a b']],
  ['twice in the query', [], `${path}?token=a&token=b`, true, ['a', 'b']],
  ['twice the same in the query', [], `${path}?token=a&token=a`, true, ['a']],
  ['an empty one in the query', [], `${path}?token=`, true, []],
  ['the server’s own in the query', [], `${path}?token=${server}`, true, []],
  ['the server’s own in the query, another in the header', ['token a'], `${path}?token=${server}`, true, ['a']],
  ['header and query', ['token a'], `${path}?token=b`, true, ['a', 'b']],
  ['the same in header and query', ['token a'], `${path}?token=a`, true, ['a']],
]

describe('explicit tokens', () => {
  for (const [what, authorizations, url, upgrade, expected] of cases) {
    it(`are found: ${what}`, () => assert.deepEqual(explicitTokens(authorizations, url, upgrade), expected))
  }

  it('of users have only one form', () => {
    assert.ok(isUserToken(user))
    for (const other of ['', user.slice(1), `${user}x`, user.slice(0, -1), `${user}\n`, user.toUpperCase(), server]) {
      assert.ok(!isUserToken(other), JSON.stringify(other))
    }
  })
})
