import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Choices,
  choicesAsked,
  choicesSchema,
  chosenText,
  decide,
  differs,
  everyChosen,
  linkParameters,
  settingsOf,
  shownOf,
} from '../../courses/choices.ts'
import { jsonIn } from '../../words/text.ts'

const choices: Choices = {
  size: [{ name: 'small' }, { name: 'large', title: 'Very large', limits: { memory: 8 }, env: { A: '1' } }],
  disk_kind: [{ name: 'slow' }, { name: 'fast', env: { A: '2' }, gpu: true }],
}

describe('choices of a course', () => {
  const refused: [what: string, given: object, problem: RegExp][] = [
    ['a parameter that links have', { tag: [{ name: 'a' }] }, /means something else in a link/],
    ['a word that every object has', { constructor: [{ name: 'a' }] }, /means something else in a link/],
    ['a name with capitals', { Size: [{ name: 'a' }] }, /a choice has up to 31 of a-z/],
    ['a choice of nothing', { size: [] }, />=1/],
    ['an alternative with capitals', { size: [{ name: 'Large' }] }, /an alternative has up to 63 of a-z/],
    ['two alternatives of one name', { size: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] }, /"a" stands there twice/],
    ['a setting that none has', { size: [{ name: 'a', image: 'other' }] }, /image/],
  ]
  for (const [what, given, problem] of refused) {
    it(`are not ${what}`, () => {
      const { error } = choicesSchema.safeParse(given)
      assert.match((error?.issues ?? []).map((issue) => `${issue.message} ${JSON.stringify(issue)}`).join(), problem)
    })
  }

  it('have no name that a parser of links reads already', () => {
    const read = (file: string) => readFileSync(join(import.meta.dirname, '../../hub/launch', file), 'utf8')
    const source = read('parse.ts') + read('jupyterhub.ts')
    const names = [...source.matchAll(/(?:single|flag)\(query, '(\w+)'\)/g)].map(([, name = '']) => name)
    assert.ok(names.length > 6)
    assert.deepEqual(
      names.filter((name) => !linkParameters.has(name)),
      [],
    )
  })

  it('are asked for by what a link says, and by nothing that is empty or means no choice', () => {
    const said = new Map([
      ['size', ['large', '']],
      ['disk_kind', ['']],
      ['utm', ['x']],
      ['__proto__', ['x']],
    ])
    assert.deepEqual(choicesAsked({ choices }, said), { size: ['large'] })
  })

  const decided: [what: string, asked: object, remembered: object, offered: Choices, expected: object][] = [
    ['the first', {}, {}, choices, { chosen: { size: 'small', disk_kind: 'slow' }, lost: {} }],
    ['the remembered', {}, { size: 'large' }, choices, { chosen: { size: 'large', disk_kind: 'slow' }, lost: {} }],
    [
      'the one that is asked for before the remembered one',
      { size: 'small' },
      { size: 'large', disk_kind: 'fast' },
      choices,
      { chosen: { size: 'small', disk_kind: 'fast' }, lost: {} },
    ],
    [
      'the first in the place of one that is not offered any more',
      {},
      { size: 'huge', disk_kind: 'fast', gone: 'x', constructor: 'x' },
      choices,
      { chosen: { size: 'small', disk_kind: 'fast' }, lost: { size: 'huge' } },
    ],
    ['nothing where nothing is offered', {}, { size: 'large' }, {}, { chosen: {}, lost: {} }],
  ]
  for (const [what, asked, remembered, offered, expected] of decided) {
    it(`give ${what}`, () => {
      const said = { asked, remembered } as Parameters<typeof decide>[1]
      assert.deepEqual(decide(offered, said), expected)
    })
  }

  it('have their settings in the order of the config, and only settings', () => {
    assert.deepEqual(settingsOf({ choices }, { disk_kind: 'fast', size: 'large' }), [
      { limits: { memory: 8 }, env: { A: '1' } },
      { env: { A: '2' }, gpu: true },
    ])
    assert.deepEqual(settingsOf({ choices }, { size: 'small' }), [])
    assert.deepEqual(settingsOf({ choices }, { size: 'gone' }), [])
  })

  it('can be combined in so many ways and no more', () => {
    assert.deepEqual(everyChosen({ choices }), [
      { size: 'small', disk_kind: 'slow' },
      { size: 'small', disk_kind: 'fast' },
      { size: 'large', disk_kind: 'slow' },
      { size: 'large', disk_kind: 'fast' },
    ])
    assert.deepEqual(everyChosen({ choices: {} }), [{}])
    const ten = Array.from({ length: 10 }, (_, index) => ({ name: `n${index}` }))
    assert.equal(choicesSchema.safeParse({ a: ten, b: ten, c: ten.slice(0, 2) }).success, true)
    assert.match(
      choicesSchema.safeParse({ a: ten, b: ten, c: ten.slice(0, 3) }).error?.message ?? '',
      /can be combined in more than 200 ways/,
    )
  })

  it('are told in words', () => {
    assert.equal(
      String(chosenText({ choices }, { size: 'large', disk_kind: 'slow' })),
      'Size: Very large, Disk kind: slow',
    )
    assert.equal(chosenText({ choices }, { size: 'gone', other: 'x' }).plain('fr'), 'Size\u00a0: gone, Other\u00a0: x')
    const shown = (present: object | undefined, remembered: object) =>
      JSON.parse(
        jsonIn(shownOf({ choices }, { offered: choices, present, remembered } as Parameters<typeof shownOf>[1]), 'en'),
      )
    assert.deepEqual(shown({ size: 'small', disk_kind: 'slow' }, { size: 'large' }), {
      now: 'Size: small, Disk kind: slow',
      next: 'Size: Very large, Disk kind: slow',
      mayChange: true,
    })
    assert.deepEqual(shown(undefined, { size: 'gone' }), {
      now: 'Size: small, Disk kind: slow',
      lost: 'Size: gone',
      mayChange: true,
    })
  })

  it('differ where another one is asked for, or where a run has none', () => {
    assert.equal(differs({ size: 'large' }, { size: 'large', disk_kind: 'slow' }), false)
    assert.equal(differs({ size: 'large' }, { size: 'small' }), true)
    assert.equal(differs({ size: 'large' }, {}), true)
    assert.equal(differs({}, { size: 'small' }), false)
  })
})
