import assert from 'node:assert/strict'
import { bytesText } from '../../../courses/amount.ts'
import { linkParameters } from '../../../courses/choices.ts'
import {
  type Answers,
  answerFolders,
  answersGiven,
  answersText,
  fileVariables,
  hasAnswers,
  questionsAsked,
  writtenVariables,
} from '../../../courses/questions/answers.ts'
import { fileProblem, soundFileName } from '../../../courses/questions/handed-in.ts'
import { startPatternTime } from '../../../courses/questions/pattern.ts'
import { type FileQuestion, questionsSchema, type WrittenQuestion } from '../../../courses/questions/questions.ts'
import { textProblem, tidyText } from '../../../courses/questions/texts.ts'

const parse = (questions: object) => questionsSchema.parse(questions)
const written = (question: object) => parse({ q: { env: 'Q', ...question } }).q as WrittenQuestion
const file = (question: object) => parse({ q: { kind: 'file', path: '/srv/data', ...question } }).q as FileQuestion
const kept = (text: string, bytes = 5) => ({ text, file: { digest: text, bytes } })

describe('questions of a course', () => {
  const refused: [what: string, given: object, place: string, problem: RegExp][] = [
    ['a parameter that links have', { tag: { kind: 'text', env: 'A' } }, 'tag', /means something else in a link/],
    ['a word that every object has', { constructor: { kind: 'text', env: 'A' } }, 'constructor', /something else/],
    ['a name with capitals', { Repo: { kind: 'text', env: 'A' } }, 'Repo', /a question has up to 31/],
    ['of a kind that there is not', { q: { kind: 'date', env: 'A' } }, 'q.kind', /Invalid/],
    ['a text for no variable', { q: { kind: 'text' } }, 'q.env', /expected string/],
    ['a word that it does not know', { q: { kind: 'text', env: 'A', max: 3 } }, 'q', /max/],
    [
      'a variable that decides what programs do',
      { q: { kind: 'text', env: 'LD_PRELOAD' } },
      'q.env',
      /means something/,
    ],
    ['a pattern that is none', { q: { kind: 'text', env: 'A', pattern: '(' } }, 'q.pattern', /no regular expression/],
    [
      'a pattern that breaks out of its brackets',
      { q: { kind: 'text', env: 'A', pattern: 'a)|(b' } },
      'q.pattern',
      /no regular/,
    ],
    [
      'a default that has not the form',
      { q: { kind: 'text', env: 'A', pattern: 'a+', default: 'b' } },
      'q.default',
      /no answer/,
    ],
    [
      'a pattern that takes exponential time',
      { q: { kind: 'text', env: 'A', pattern: '(a|a)*b(c|c)*' } },
      'q.pattern',
      /takes too long/,
    ],
    ['a default above the limit', { q: { kind: 'number', env: 'A', max: 3, default: 4 } }, 'q.default', /3 or less/],
    [
      'limits between which nothing is',
      { q: { kind: 'number', env: 'A', min: 3, max: 1 } },
      'q.max',
      /no number would do/,
    ],
    ['a file for no place', { q: { kind: 'file' } }, 'q.path', /is needed/],
    ['a file for two places', { q: { kind: 'file', path: '/srv/a', into: 'home' } }, 'q.into', /goes with no path/],
    ['a folder that the image needs', { q: { kind: 'file', path: '/usr' } }, 'q.path', /in the place of all/],
    [
      'a variable for a file that has no path',
      { q: { kind: 'file', into: 'home', env: 'A' } },
      'q.env',
      /only with path/,
    ],
    ['an ending without a dot', { q: { kind: 'file', path: '/srv/a', accept: ['csv'] } }, 'q.accept.0', /like \.csv/],
    [
      'a file that is too large',
      { q: { kind: 'file', path: '/srv/a', maxBytes: '11M' } },
      'q.maxBytes',
      /more than 10M/,
    ],
    [
      'more than anyone would answer',
      Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`q${index}`, { kind: 'text', env: `Q${index}` }])),
      '',
      /more than 20/,
    ],
  ]
  for (const [what, given, place, problem] of refused) {
    it(`are not ${what}`, () => {
      const { error } = questionsSchema.safeParse(given)
      const issues = (error?.issues ?? []).map(({ path, message, ...more }) => [
        path.join('.'),
        `${message} ${JSON.stringify(more)}`,
      ])
      assert.ok(
        issues.some(([at, message]) => at === place && problem.test(message ?? '')),
        JSON.stringify(issues),
      )
    })
  }

  it('are asked for by what a link says, and by nothing that is empty or means none', () => {
    const questions = parse({ repo: { kind: 'text', env: 'REPO' }, n: { kind: 'number', env: 'N' } })
    const said = new Map([
      ['repo', ['a', ' ']],
      ['n', ['']],
      ['utm', ['x']],
      ['__proto__', ['x']],
    ])
    assert.deepEqual(questionsAsked({ questions }, said), { repo: ['a'] })
    assert.ok(linkParameters.has('user_options'))
  })

  const texts: [what: string, question: object, text: string, problem: RegExp | undefined][] = [
    ['a text', { kind: 'text' }, 'Ünïcode – ok 👩‍🔬', undefined],
    ['nothing', { kind: 'text' }, '', undefined],
    ['nothing, where an answer is needed', { kind: 'text', required: true }, '', /needed/],
    ['too much', { kind: 'text', maxLength: 3 }, 'abcd', /3 characters at most. These are 4/],
    ['signs that are two units each', { kind: 'text', maxLength: 3 }, '👍👍👍', undefined],
    ['two lines', { kind: 'text' }, 'a\nb', /one line/],
    ['two lines where they may be', { kind: 'text', lines: true }, 'a\n\tb', undefined],
    ['a control character', { kind: 'text' }, 'a\u0000b', /cannot be seen/],
    ['an escape', { kind: 'text', lines: true }, 'a\u001b[2J', /cannot be seen/],
    ['a sign that turns the direction', { kind: 'text' }, 'gpj.\u202eexe', /cannot be seen/],
    ['half a character', { kind: 'text' }, 'a\ud800', /cannot be seen/],
    ['what was no UTF-8', { kind: 'text' }, 'a\ufffd', /cannot be seen/],
    ['the form that is asked for', { kind: 'text', pattern: 'a+|b' }, 'aaa', undefined],
    ['the form in a part of it only', { kind: 'text', pattern: 'a|b' }, 'xax', /form/],
    ['a number', { kind: 'number' }, '-12', undefined],
    ['a number in letters', { kind: 'number' }, '1e3', /in digits/],
    ['no number', { kind: 'number' }, 'Infinity', /in digits/],
    ['a number with a fraction', { kind: 'number' }, '1.5', /whole/],
    ['a number with a fraction where it may have one', { kind: 'number', fractions: true }, '1.5', undefined],
    ['a number above the limit', { kind: 'number', min: 1, max: 3 }, '4', /from 1 to 3/],
    ['a number below the limit', { kind: 'number', min: 1 }, '0', /1 or more/],
  ]
  for (const [what, question, text, problem] of texts) {
    it(`${problem === undefined ? 'take' : 'do not take'} ${what}`, () => {
      const found = textProblem(written(question), text, startPatternTime())
      if (problem === undefined) assert.equal(found, undefined)
      else assert.match(found ?? '', problem)
    })
  }

  it('keep what is written without blanks around it, in lines of Unix', () => {
    assert.equal(tidyText('  a\r\nb\rc \n'), 'a\nb\nc')
  })

  const names: [given: string, sound: string][] = [
    ['sales.csv', 'sales.csv'],
    ['C:\\fakepath\\my data (1).csv', 'my_data_1_.csv'],
    ['../../etc/passwd', 'passwd'],
    ['/', 'file'],
    ['', 'file'],
    ['...', 'file'],
    ['.bashrc', 'bashrc'],
    ['.csv', 'csv'],
    ['-rf.csv', 'rf.csv'],
    ['a\u0000b\n.csv', 'a_b_.csv'],
    ['$(reboot);`x`.csv', 'reboot_x_.csv'],
    ['Données été.csv', 'Données_été.csv'],
    ['a:b,c=d.csv', 'a_b_c_d.csv'],
    ['\u202egpj.exe', 'gpj.exe'],
    [`${'x'.repeat(300)}.csv`, `${'x'.repeat(96)}.csv`],
    [`${'é'.repeat(300)}.csv`, `${'é'.repeat(48)}.csv`],
  ]
  for (const [given, sound] of names) {
    it(`call a file ${JSON.stringify(given.slice(0, 40))} ${sound.slice(0, 40)}`, () => {
      assert.equal(soundFileName(given), sound)
      assert.ok(Buffer.byteLength(sound) <= 100)
    })
  }

  it('take files by their endings and sizes', () => {
    const question = file({ accept: ['.csv', '.tsv'], maxBytes: 10 })
    assert.equal(fileProblem(question, { name: 'A.CSV', bytes: 10 }), undefined)
    assert.match(fileProblem(question, { name: 'a.csv.exe', bytes: 1 }) ?? '', /ends in \.csv or \.tsv/)
    assert.match(fileProblem(question, { name: 'a.csv', bytes: 11 }) ?? '', /11 bytes, and 10 bytes is the most/)
    assert.match(fileProblem(question, { name: 'a.csv', bytes: 0 }) ?? '', /empty/)
    assert.deepEqual([12, 12_300, 5 * 2 ** 20].map(bytesText), ['12 bytes', '12 kB', '5 MB'])
  })

  const course = {
    questions: parse({
      repo: { kind: 'text', env: 'REPO', required: true },
      n: { kind: 'number', env: 'N', min: 1, default: 2 },
      data: { kind: 'file', path: '/srv/data', env: 'DATA' },
      notes: { kind: 'file', into: 'home' },
    }),
  }
  const given: [
    what: string,
    asked: Answers,
    remembered: Answers,
    answers: Answers,
    missing: string[],
    open: string[],
  ][] = [
    ['nothing', {}, {}, { n: { text: '2' } }, ['repo'], ['repo', 'n', 'data', 'notes']],
    ['a link', { repo: { text: 'a' } }, {}, { repo: { text: 'a' }, n: { text: '2' } }, [], ['n', 'data', 'notes']],
    [
      'a link before what is remembered',
      { repo: { text: 'a' } },
      { repo: { text: 'b' } },
      { repo: { text: 'a' }, n: { text: '2' } },
      [],
      ['n', 'data', 'notes'],
    ],
    [
      'the wish for no answer',
      {},
      { repo: { text: 'b' }, n: { text: '' }, data: { text: '' }, notes: { text: '' } },
      { repo: { text: 'b' } },
      [],
      [],
    ],
    [
      'answers that are not taken any more',
      {},
      { repo: { text: '' }, n: { text: '0' }, data: { text: 'x' }, notes: kept('a', 2 ** 21) },
      { n: { text: '2' } },
      ['repo'],
      ['repo', 'n', 'data', 'notes'],
    ],
    [
      'answers of questions that are gone',
      {},
      { repo: { text: 'b' }, old: { text: 'x' }, data: kept('d.csv'), notes: kept('a') },
      { repo: { text: 'b' }, n: { text: '2' }, data: kept('d.csv'), notes: kept('a') },
      [],
      ['n'],
    ],
  ]
  for (const [what, asked, remembered, answers, missing, open] of given) {
    it(`are answered from ${what}`, () => {
      assert.deepEqual(answersGiven(course, { asked, remembered }), { answers, missing, open })
    })
  }

  it('become variables and folders of a server', () => {
    const answers = {
      repo: { text: 'a {token}' },
      n: { text: '3' },
      data: kept('d.csv'),
      notes: kept('n.txt'),
      old: { text: 'x' },
    }
    assert.deepEqual(writtenVariables(course, answers), { REPO: 'a {token}', N: '3' })
    assert.deepEqual(fileVariables(course, answers), { DATA: '/srv/data/d.csv' })
    assert.deepEqual(answerFolders(course, answers), [
      { digest: 'd.csv', path: '/srv/data', into: 'read-only' },
      { digest: 'n.txt', path: '/srv/carrel/answers/notes', into: 'home' },
    ])
    assert.equal(
      String(answersText(course, answers)),
      'Repo: a {token}, N: 3, Data: d.csv (5 bytes), Notes: n.txt (5 bytes), Old: x',
    )
    assert.equal(String(answersText(course, { repo: { text: 'x\ny'.repeat(50) } })), `Repo: ${'x y'.repeat(20)} …`)
  })

  it('differ where a text or a file does', () => {
    const present = { repo: { text: 'a' }, data: kept('d') }
    assert.ok(hasAnswers(present, { repo: { text: 'a' }, n: { text: '' } }))
    assert.ok(hasAnswers(present, { data: kept('d') }))
    assert.ok(!hasAnswers(present, { repo: { text: '' } }))
    assert.ok(!hasAnswers(present, { data: { text: 'd', file: { digest: 'other', bytes: 5 } } }))
  })
})
