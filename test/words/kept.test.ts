import assert from 'node:assert/strict'
import { z } from 'zod'
import { frenchSchemaProblems } from '../../words/french/schema-problems.ts'
import { kept, keptTexts, retold, retoldClause } from '../../words/kept.ts'
import { languages } from '../../words/language.ts'
import { patternOf } from '../../words/text.ts'
import { problemsOf } from './problems.ts'
import { hasWords, isSentence, literalsOfProduct, slotsOf } from './product.ts'

/** Rooms that know no languages, and whose sentences are kept: why a start has failed, and how it goes. */
const keeping = /^spawners\//
/** Parts of them that speak to operators alone, in the log and at the command line, or to staff in a log of a build. */
const ofOperators =
  /^spawners\/(?:docker\/(?:builder\/|check|docker\.ts|errands|network)|kubernetes\/(?:errands|images\/)|process\/(?:check|errands|jupyter\/|lay-files))/

describe('texts that are kept in English', () => {
  const literals = literalsOfProduct()
  const patterns = new Set([...literals.values()].flat().map(({ pieces }) => patternOf(pieces)))
  const wanted = [...literals].flatMap(([file, all]) =>
    all
      .filter(({ tag, pieces }) => tag === 'kept' || (isKept(file) && tag === undefined && isSentence(pieces)))
      .map(({ pieces }) => patternOf(pieces))
      .concat(problemsOf(file, all)),
  )
  /** What the library that checks settings says stands in no file of ours. */
  const ofLibrary = new Set(Object.keys(frenchSchemaProblems))

  for (const language of languages.filter((one) => one !== 'en')) {
    it(`have all that learners and staff read in ${language}, and nothing that is not said`, () => {
      assert.ok(wanted.length > 400, 'texts are found')
      assert.deepEqual(
        wanted.filter((pattern) => hasWords(pattern) && !Object.hasOwn(keptTexts[language], pattern)),
        [],
      )
      assert.deepEqual(
        Object.keys(keptTexts[language]).filter((pattern) => !patterns.has(pattern) && !ofLibrary.has(pattern)),
        [],
      )
    })

    it(`have each value of a text in ${language} once, as in English`, () => {
      const different = Object.entries(keptTexts[language]).filter(([one, other]) => slotsOf(one) !== slotsOf(other))
      assert.deepEqual(different, [])
    })
  }

  it('are found again by what stands around their values', () => {
    const rows: [english: string, french: string][] = [
      ['This course is no longer offered here.', 'Ce cours n’est plus proposé ici.'],
      ['The notebook did not answer within 60 seconds.', 'Le notebook n’a pas répondu en 60 secondes.'],
      [
        'The program r-studio that this course needs is not installed here.',
        'Le programme r-studio dont ce cours a besoin n’est pas installé ici.',
      ],
      ["The notebook's program ended (OOM {0} $& <b>).", 'Le programme du notebook s’est arrêté (OOM {0} $& <b>).'],
      [
        'git.example.org did not answer on port 22. Try again later.',
        'git.example.org n’a pas répondu sur le port 22. Réessayez plus tard.',
      ],
    ]
    for (const [english, french] of rows) {
      assert.equal(retold(english).plain('fr'), french)
      assert.equal(retold(english).plain('en'), english)
    }
    const needed = kept`The notebook needed ${kept`more than the ${'2 GB'} of memory of this course`}, so it was ended. ${'Try less.'}`
    assert.equal(
      retold(needed).plain('fr'),
      'Le notebook avait besoin de plus que les 2 Go de mémoire de ce cours\u00a0: il a été arrêté. Try less.',
    )
  })

  it('stay as they are where they are none of ours, and are never markup', () => {
    for (const other of [
      '',
      'Come back at 8.',
      '__proto__',
      'constructor',
      'The notebook did not answer within',
      '{0}',
    ])
      assert.equal(retold(other).plain('fr'), other)
    assert.equal(retold('<b>The "disk" is full.</b>').in('fr'), '&#60;b&#62;The &#34;disk&#34; is full.&#60;/b&#62;')
  })

  it('are read in little time, however long', () => {
    const texts = [
      'The notebook needed '.repeat(500),
      `The notebook needed ${'(ssh-keyscan '.repeat(800)}`,
      'x'.repeat(10_000),
      'a: '.repeat(1600),
      '`a` '.repeat(1200),
      'x, or y; '.repeat(500),
      'x\n'.repeat(2000),
    ]
    const milliseconds = timeOf(() => {
      for (const text of texts) assert.equal(retold(text).plain('fr'), text)
    })
    assert.ok(milliseconds < 100, `${milliseconds} ms`)
  })

  it('are read in little time where a stranger has sent what fits many patterns again and again', () => {
    const spaces = ' '.repeat(900)
    const odd = [
      `a, or x: b, or y: The address${spaces}`,
      `a, or x: b, or y: The address${' '.repeat(4500)}`,
      `The address ${'. '.repeat(440)}`,
      `The address ${'x . '.repeat(220)}`,
      `${'x: '.repeat(300)}is empty`,
      `${'`x` '.repeat(220)}is empty`,
      `The address${spaces}x; did you mean "a"?; did you mean "b"?; did you mean "c"?; did you mean "d"?`,
      `${'must be '.repeat(100)}x`,
    ]
    const asked = z.strictObject({ link: z.string() })
    const sent = odd.map((key) => z.prettifyError(asked.safeParse({ link: 'x', [key]: 1 }).error ?? new z.ZodError([])))
    const many = odd.map((line) => `The pull was cancelled.\n${`${line}\n`.repeat(1000)}`)
    const rows: [texts: string[], most: number][] = [
      [odd, 4],
      [sent, 4],
      [many, 15],
    ]
    for (const tell of [retold, retoldClause])
      for (const [texts, most] of rows)
        for (const text of texts) {
          tell(text).plain('fr')
          const milliseconds = Math.min(...[1, 2, 3].map(() => timeOf(() => tell(text).plain('fr'))))
          assert.ok(milliseconds < most, `${milliseconds} ms for ${text.slice(0, 60)}`)
        }
  })

  function timeOf(act: () => void): number {
    const began = process.threadCpuUsage()
    act()
    const { user, system } = process.threadCpuUsage(began)
    return (user + system) / 1000
  }

  function isKept(file: string): boolean {
    return keeping.test(file) && !ofOperators.test(file)
  }
})
