import assert from 'node:assert/strict'
import { password } from '../../authenticators/password.ts'
import { configSchema } from '../../config/config.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'

const base = { spawner: quickSpawner(), authenticators: [password()] }
const problemsOf = (questions: object, more: object = {}, site: object = {}) => {
  const { error } = configSchema.safeParse({ ...base, ...site, courses: { ml: { image: 'x', questions, ...more } } })
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}
const repo = { kind: 'text', env: 'REPO' }
const data = { kind: 'file', path: '/srv/data' }

describe('questions in a config', () => {
  const refused: [what: string, problems: string[], problem: RegExp][] = [
    [
      'has the name of a choice',
      problemsOf({ repo }, { choices: { repo: [{ name: 'a' }] } }),
      /^courses\.ml\.questions\.repo: is the name of a choice too/,
    ],
    [
      'has the name of a file in forms of JupyterHub’s',
      problemsOf({ a: data, a_file: repo }),
      /^courses\.ml\.questions\.a: is a_file in forms/,
    ],
    [
      'has the variable of another',
      problemsOf({ repo, other: repo }),
      /^courses\.ml\.questions\.other\.env: is the variable of repo too/,
    ],
    [
      'has a variable of the course',
      problemsOf({ repo }, { env: { REPO: 'x' } }),
      /^courses\.ml\.questions\.repo\.env: is said by the course too/,
    ],
    [
      'has a variable of a rule of the site',
      problemsOf({ repo }, {}, { rules: [{ when: {}, env: { REPO: 'x' } }] }),
      /\.repo\.env: is said by a rule too/,
    ],
    [
      'has a variable of a choice',
      problemsOf({ repo }, { choices: { size: [{ name: 'a', env: { REPO: 'x' } }] } }),
      /\.repo\.env: is said by the choice size too/,
    ],
    [
      'has a variable of an app',
      problemsOf({ repo }, { apps: { voila: { env: { REPO: 'x' } } } }),
      /\.repo\.env: is said by the app voila too/,
    ],
    [
      'has the folder of another',
      problemsOf({ a: data, b: { ...data, path: '/srv/data/b' } }),
      /\.b\.path: meets the folder of a, \/srv\/data/,
    ],
    [
      'has a folder of the course’s files',
      problemsOf({ a: data }, { files: { '/srv/data': { 'a.json': {} } } }),
      /\.a\.path: meets a folder of files, \/srv\/data/,
    ],
    [
      'has a folder of the site’s files',
      problemsOf({ a: data }, {}, { files: { '/srv/data/x': { 'a.json': {} } } }),
      /\.a\.path: meets a folder of files, \/srv\/data\/x/,
    ],
    [
      'has more files together than a form',
      problemsOf({ a: { ...data, maxBytes: '6M' }, b: { kind: 'file', into: 'home', maxBytes: '6M' } }),
      /^courses\.ml\.questions: takes files of more than 10M together/,
    ],
  ]
  for (const [what, problems, problem] of refused) {
    it(`are told where one ${what}`, () => {
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', problem)
    })
  }

  it('are right beside all else, and those of every variant too', () => {
    const config = configSchema.parse({
      ...base,
      courses: {
        ml: {
          image: 'x',
          env: { OTHER: 'x' },
          files: { '/srv/course': { 'a.json': {} } },
          tags: { next: { image: 'y' } },
          choices: { size: [{ name: 'a', env: { SIZE: 'a' } }] },
          questions: { repo, data, notes: { kind: 'file', into: 'home' } },
        },
      },
    })
    assert.deepEqual(config.courses['ml--next']?.questions, config.courses.ml?.questions)
    assert.equal(config.limits.handedInPerUser, 50 * 2 ** 20)
  })
})
