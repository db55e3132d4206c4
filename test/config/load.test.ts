import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, defaultConfigFile, loadConfig } from '../../config/load.ts'
import { withoutLine } from './config-files.ts'

describe('loadConfig', () => {
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-config-'))
  })
  after(() => rm(folder, { recursive: true }))

  const header = `
    import { defineConfig } from 'carrel/config'
    import { processSpawner } from 'carrel/spawners/process'
    import { temporary } from 'carrel/authenticators/temporary'
    const fine = { spawner: processSpawner(), authenticators: [temporary()], courses: { Demo: { image: '' } } }
  `

  /** The number of config files so far. Node caches modules by name, so each file has a name of its own. */
  let count = 0
  async function write(text: string, name = `${count++}.config.ts`): Promise<string> {
    const file = join(folder, name)
    await writeFile(file, text)
    return file
  }

  async function problemsOf(text: string): Promise<string[]> {
    const file = await write(text)
    const error = await loadConfig(file).then(
      () => assert.fail('the config was taken'),
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof ConfigError)
    assert.equal(error.file, file)
    for (const problem of error.problems) assert.ok(error.message.includes(problem))
    return error.problems.map(withoutLine)
  }

  it('loads the default config, with demo courses for temporary users, an admin, and servers as processes', async () => {
    const config = await loadConfig(undefined)
    assert.equal(config.spawner.name, 'process')
    assert.deepEqual(
      config.authenticators.map(({ kind }) => kind),
      ['temporary', 'password'],
    )
    assert.deepEqual(config.admins, ['admin'])
    assert.deepEqual(config.git.hosts, ['127.0.0.1'])
    assert.deepEqual(Object.keys(config.courses), ['demo', 'demo-plots', 'demo-form', 'demo-class'])
    assert.equal((await loadConfig(defaultConfigFile)).spawner, config.spawner)
  })

  it('finds the notebook that each demo course names', async () => {
    for (const { image, start } of Object.values((await loadConfig(undefined)).courses)) {
      const notebook = JSON.parse(await readFile(join(image, start ?? ''), 'utf8'))
      assert.equal(notebook.nbformat, 4)
      assert.ok(notebook.cells.some((cell: { cell_type: string }) => cell.cell_type === 'code'))
    }
  })

  it('lets a file anywhere import the running program by name, and files beside it', async () => {
    await write("export const courses: Record<string, object> = { Demo: { image: '' } }", 'courses.ts')
    const file = await write(`${header}
      import { courses } from './courses.ts'
      export default defineConfig({ ...fine, courses })`)
    const config = await loadConfig(file)
    assert.equal(config.courses.demo?.name, 'Demo')
  })

  it('takes a plain object too', async () => {
    const file = await write(`${header} export default fine`)
    assert.equal((await loadConfig(file)).installation, 'carrel')
  })

  it('explains what is wrong with invalid public addresses', async () => {
    const problems = await problemsOf(`${header} export default defineConfig({
      ...fine, hub: { url: 'nope' }, servers: { url: 'https://a.example.org/' } })`)
    assert.match(problems[0] ?? '', /^hub\.url: an origin looks like/)
    assert.match(problems[1] ?? '', /^servers\.url: looks like .* no path, no slash at the end/)
  })

  const hub = 'https://hub.nb.example.org'
  const pairs: [servers: string, problem: RegExp | undefined][] = [
    [`{ url: 'https://*.desks.nb.example.org' }`, undefined],
    [`{ url: 'https://*.desks.nb.example.org:8443' }`, undefined],
    [`{ url: 'https://desks.nb.example.org' }`, undefined],
    [`{ url: '${hub}', shareHubOrigin: true }`, undefined],
    [`{ url: '${hub}' }`, /^servers\.url: must differ from the hub URL: .*shareHubOrigin/],
    [`{ url: 'https://desks.nb.example.org', shareHubOrigin: true }`, /^servers\.url: must equal the hub URL/],
    [`{ url: 'https://*.desks.nb.example.org', shareHubOrigin: true }`, /^servers\.url: must equal the hub URL/],
    [`{ url: 'https://*.nb.example.org' }`, /^servers\.url: covers the hub URL too/],
    [`{ url: 'http://*.desks.nb.example.org' }`, /^servers\.url: must have the same scheme/],
    [`{ url: 'https://*' }`, /^servers\.url: looks like/],
    [`{ url: 'https://*desks.nb.example.org' }`, /^servers\.url: looks like/],
    [`{ url: 'https://a.*.nb.example.org' }`, /^servers\.url: looks like/],
    [`{ url: 'https://*.*.nb.example.org' }`, /^servers\.url: looks like/],
    [`{ url: 'https://*.nb.example.org/' }`, /^servers\.url: looks like/],
    [`{ url: 'https://*.127.0.0.1' }`, /^servers\.url: looks like/],
  ]
  for (const [servers, problem] of pairs) {
    it(`${problem === undefined ? 'takes' : 'refuses'} servers: ${servers} beside ${hub}`, async () => {
      const file = await write(`${header} export default { ...fine, hub: { url: '${hub}' }, servers: ${servers} }`)
      if (problem === undefined) await loadConfig(file)
      else {
        const error: unknown = await loadConfig(file).catch((reason: unknown) => reason)
        assert.ok(error instanceof ConfigError)
        assert.match(error.problems.map(withoutLine).join('\n'), problem)
      }
    })
  }

  it('refuses a wildcard for the hub', async () => {
    const problems = await problemsOf(`${header} export default { ...fine, hub: { url: 'https://*.example.org' } }`)
    assert.match(problems[0] ?? '', /^hub\.url: an origin looks like/)
  })

  it('prefers the command line to the file, and keeps settings that the command line does not have', async () => {
    const file = await write(`${header} export default defineConfig({
      ...fine, hub: { url: 'https://a.example.org', port: 9000 }, proxies: [{ url: 'http://127.0.0.1:8001' }] })`)
    const urls = { hub: { url: 'https://b.example.org', ip: undefined }, servers: { url: 'https://c.example.org' } }
    const config = await loadConfig(file, urls)
    assert.deepEqual(config.hub, {
      url: 'https://b.example.org',
      ip: '127.0.0.1',
      port: 9000,
      insecureHttp: false,
      openMetrics: false,
    })
    assert.deepEqual(config.servers, { url: 'https://c.example.org', shareHubOrigin: false })
    assert.deepEqual(config.proxies, [{ url: 'http://127.0.0.1:8001' }])
    assert.deepEqual((await loadConfig(file, { proxies: [] })).proxies, [])
  })

  it('checks settings of the command line too', async () => {
    const file = await write(
      `${header} export default defineConfig({ ...fine, hub: { url: 'https://a.example.org' } })`,
    )
    await assert.rejects(loadConfig(file, { servers: { url: 'https://a.example.org' } }), /servers\.url: must differ/)
  })

  it('finds contradictions of two sections also when a third section is wrong', async () => {
    const problems = await problemsOf(`${header} export default {
      ...fine,
      instalation: 'x',
      hub: { url: 'http://a.example.org', insecureHttp: true },
      servers: { url: 'http://a.example.org' },
      authenticators: [...fine.authenticators, ...fine.authenticators],
      courses: { demo: { image: 3 } },
    }`)
    assert.deepEqual(
      problems.map((problem) => problem.slice(0, problem.indexOf(': '))),
      ['courses.demo.image', 'instalation', 'servers.url', 'authenticators[1]'],
    )
  })

  it('finds staff of a group that does not exist, and takes an empty group', async () => {
    const problems = await problemsOf(`${header} export default {
      ...fine,
      groups: { tutors: ['tina'], nobody: [] },
      courses: { Demo: { image: '', staff: ['ann', 'group:tutors', 'group:nobody', 'group:tutor', 'group:constructor'] } },
    }`)
    assert.deepEqual(problems, [
      'courses.Demo.staff[3]: "group:tutor" is no group of this file; did you mean "group:tutors"?',
      'courses.Demo.staff[4]: "group:constructor" is no group of this file; add it to groups, or correct the name',
    ])
  })

  it('names all problems at once, each with its place', async () => {
    const problems = await problemsOf(`${header} export default {
      ...fine,
      instalation: 'x',
      hub: { url: 'http://127.0.0.1:8000/', port: 99999 },
      authenticators: [],
      courses: { demo: { imge: 'x', limits: { memory: '3 gigs' } }, Lab: { image: 3 }, 'a b': { image: '' } },
      culler: { idleSeconds: '5' },
    }`)
    assert.deepEqual(
      problems.map((problem) => problem.slice(0, problem.indexOf(': '))),
      [
        'hub.url',
        'hub.port',
        'authenticators',
        'courses.demo.image',
        'courses.demo.limits.memory',
        'courses.demo.imge',
        'courses.Lab.image',
        'courses.Lab',
        'courses["a b"]',
        'culler.idleSeconds',
        'instalation',
      ],
    )
    for (const problem of problems) assert.doesNotMatch(problem, /undefined|Invalid|ZodError|\[object/)
  })

  const bad: [what: string, text: string, problem: RegExp][] = [
    ['no default export', 'export const config = {}', /no default export.*defineConfig/],
    [
      'a default export that is no object',
      'export default 5',
      /the default export: must be of type object, not number/,
    ],
    ['a syntax error', '\n\nexport default { a: ', /line 3: .*not valid TypeScript/],
    ['TypeScript that needs a compiler', 'enum A { b }\nexport default A', /line 1: .*enum/],
    ['a module of ours that does not exist', "import 'carrel/spawners/nope'", /no module carrel\/spawners\/nope/],
    ['a package that is not installed', "import 'no-such-package-anywhere'", /no-such-package-anywhere/],
    ['a file that throws', '\nthrow new Error("CARREL_IMAGE is not set")', /line 2: CARREL_IMAGE is not set/],
  ]
  for (const [what, text, problem] of bad) {
    it(`explains ${what}`, async () => {
      const [first, ...others] = await problemsOf(text)
      assert.match(first ?? '', problem)
      assert.deepEqual(others, [])
    })
  }

  it('reports a file that does not exist, and a folder', async () => {
    for (const path of [join(folder, 'none.config.ts'), folder]) await assert.rejects(loadConfig(path), /no such file/)
  })
})
