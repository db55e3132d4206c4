import assert from 'node:assert/strict'
import { settingLines } from '../../config/setting-lines.ts'

describe('the line of a setting', () => {
  const text = `import { defineConfig } from 'carrel/config'
// { installation: 'not this one' }
const course = { image: 'shared', limits: { cpu: 1 } }

export default defineConfig({
  installation: 'it\\'s { here',
  hub: {
    url: process.env.URL ? process.env.URL : 'http://localhost', /* port: 1 */
    port: 8081,
  },
  authenticators: [
    temporary({ label: 'x' }),
    lms({
      issuer: 'edx', pages: ['https://a', 'https://b'],
    }),
  ],
  'courses': {
    Demo: { ...course, title: \`a \${1 + 1} b: {\` },
    "a.b": { image: 'x', limits: {
      memory: '1G' } },
  },
  database: () => { return { url: 'x' } },
  admins: ['ann',
    'ben'],
})

const after = { mail: 1 }
`
  const lineOf = settingLines(text)
  const cases: [PropertyKey[], number | undefined][] = [
    [['installation'], 6],
    [['hub'], 7],
    [['hub', 'url'], 8],
    [['hub', 'port'], 9],
    [['authenticators', 0, 'label'], 12],
    [['authenticators', 1, 'pages'], 14],
    [['courses', 'Demo', 'title'], 18],
    [['courses', 'a.b', 'limits', 'memory'], 20],
    [['admins', 1], 23],
    [['courses', 'Demo', 'image'], 18],
    [['courses', 'a.b', 'no', 'such'], 19],
    [['mail'], undefined],
    [[], undefined],
  ]
  for (const [path, line] of cases) {
    it(`of ${path.map(String).join('.') || 'the whole'} is ${line ?? 'not known'}`, () =>
      assert.equal(lineOf(path), line))
  }

  it('is not known where the settings are not in the default export itself', () => {
    for (const other of ['', 'const config = { hub: 1 }\nexport default config', 'export default make({ hub: 1 })'])
      assert.equal(settingLines(other)(['hub']), undefined, other)
  })

  it('reads texts to the end that are no valid program', () => {
    for (const piece of ['{', '}', "'", '`', '/*', '(', ':a', '[,', '\\'])
      settingLines(`export default {${piece.repeat(2000)}`)(['a'])
  })
})
