import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadConfig } from '../config/load.ts'

const folder = join(import.meta.dirname, '../examples')
const names = (await readdir(folder)).sort()

describe('examples', () => {
  it('are there for Docker, Kubernetes, a class with accounts, MIT Learn, Open edX and a workshop', () => {
    for (const name of ['class', 'docker', 'kubernetes', 'mit-learn', 'open-edx', 'tmpnb'])
      assert.ok(names.includes(name), name)
  })

  for (const name of names) {
    const file = join(folder, name, 'carrel.config.ts')

    it(`${name} is a complete config without a problem`, async () => {
      const config = await loadConfig(file)
      assert.ok(Object.keys(config.courses).length > 0)
      assert.ok(config.authenticators.length > 0)
      assert.equal(typeof config.spawner.open, 'function')
    })

    it(`${name} says in its README how to start it`, async () => {
      const text = await readFile(join(folder, name, 'README.md'), 'utf8')
      assert.match(text, new RegExp(`--config examples/${name}/carrel\\.config\\.ts`))
      for (const [, link = ''] of text.matchAll(/\]\((\.\.?\/[^)#]+)/g)) await stat(join(folder, name, link))
    })

    it(`${name} says which hosts it uses, and where to read why`, async () => {
      assert.match(await readFile(join(folder, name, 'README.md'), 'utf8'), /\]\(\.\.\/\.\.\/docs\/hosts\.md\)/)
      assert.match(await readFile(file, 'utf8'), /^\/\/ .*\b(host|names)\b/m)
    })

    it(`${name} is written as an operator would write it`, async () => {
      const text = await readFile(file, 'utf8')
      assert.doesNotMatch(text, /from '\.{1,2}\//, 'imports by the name of the package')
    })
  }

  it('kubernetes has another one with containers beside servers, which its README names', async () => {
    const { courses, spawner } = await loadConfig(join(folder, 'kubernetes/beside.config.ts'))
    const looks =
      (await spawner.check?.({ courses: Object.values(courses), ask: false, signal: new AbortController().signal })) ??
      []
    assert.deepEqual(looks, [])
    assert.match(await readFile(join(folder, 'kubernetes/README.md'), 'utf8'), /\]\(beside\.config\.ts\)/)
  })

  it('class gives the teacher all rights, and each person an account', async () => {
    const { admins, authenticators } = await loadConfig(join(folder, 'class/carrel.config.ts'))
    assert.deepEqual(admins, ['teacher'])
    assert.deepEqual(
      authenticators.map(({ kind, name }) => [kind, name]),
      [['password', 'password']],
    )
  })

  it('class gives the teacher alone the solutions, and notebooks that no age ends', async () => {
    const { courses } = await loadConfig(join(folder, 'class/carrel.config.ts'))
    const [rule, ...others] = courses.algebra?.rules ?? []
    assert.deepEqual([rule?.when, rule?.cull, others], [{ role: 'staff' }, { maxAgeSeconds: 0 }, []])
    assert.deepEqual(courses.algebra?.options, {})
    process.env.CARREL_SOLUTIONS = '/srv/solutions'
    try {
      // Node has cached the file under its name.
      const copy = join(await mkdtemp(join(tmpdir(), 'carrel-example-')), 'carrel.config.ts')
      await cp(join(folder, 'class'), dirname(copy), { recursive: true })
      const { algebra } = (await loadConfig(copy)).courses
      assert.deepEqual(algebra?.rules[0]?.options, {
        mounts: [{ source: '/srv/solutions', path: '/home/jovyan/solutions' }],
      })
      assert.deepEqual(algebra?.options, {})
      await rm(dirname(copy), { recursive: true })
    } finally {
      delete process.env.CARREL_SOLUTIONS
    }
  })

  it('open-edx lets only its LMS and Studio open its two courses', async () => {
    const config = await loadConfig(join(folder, 'open-edx/carrel.config.ts'))
    const [authenticator] = config.authenticators
    assert.ok(authenticator?.kind === 'launch')
    const { ancestors } = config.embed
    assert.equal(Object.keys(config.courses).length, 2)
    for (const course of Object.keys(config.courses)) {
      const learner = 'a1'
      const nameFor = (referrer: string): string | undefined =>
        authenticator.identify({ course, learner, referrer, ancestors })?.name
      assert.equal(nameFor('https://lms.example.org'), 'lms:edx:a1')
      assert.equal(nameFor('https://studio.example.org'), 'lms:edx:a1')
      assert.equal(nameFor('https://evil.example'), undefined)
    }
  })
})
