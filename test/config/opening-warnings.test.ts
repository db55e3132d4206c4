import assert from 'node:assert/strict'
import { header } from '../../authenticators/header.ts'
import { lms } from '../../authenticators/lms.ts'
import { oidc } from '../../authenticators/oidc.ts'
import { password } from '../../authenticators/password.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { type ConfigInput, configSchema } from '../../config/config.ts'
import { warningsOf } from '../../config/warnings.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'

describe('warnings about who may open a course', () => {
  const campus = oidc({ name: 'campus', issuer: 'https://id.example.org', clientId: 'carrel' })
  const shared = password({ shared: 'four plain short words', name: 'class' })
  const front = header({ from: ['10.0.0.1'], headers: { user: 'x-remote-user' } })
  const page = 'https://lms.example.org'
  const edx = lms({ issuer: 'edx', courses: ['demo'], pages: [page], signed: false })
  const urls = { hubUrl: 'https://hub.example.org', serversUrl: 'https://*.nb.example.org' }

  function warned(demo: object, changes: Partial<ConfigInput> = {}): string[] {
    const courses = { Demo: { image: 'x', embed: { ancestors: [page] }, ...demo } }
    const base = {
      spawner: quickSpawner(),
      authenticators: [temporary(), campus],
      groups: { physics: ['paul'], empty: [] },
    }
    return warningsOf(configSchema.parse({ ...base, courses, ...changes }), urls).map(({ message }) => message)
  }

  const rows: [what: string, demo: object, changes: Partial<ConfigInput>, expected: RegExp[]][] = [
    ['a course that is open to everyone', {}, {}, []],
    ['a course for people who have signed in', { open: 'signed-in', hidden: true }, {}, []],
    [
      'a course for visitors behind a gate',
      { open: 'signed-in' },
      { authenticators: [temporary({ behind: campus })] },
      [],
    ],
    ['a course for those who know a shared password', { open: 'signed-in' }, { authenticators: [shared] }, []],
    ['a course for names and groups', { open: ['ann', 'group:physics'] }, {}, []],
    ['names that a gateway in front gives', { open: ['ann'] }, { authenticators: [front] }, []],
    ['people whom a gateway in front has let in', { open: 'signed-in' }, { authenticators: [front] }, []],
    ['a course that opens and then closes', { opens: '2027-01-18T09:00Z', closes: '2027-01-18T10:00Z' }, {}, []],
    [
      'a course that closes before it opens',
      { opens: '2027-01-18T09:00+01:00', closes: '2027-01-18T09:00+02:00' },
      {},
      [/^courses\.Demo closes \(2027-01-18T07:00:00\.000Z\) before it opens \(2027-01-18T08/],
    ],
    [
      'a group that does not exist',
      { open: ['ann', 'group:fysics'] },
      {},
      [/^courses\.Demo\.open: "group:fysics" is no group of this file; did you mean "group:physics"\?/],
    ],
    [
      'a group that does not exist, for an app',
      { apps: { slides: { open: ['group:fysics'] } } },
      {},
      [/^courses\.Demo\.apps\.slides\.open: "group:fysics" is no group of this file; did you mean "group:physics"\?/],
    ],
    ['a group without members', { open: ['group:empty'] }, {}, [/only staff can open this course/]],
    ['a group without members, which a file may fill', { open: ['group:empty'] }, { authenticators: [password()] }, []],
    ['an empty list', { open: [] }, {}, [/only staff can open this course/]],
    [
      'people who have signed in, where nobody can',
      { open: 'signed-in' },
      { authenticators: [temporary()] },
      [/nobody can open this course, since there is no way to sign in here/],
    ],
    [
      'names where nobody comes in by one',
      { open: ['ann'] },
      { authenticators: [temporary({ behind: campus })] },
      [/nobody can open this course, since nobody comes in here by a name that counts/],
    ],
    ['names where people choose them', { open: ['ann'] }, { authenticators: [shared] }, [/by a name that counts/]],
    [
      'a course of an LMS for people who have signed in',
      { open: 'signed-in' },
      { authenticators: [campus, edx] },
      [/^courses\.Demo\.open: learners of an LMS cannot open this course/],
    ],
  ]
  const newer = { next: { image: 'x', embed: { ancestors: [page] } } }
  const old = { image: 'x', embed: { ancestors: [page] }, deprecated: { instead: 'next' } }
  const both = lms({ issuer: 'edx', courses: ['demo', 'NEXT'], pages: [page], signed: false })
  rows.push(
    [
      'a course that another has replaced which its LMS does not open',
      {},
      { authenticators: [temporary(), edx], courses: { Demo: old, ...newer } },
      [/^courses\.Demo\.deprecated: links of "lms-edx" to this course open next, .* Name next in lms/],
    ],
    [
      'a course that another has replaced which its LMS opens too',
      {},
      { authenticators: [temporary(), both], courses: { Demo: old, ...newer } },
      [],
    ],
  )
  for (const [what, demo, changes, expected] of rows) {
    it(`are ${expected.length} for ${what}`, () => {
      const found = warned(demo, changes)
      assert.equal(found.length, expected.length, found.join('\n'))
      for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern)
    })
  }
})
