import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalogue } from '../../words/catalogue.ts'
import { catalogues } from '../../words/catalogues.ts'
import { keptTexts } from '../../words/kept.ts'
import { type Language, languages } from '../../words/language.ts'
import { patternOf } from '../../words/text.ts'
import { type Literal, literalsIn } from './literals.ts'
import { hasWords, isSentence, literalsOfProduct, slotsOf } from './product.ts'

const literals = literalsOfProduct()
const product = [...literals.keys()]

/** The rooms whose words people read in a browser. */
const shown = /^(?:hub\/(?!api\/(?!snapshots\/)|db\/|static\/)|proxy\/|seats\/rules)/

/** Files whose sentences no page shows, and who reads them. */
const readElsewhere: Record<string, string> = {
  'hub/access/open-authenticators.ts': 'the operator who starts the hub',
  'hub/admin-app.ts': 'commands of the operator',
  'hub/internal-app.ts': 'programs in servers',
  'hub/content/reader.ts': 'whoever mends it: an error of ours',
  'hub/homes/retention.ts': 'the log',
  'hub/hooks/farewells.ts': 'the log',
  'hub/http/admin-socket.ts': 'the operator who starts the hub',
  'hub/metrics/snapshot.ts': 'Prometheus',
  'hub/previews/previews.ts': 'nobody: a hub that ends waits for no page',
  'hub/proxies/route.ts': 'whoever mends it: an error of ours',
  'hub/start.ts': 'the operator who starts the hub',
  'proxy/metrics/snapshot.ts': 'Prometheus',
  'proxy/routes/api.ts': 'hubs and operators, by the API of the proxy',
}

/** Returns whether a file has texts that are kept in English, which `kept.test.ts` looks at. */
const isOfKept = (file: string) => file === 'failures.ts' || file.endsWith('-problems.ts')

/** The folder of each language's texts. */
const folders: Record<Exclude<Language, 'en'>, string> = { fr: 'french' }

describe('the languages of pages', () => {
  const patterns = new Set(
    [...literals.values()].flat().flatMap(({ tag, pieces }) => (tag === 'say' ? [patternOf(pieces)] : [])),
  )
  const withWords = [...patterns].filter(hasWords)

  for (const language of languages.filter((one) => one !== 'en')) {
    const catalogue = catalogues[language]

    it(`have every text in ${language}`, () => {
      assert.ok(withWords.length > 200, 'texts are found')
      assert.deepEqual(
        withWords.filter((pattern) => !Object.hasOwn(catalogue, pattern)),
        [],
      )
    })

    it(`have each text in ${language} in one file`, async () => {
      const folder = join(import.meta.dirname, '../../words', folders[language])
      const files = await readdir(folder)
      for (const isKept of [true, false]) {
        const its = files.filter((file) => isOfKept(file) === isKept)
        const modules = await Promise.all(its.map((file) => import(join(folder, file))))
        const all = modules.flatMap((module) => Object.values<Catalogue>(module)).flatMap((one) => Object.keys(one))
        assert.ok(all.length > 200)
        assert.deepEqual(
          all.filter((pattern, index) => all.indexOf(pattern) !== index),
          [],
        )
      }
    })

    it(`say a text that is both said and kept in the same ${language}`, () => {
      const its = keptTexts[language]
      const both = Object.entries(catalogue).filter(([pattern]) => Object.hasOwn(its, pattern))
      assert.ok(both.length > 0)
      assert.deepEqual(
        both.filter(([pattern, text]) => text !== its[pattern]),
        [],
      )
    })

    it(`have no text in ${language} that nothing says`, () => {
      assert.deepEqual(
        Object.keys(catalogue).filter((pattern) => !patterns.has(pattern)),
        [],
      )
    })

    it(`have each value of a text in ${language} once, as in English`, () => {
      const different = Object.entries(catalogue).filter(([english, other]) => slotsOf(english) !== slotsOf(other))
      assert.deepEqual(different, [])
    })
  }

  it('have each amount of bytes in the unit of the reader', () => {
    const shown = product.filter((file) => /^hub\/(?:views|pages)\//.test(file))
    assert.ok(shown.length > 50)
    assert.deepEqual(
      shown.filter((file) =>
        /\b(?:bytesText|amountText)\(/.test(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')),
      ),
      [],
    )
  })

  it('leave no words of a page outside of texts', () => {
    const found = product.filter((file) => shown.test(file) && rawWordsIn(literals.get(file) ?? []).length > 0)
    assert.deepEqual(
      found.filter((file) => !Object.hasOwn(readElsewhere, file)),
      [],
    )
    assert.deepEqual(
      Object.keys(readElsewhere).filter((file) => !found.includes(file)),
      [],
      'these have no sentences any more: take them off the list',
    )
  })

  describe('their checks', () => {
    it('find what is said, wherever it stands', () => {
      const source = [
        'const a = say`One ${b ? say`two` : `three`} four.`',
        '// say`not this`',
        "const c = 'say`nor this`'",
        'const d = html`<p title="${say`Five`}">${list.map((one) => say`six ${one}`)} {} </p>`',
        'const e = /say`no`/',
      ].join('\n')
      const said = literalsIn(source).flatMap(({ tag, pieces }) => (tag === 'say' ? [patternOf(pieces)] : []))
      assert.deepEqual(said, ['One {0} four.', 'two', 'Five', 'six {0}'])
    })

    it('find words beside tags, in labels, and in what is no page yet', () => {
      const rows: [source: string, found: string[]][] = [
        ['html`<p class="quiet">Hello ${name}</p>`', ['Hello']],
        ['html`<p>${say`Hello`} <code>${x}</code></p>`', []],
        ['html`<input aria-label="Your name" class="wide">`', ['Your name']],
        ['html` value="${one}" hidden`', []],
        // Written so in every language.
        ['html`<time datetime="${iso}">${written} UTC</time>`', []],
        ['html`<p>${a === b ? "It is so." : `${c} is not.`}</p>`', ['It is so.', 'is not.']],
        ["throw new HttpError(404, 'no', 'There is none.')", ['There is none.']],
        ["log.info({ a }, 'a server has started')", []],
      ]
      for (const [source, found] of rows) assert.deepEqual(rawWordsIn(literalsIn(source)), found, source)
    })
  })
})

/** Returns the words of pages that stand outside of texts. */
function rawWordsIn(all: readonly Literal[]): string[] {
  return all.flatMap((literal) => {
    if (literal.tag === 'html') return wordsBesideTags(literal)
    if (literal.tag !== undefined && literal.tag !== '') return []
    return isSentence(literal.pieces) ? [literal.pieces.join('').trim()] : []
  })
}

function wordsBesideTags({ pieces }: Literal): string[] {
  const text = pieces.join('¤')
  const labels = [...text.matchAll(/ (?:aria-label|title|placeholder|alt)="([^"]*)"/g)].map(([, label = '']) => label)
  // Attributes alone, which stand in a tag of another template.
  const isAttributes =
    !/[<>]/.test(text) && /^[\s¤]*(?:[\w-]+="|(?:hidden|required|checked|selected|autofocus)\b)/.test(text)
  const beside = isAttributes
    ? []
    : text.replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '').split(/<[!/]?[a-z¤](?:"[^"]*"|[^">])*>/i)
  return [...beside, ...labels]
    .map((words) => words.replaceAll('¤', '').trim())
    .filter((words) => hasWords(words.replace(/\bUTC\b/, '')))
}
