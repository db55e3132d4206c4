import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { textsIn } from './helpers/texts.ts'

const root = join(import.meta.dirname, '..')

/** Where the texts are that a browser shows: pages, their scripts, and refusals. */
const places = [
  ...['hub/views', 'hub/pages', 'hub/launch', 'hub/access', 'hub/http', 'hub/static/*.js', 'hub/errors.ts'],
  ...['hub/rights', 'hub/api/seats.ts', 'hub/servers/request.ts', 'hub/servers/ready.ts', 'hub/servers/start.ts'],
  ...['hub/servers/health/ended.ts', 'hub/servers/health/silence.ts'],
  ...['proxy/replies', 'proxy/requests', 'seats/rules.ts'],
]

/** Words of the code that say nothing to a learner or a teacher. `runs` as a verb is English. */
const jargon =
  /\b(?:seats?|seated|tickets?|labels?|sitters?|routes?|spawners?)\b|\b(?:an?|the|this|that|each|every|of) runs?\b/i

describe('what a browser shows', () => {
  const files = execFileSync('git', ['ls-files', ...places], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(root, file)))
  const texts = files.flatMap((file) =>
    textsIn(readFileSync(join(root, file), 'utf8')).map((text): [string, string] => [file, text]),
  )

  it('is found by this test', () => {
    const all = texts.map(([, text]) => text).join('\n')
    const some = [
      'This browser has no access to this notebook. Open it through the hub.',
      'Your browser did not keep the cookie',
      'Nothing is running here.',
      'This link was already used',
      'You can open your notebook in this window.',
      'Signing in inside a page needs https.',
    ]
    assert.deepEqual(
      some.filter((text) => !all.includes(text)),
      [],
    )
  })

  it('has no word of the code’s that learners do not know', () => {
    assert.deepEqual(
      texts.filter(([, text]) => jargon.test(text)),
      [],
    )
  })

  it('would not hide such a word from this test', () => {
    const seen = (code: string) => textsIn(code).some((text) => jargon.test(text))
    assert.ok(seen("throw new HttpError(403, 'x', 'This browser has no seat here.')"))
    assert.ok(seen("refuse(415, 'form_needed', 'A ticket comes as a form.')"))
    assert.ok(!seen('html`<input type="hidden" name="ticket" value="x">`'))
    assert.ok(seen(['html`<p class="quiet">Open $', '{name} by a route</p>`'].join('')))
    assert.ok(seen('const a = "the label of it"'))
    assert.ok(!seen("log.warn({ run }, 'a route names a key')"))
    assert.ok(!seen(['// a seat is given\nconst seat = `$', '{seat.label} runs`'].join('')))
  })
})
