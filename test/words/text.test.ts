import assert from 'node:assert/strict'
import { html } from '../../net/html.ts'
import { catalogues } from '../../words/catalogues.ts'
import { languageWanted } from '../../words/language.ts'
import { allOf, anyOf, forCount, jsonIn, plainIn, say, sentences } from '../../words/text.ts'

describe('the language that a browser wants', () => {
  const rows: [accepted: string, wanted: string | undefined][] = [
    ['', undefined],
    ['fr', 'fr'],
    ['FR-ca', 'fr'],
    ['en-GB,en;q=0.9,fr;q=0.8', 'en'],
    ['de-CH, de;q=0.9, fr;q=0.5, en;q=0.4', 'fr'],
    ['fr;q=0.2, en;q=0.7', 'en'],
    ['en;q=0.5, fr;q=0.5', 'en'],
    ['fr;q=0, en;q=0', undefined],
    ['fr ; q=0.3', 'fr'],
    ['de, *;q=0.1', undefined],
    ['fr;q=2', undefined],
    ['fr;q=0.99999', undefined],
    ['fr;level=1', undefined],
    ['french', undefined],
    ['__proto__, constructor, fr-', undefined],
    [`${'de,'.repeat(3000)}fr`, undefined],
    [`fr${'-x'.repeat(5000)}`, undefined],
    [`fr,${' '.repeat(10_000)}`, 'fr'],
    ['\u0000fr,\uFFFF', undefined],
  ]
  for (const [accepted, wanted] of rows)
    it(`is ${wanted ?? 'none of ours'} for ${JSON.stringify(accepted.slice(0, 40))}`, () => {
      assert.equal(languageWanted(accepted), wanted)
    })

  it('is found in a moment, whatever a client sends', () => {
    const before = process.threadCpuUsage()
    for (const odd of ['-a', ';q=', ' ', 'a-', ',', ';'])
      for (let round = 0; round < 20; round += 1) languageWanted(`fr${odd.repeat(8000)}`)
    const { user } = process.threadCpuUsage(before)
    assert.ok(user < 1_000_000, `${user} µs`)
  })
})

describe('a text', () => {
  it('is told in the language of its reader, on a page and as text', () => {
    const text = say`Page ${2} of ${3}`
    assert.equal(html`<p title="${text}">${text}</p>`.in?.('fr'), '<p title="Page 2 sur 3">Page 2 sur 3</p>')
    assert.equal(plainIn(text, 'fr'), 'Page 2 sur 3')
    assert.equal(String(text), 'Page 2 of 3')
    assert.equal(plainIn('a name', 'fr'), 'a name')
  })

  it('escapes its values and words in each language, and keeps values that are HTML', () => {
    const evil = '<script>"&\''
    for (const language of ['en', 'fr']) {
      const written = html`${say`There is no course named "${evil}" here.`}`.in?.(language) ?? ''
      assert.ok(!written.includes('<') && !written.includes('"'), written)
      assert.ok(written.includes('&#60;script&#62;&#34;&#38;&#39;'), written)
    }
    const reference = say`Reference: ${html`<code>${evil}</code>`}`
    assert.equal(reference.in?.('fr'), 'Référence\u00a0: <code>&#60;script&#62;&#34;&#38;&#39;</code>')
  })

  it('takes no value for a place of another value', () => {
    assert.equal(plainIn(say`${'{1}'} Stop one first.`, 'fr'), '{1} Arrêtez-en d’abord un.')
  })

  it('holds other texts, which are told in the same language', () => {
    const text = say`${say`{0} is text`} Stop one first.`
    assert.equal(plainIn(text, 'en'), '{0} is text Stop one first.')
    assert.equal(plainIn(say`in ${forCount(2, say`${2} hour`, say`${2} hours`)}`, 'fr'), 'dans 2 heures')
  })

  it('counts as its language does', () => {
    const many = (count: number) => forCount(count, say`${count} day`, say`${count} days`)
    assert.deepEqual(
      [0, 1, 2].map((count) => plainIn(many(count), 'en')),
      ['0 days', '1 day', '2 days'],
    )
    assert.deepEqual(
      [0, 1, 1.5, 2].map((count) => plainIn(many(count), 'fr')),
      ['0 jour', '1 jour', '1,5 jour', '2 jours'],
    )
  })

  it('has lists and sentences one after the other', () => {
    const list = anyOf(['a', say`just now`, 'c'])
    assert.deepEqual([plainIn(list, 'en'), plainIn(list, 'fr')], ['a, just now or c', 'a, à l’instant ou c'])
    assert.equal(plainIn(allOf(['a', 'b', 'c']), 'fr'), 'a, b et c')
    assert.equal(
      plainIn(sentences([say`You are next.`, undefined, false, '', 'Yes.']), 'fr'),
      'C’est bientôt votre tour. Yes.',
    )
  })

  it('is JSON in the language that is asked for, and in English where none is', () => {
    const value = { message: say`You are next.`, links: [{ text: say`Try again` }] }
    assert.equal(jsonIn(value, 'fr'), '{"message":"C’est bientôt votre tour.","links":[{"text":"Réessayer"}]}')
    assert.equal(JSON.stringify(value), '{"message":"You are next.","links":[{"text":"Try again"}]}')
  })
})

describe('French', () => {
  it('breaks no line before its punctuation, nor inside its quotation marks', () => {
    const texts = Object.values(catalogues.fr)
    assert.deepEqual(
      texts.filter((text) => / [:;?!»]|« /.test(text)),
      [],
    )
    assert.equal(catalogues.fr['Reference: {0}'], 'Référence\u00a0: {0}')
  })
})
