import assert from 'node:assert/strict'
import { header } from '../../authenticators/header.ts'
import { lms } from '../../authenticators/lms.ts'
import { oidc } from '../../authenticators/oidc.ts'
import { password } from '../../authenticators/password.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { type ConfigInput, configSchema } from '../../config/config.ts'
import { warningsOf } from '../../config/warnings.ts'
import { processSpawner } from '../../spawners/process/process.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'

describe('warnings about a config', () => {
  const https = { hubUrl: 'https://hub.example.org', serversUrl: 'https://*.nb.example.org' }
  const http = { hubUrl: 'http://hub.example.org', serversUrl: 'http://nb.example.org' }
  const page = 'https://lms.example.org'
  const campus = oidc({ name: 'campus', issuer: 'https://id.example.org', clientId: 'carrel' })
  const edx = (...courses: string[]) => lms({ issuer: 'edx', courses, pages: [page], signed: false })
  const home = { path: '/home/jovyan/work' }
  const keeper = (enforcesSize: boolean) => ({ ...quickSpawner(), homes: { enforcesSize } })
  const framed = { embed: { ancestors: [page] } }

  function warned(changes: Partial<ConfigInput>, urls: Parameters<typeof warningsOf>[1] = https): string[] {
    const base = { spawner: quickSpawner(), authenticators: [temporary()], courses: { Demo: { image: 'x' } } }
    return warningsOf(configSchema.parse({ ...base, ...changes }), urls).map(
      ({ check, message }) => `${check}: ${message}`,
    )
  }

  const rows: [what: string, changes: Partial<ConfigInput>, urls: typeof https, expected: RegExp[]][] = [
    ['files in a container', { files: { '/srv/course': { 'a.json': {} } } }, https, []],
    [
      'files of processes',
      {
        spawner: processSpawner(),
        files: { '/srv/course': { 'a.json': {} }, '/srv/lost': { 'b.json': {} } },
        jupyter: { overrides: {} },
        courses: { Demo: { image: '', env: { DATA: '/srv/course/a.json' } } },
      },
      https,
      [
        /^files: files: \/srv\/lost: .*only by a variable.*env of courses\.Demo, like \{ COURSE_FILES: '\/srv\/lost' \}/,
      ],
    ],
    ['a plain config', {}, https, []],
    [
      'a plain config on this machine',
      framed,
      { hubUrl: 'http://127.0.0.1:8000', serversUrl: 'http://localhost:8000' },
      [],
    ],
    ['frames by https', framed, https, []],
    [
      'frames by http',
      framed,
      http,
      [/^https: .*insecureHttp/, /^frames: embed\.ancestors: .*hub\.url is http \(http:\/\/hub/],
    ],
    [
      'hub and servers under one http name',
      { servers: { shareHubOrigin: true } },
      { hubUrl: 'http://hub.example.org', serversUrl: 'http://hub.example.org' },
      [
        /^hosts: servers and hub share one origin/,
        /^https: /,
        /^hosts: one http address .*without Secure.*no page of an/,
      ],
    ],
    [
      "a course's own frames by http",
      { courses: { Demo: { image: 'x', ...framed } } },
      http,
      [/^https: /, /^frames: courses\.Demo\.embed\.ancestors: .*Give hub and servers https/],
    ],
    [
      'mail that may go unencrypted',
      { mail: { from: 'a@example.org', url: 'smtp://mail.example.org', insecure: true } },
      https,
      [/^mail: mail\.insecure .*Take it out/],
    ],
    ['metrics that are open to all', { hub: { openMetrics: true } }, https, [/^metrics: hub\.openMetrics/]],
    [
      'staff and sharing without hosts of their own',
      { authenticators: [campus], courses: { Demo: { image: 'x', staff: ['ann'], share: true } } },
      { ...https, serversUrl: 'https://nb.example.org' },
      [/^hosts: courses\.Demo\.staff: .*wildcard/, /^hosts: courses\.Demo\.share: .*wildcard/],
    ],
    [
      'staff and sharing with hosts of their own',
      { authenticators: [campus], courses: { Demo: { image: 'x', staff: ['ann'], share: true } } },
      https,
      [],
    ],
    [
      'admins where only temporary users come in',
      { admins: ['ann'] },
      https,
      [/^roles: admins \(ann\): nobody can be an admin/],
    ],
    [
      'admins where a gate makes temporary users only',
      { admins: ['ann'], authenticators: [temporary({ behind: campus })] },
      https,
      [/^roles: admins/],
    ],
    [
      'staff of a group where only an LMS sends people',
      {
        ...{ authenticators: [edx('demo')], ...framed, groups: { tutors: ['tina'], nobody: [] } },
        courses: { Demo: { image: 'x', staff: ['group:tutors'] }, other: { image: 'x', staff: ['group:nobody'] } },
      },
      https,
      [/^roles: courses\.Demo\.staff: nobody can be staff/],
    ],
    [
      'admins where people only choose their names',
      { admins: ['ann'], authenticators: [password({ shared: 'four plain short words' })] },
      https,
      [/^roles: admins \(ann\): nobody can be an admin/],
    ],
    [
      'admins by a group that nothing fills',
      { admins: ['group:operators', 'group:full'], authenticators: [campus], groups: { operators: [], full: ['ann'] } },
      https,
      [/^roles: admins: nobody can be in group:operators\. Name persons in groups\.operators, or let/],
    ],
    [
      'admins by a group that a provider fills',
      { admins: ['group:operators'], authenticators: [{ ...campus, groups: ['operators'] }] },
      https,
      [],
    ],
    [
      'shared passwords that can be guessed',
      {
        authenticators: [
          password({ shared: 'python', name: 'class' }),
          temporary({ behind: password({ shared: 'python', name: 'door' }) }),
        ],
      },
      https,
      [
        /^sign-in: authenticators\[0\] \("class"\): .*fewer than 12/,
        /^sign-in: authenticators\[1\]\.behind \("door"\): /,
      ],
    ],
    [
      'rules of a provider that can let nobody in, also before temporary users',
      {
        authenticators: [
          temporary({
            behind: oidc({
              name: 'campus',
              issuer: 'https://id.example.org',
              clientId: 'carrel',
              scopes: ['openid'],
              lowerCaseNames: true,
              allow: { names: ['Ann'], emailDomains: ['example.org'] },
            }),
          }),
        ],
      },
      https,
      [
        /^sign-in: authenticators\[0\]\.behind \("campus"\): allow reads mail addresses/,
        /^sign-in: authenticators\[0\]\.behind \("campus"\): allow\.names: nobody is called Ann here/,
      ],
    ],
    ['admins beside a sign-in', { admins: ['ann'], authenticators: [temporary(), campus] }, https, []],
    [
      'a gateway that could be many machines',
      {
        authenticators: [
          temporary({ behind: header({ from: ['10.0.0.0/8', '10.1.2.3'], headers: { user: 'Remote-User' } }) }),
        ],
      },
      https,
      [/^gateways: header "header": from \(10\.0\.0\.0\/8\) covers many machines/],
    ],
    [
      'a gateway on the machine where learners’ code runs',
      { authenticators: [header({ from: ['::1'], headers: { user: 'Remote-User' } })], spawner: processSpawner() },
      https,
      [/^gateways: header "header": from names this machine.*any learner can sign in as any person/],
    ],
    [
      'admins beside a gateway',
      { admins: ['ann'], authenticators: [header({ from: ['10.1.2.3'], headers: { user: 'Remote-User' } })] },
      https,
      [],
    ],
    [
      'an LMS that opens courses which are not there',
      { authenticators: [edx('demo', 'demoo', 'algebra')], ...framed },
      https,
      [
        /^courses: authenticators\[0\] \("lms-edx"\) opens the course "demoo", and there is none; did you mean "Demo"\?$/,
        /^courses: .*"algebra", and there is none; make it \(carrel course create\), add it to courses/,
      ],
    ],
    [
      'homes in all their ways, where people sign in',
      {
        spawner: keeper(true),
        authenticators: [campus],
        courses: { Demo: { image: 'x', home: { ...home, size: '1G' } } },
      },
      https,
      [],
    ],
    [
      'a size of homes that nothing enforces',
      {
        spawner: keeper(false),
        authenticators: [campus],
        courses: { Demo: { image: 'x', home: { ...home, size: '1G' } } },
      },
      https,
      [/^homes: courses\.Demo\.home\.size: nothing enforces it, since the storage of the quick spawner does not/],
    ],
    [
      'guests where a home shows the files of other courses',
      {
        spawner: keeper(false),
        authenticators: [campus],
        courses: { Demo: { image: 'x', staff: ['ann'], share: true, home: { ...home, per: 'user' } } },
      },
      https,
      [/^homes: courses\.Demo\.staff: staff see and stop .*cannot open/, /^homes: courses\.Demo\.share: has no effect/],
    ],
    [
      'homes of visitors who never come back',
      {
        spawner: keeper(true),
        authenticators: [temporary({ behind: campus })],
        courses: { Demo: { image: 'x', home, tags: { next: { image: 'y' } } }, Other: { image: 'x' } },
      },
      https,
      [/^homes: courses\.Demo\.home: only temporary users come in here/],
    ],
  ]
  for (const [what, changes, urls, expected] of rows) {
    it(`are ${expected.length} for ${what}`, () => {
      const found = warned(changes, urls)
      assert.equal(found.length, expected.length, found.join('\n'))
      for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern)
    })
  }

  it('name one line for many courses, and how many more there are', () => {
    const courses = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`c${index}`, { image: 'x', share: true }]),
    )
    const [line, ...others] = warned({ courses }, { ...https, serversUrl: 'https://nb.example.org' })
    assert.match(
      line ?? '',
      /^hosts: courses\.c0\.share, courses\.c1\.share, courses\.c2\.share, courses\.c3\.share and 5 more: /,
    )
    assert.deepEqual(others, [])
  })

  it('say that the servers need hosts of their own also where no URL is known yet', () => {
    const courses = { Demo: { image: 'x', share: true } }
    assert.match(warned({ courses }, { hubUrl: undefined, serversUrl: undefined }).join(), /courses\.Demo\.share/)
  })
})
