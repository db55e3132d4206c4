import assert from 'node:assert/strict'
import { loadConfig } from '../../config/load.ts'
import { type ConfigFiles, header, makeConfigFiles } from './config-files.ts'

describe('the problems of a config file', () => {
  let files: ConfigFiles

  before(async () => {
    files = await makeConfigFiles()
  })
  after(() => files.clear())

  /** The line of the config in which the default export begins. */
  const line = header.split('\n').length
  const problemsOf = (text: string) => files.problemsOf(`${header}${text}`)

  it('name what each misspelt word may have meant', async () => {
    const problems = await problemsOf(`export default {
      ...fine,
      cources: {},
      whatever: 1,
      hub: { ulr: 'x' },
      limits: { serverPerUser: 3 },
      courses: { demo: { image: '', landing: 'notbook', limits: { memroy: '1G' }, embed: { anchestors: [] } } },
    }`)
    assert.deepEqual(problems, [
      'hub.ulr: is not a setting here; did you mean "url"?',
      'courses.demo.limits.memroy: is not a setting here; did you mean "memory"?',
      'courses.demo.landing: must be one of "lab"|"notebook"; did you mean "notebook"?',
      'courses.demo.embed.anchestors: is not a setting here; did you mean "ancestors"?',
      'limits.serverPerUser: is not a setting here; did you mean "serversPerUser"?',
      'cources: is not a setting here; did you mean "courses"?',
      'whatever: is not a setting here; correct its spelling or remove it',
    ])
  })

  it('have the place inside the one form that a value has, where it may have several', async () => {
    const problems = await problemsOf(`export default {
      ...fine,
      courses: {
        strip: { image: '', program: { command: ['serve', '{port}'], prefix: 'strip', raedy: '/' } },
        word: { image: '', program: 'jupiter' },
      },
    }`)
    assert.deepEqual(problems, [
      'courses.strip.program.prefix: must be one of "kept"|"stripped"',
      'courses.strip.program.raedy: is not a setting here; did you mean "ready"?',
      'courses.word.program: must be one of "jupyter"|"notebook-6"; did you mean "jupyter"?',
    ])
  })

  it('have the line of the setting, or of the one around it', async () => {
    const problems = await files.whole(`${header}export default {
  ...fine,
  hub: {
    ulr: 'x' },
  courses: {
    demo: { landing: 'lab' },
  },
}`)
    assert.deepEqual(problems, [
      `hub.ulr, line ${line + 3}: is not a setting here; did you mean "url"?`,
      `courses.demo.image, line ${line + 5}: is missing (expected: string)`,
    ])
  })

  it('say what to write in place of a file that opens by its former name', async () => {
    const problems = await files.whole(`${header}export default {
  ...fine,
  courses: {
    demo: {
      image: '',
      home: 'week1/intro.ipynb',
    },
  },
}`)
    assert.deepEqual(problems, [
      `courses.demo.home, line ${line + 5}: is the folder of files that last, { path: '/home/jovyan/work' }; the file that opens is said by start: 'week1/intro.ipynb'`,
    ])
  })

  it('are told with those of all plug-ins, each with its place, its line and the option', async () => {
    const problems = await problemsOf(`export default {
  ...fine,
  cources: {},
  spawner: dockerSpawner({ pul: 'never', internet: false, network: 'mine' }),
  authenticators: [
    oidc({ name: 'campus', issuer: 'http://id.example.org', clientId: 'x', clientSecrt: 'y' }),
    temporary({ lable: 'x', behind: oidc({ name: 'Gate', issuer: 'https://id.example.org', clientId: 'x' }) }),
    lms({ issuer: 'edx', courses: [], pages: [], signed: false }),
  ],
  courses: { demo: { imge: '' } },
}`)
    assert.deepEqual(problems, [
      'courses.demo.image: is missing (expected: string)',
      'courses.demo.imge: is not a setting here; did you mean "image"?',
      'cources: is not a setting here; did you mean "courses"?',
      `spawner, line ${line + 3}: option pul: is not a setting here; did you mean "pull"?`,
      `spawner, line ${line + 3}: options: internet and subnet are for the network that the spawner makes; the one that network names is as you have made it`,
      `authenticators[0], line ${line + 5}: option clientSecrt: is not a setting here; did you mean "clientSecret"?`,
      `authenticators[0], line ${line + 5}: option issuer: must begin with https://`,
      `authenticators[1], line ${line + 6}: option lable: is not a setting here; did you mean "label"?`,
      `authenticators[1].behind, line ${line + 6}: option name: an authenticator name is part of URLs: 1 to 32 of a-z, 0-9 and -`,
      `authenticators[2], line ${line + 7}: option courses: name the courses that this LMS may open`,
      `authenticators[2], line ${line + 7}: option pages: name the sites of this LMS, whose pages hold its links`,
    ])
  })

  for (const [name, call] of [
    ['docker', "dockerSpawner({ hots: 'unix:///run/docker.sock' })"],
    ['kubernetes', "kubernetesSpawner({ namespace: 'A B' })"],
    ['process', "processSpawner({ jupiter: '/x' })"],
  ]) {
    it(`include the options of the ${name} spawner`, async () => {
      const [first = '', ...others] = await problemsOf(`export default { ...fine, spawner: ${call} }`)
      assert.match(first, new RegExp(`^spawner, line ${line}: option \\w+: \\w+ \\w+`))
      assert.deepEqual(others, [])
    })
  }

  for (const [database, expected] of [
    ["'mysql://db'", ['database: looks like sqlite:/var/lib/carrel/carrel.sqlite or postgres://…']],
    ['3', ['database: must be of type string, not number']],
    [
      "{ url: 'postgres://ann:x@db/carrel', passwordFil: '/x' }",
      [
        'database.url: has a password, and passwordFile holds it already: take it out here',
        'database.passwordFile: is missing (expected: string)',
        'database.passwordFil: is not a setting here; did you mean "passwordFile"?',
      ],
    ],
    ["{ url: 'sqlite:x', passwordFile: '/x' }", ['database.url: looks like postgres://carrel@db.example.org/carrel']],
    ["{ url: 'postgres://ann@db/carrel', passwordFile: '/x' }, cources: {}", undefined],
    ["() => 'postgres://db', cources: {}", undefined],
  ] as const) {
    it(`tell what is wrong with the database ${database}`, async () => {
      const sound = ['cources: is not a setting here; did you mean "courses"?']
      assert.deepEqual(await problemsOf(`export default { ...fine, database: ${database} }`), expected ?? sound)
    })
  }

  it('of a plug-in of somebody else are told whether it throws or hands over its error', async () => {
    const refusal = `new Error('the tea is cold')`
    const handed = `export default { ...fine, cources: {}, spawner: { name: 'x', open: async () => {}, refusal: ${refusal} } }`
    assert.deepEqual(await files.whole(`${header}${handed}`), [
      `cources, line ${line}: is not a setting here; did you mean "courses"?`,
      `spawner, line ${line}: the tea is cold`,
    ])
    const thrown = `const other = () => { throw ${refusal} }
      export default { ...fine, cources: {}, spawner: other() }`
    assert.deepEqual(await problemsOf(thrown), [`line ${line}: the tea is cold`])
  })

  it('do not hide each other: a course name, two names by case, and staff of no group', async () => {
    const problems = await problemsOf(`export default {
      ...fine,
      groups: { tutors: ['tina'], Bad: [5] },
      courses: {
        'a b': { image: 3 },
        demo: { image: '', staff: ['group:Tutors', 'group:tutor', 'lms:edx:ann', 7] },
        Demo: { image: '' },
      },
    }`)
    assert.deepEqual(problems, [
      'courses["a b"].image: must be of type string, not number',
      'courses.demo.staff[2]: is not the name of a person',
      'courses.demo.staff[3]: must be of type string, not number',
      'courses["a b"]: a course name has 1 to 63 letters, digits, dots, underscores or hyphens and starts with a letter or digit',
      'groups.Bad[0]: must be of type string, not number',
      'groups.Bad: a group has up to 63 of a-z, 0-9, . _ -',
      'courses.Demo: differs from "demo" only by case; links do not, so keep one of them',
      'courses.demo.staff[0]: "group:Tutors" is no group of this file; did you mean "group:tutors"?',
      'courses.demo.staff[1]: "group:tutor" is no group of this file; did you mean "group:tutors"?',
    ])
  })

  it('of an LMS and its pages are told although a course has another mistake and there is no spawner', async () => {
    const problems = await problemsOf(`export default {
      ...fine,
      spawner: undefined,
      authenticators: [lms({ issuer: 'edx', courses: ['demo'], pages: ['https://lms.example.org'], signed: false })],
      courses: { demo: { imge: '' } },
    }`)
    assert.deepEqual(
      problems.map((problem) => problem.slice(0, problem.indexOf(': '))),
      ['spawner', 'courses.demo.image', 'courses.demo.imge', 'authenticators[0]'],
    )
  })

  describe('with settings from the environment', () => {
    const oidcWith = (options: string) => `export default { ...fine, authenticators: [
      oidc({ name: 'campus', ${options} }),
    ] }`

    before(() => {
      process.env.CARREL_TEST_EMPTY = ''
      process.env.CARREL_TEST_FULL = 'https://id.example.org'
    })
    after(() => {
      delete process.env.CARREL_TEST_EMPTY
      delete process.env.CARREL_TEST_FULL
    })

    it('name the variable that is empty or not set, once for each option', async () => {
      const problems = await problemsOf(
        oidcWith(
          'issuer: process.env.CARREL_TEST_EMPTY, clientId: process.env.CARREL_TEST_NONE, clientSecret: process.env["CARREL_TEST_EMPTY"]',
        ),
      )
      assert.deepEqual(problems, [
        `authenticators[0], line ${line + 1}: option issuer: the environment variable CARREL_TEST_EMPTY is empty`,
        `authenticators[0], line ${line + 1}: option clientId: the environment variable CARREL_TEST_NONE is not set`,
        `authenticators[0], line ${line + 1}: option clientSecret: the environment variable CARREL_TEST_EMPTY is empty`,
      ])
    })

    it('say plainly "is empty" where no variable is seen', async () => {
      const problems = await problemsOf(oidcWith(`issuer: process.env.CARREL_TEST_FULL, clientId: ''`))
      assert.deepEqual(problems, [`authenticators[0], line ${line + 1}: option clientId: is empty`])
    })

    it('name the variable of a setting of the file itself', async () => {
      const problems = await problemsOf(`export default { ...fine, admins: [process.env.CARREL_TEST_EMPTY ?? ''] }`)
      assert.deepEqual(problems, ['admins[0]: the environment variable CARREL_TEST_EMPTY is empty'])
    })
  })

  it('are none for a file with all of this in order', async () => {
    const file = await files.write(`${header}export default defineConfig({
      ...fine,
      groups: { tutors: ['tina'] },
      spawner: dockerSpawner({ pull: 'never' }),
      authenticators: [oidc({ name: 'campus', issuer: 'https://id.example.org', clientId: 'x' })],
      courses: { demo: { image: 'x', staff: ['group:tutors', 'ann'] } },
    })`)
    assert.equal((await loadConfig(file)).spawner.name, 'docker')
  })
})
