import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { completeAnswers } from '../../bin/init/answers.ts'
import { loadConfig } from '../../config/load.ts'
import { starterConfig, starterSignIns, starterSpawners } from '../../config/starter.ts'
import { projectDir } from '../helpers/carrel.ts'

const run = promisify(execFile)

interface Run {
  code: number
  out: string
  err: string
}

describe('carrel init', function () {
  this.timeout(300_000)
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-init-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const init = (...args: string[]) => initBy({}, ...args)

  async function initBy(more: NodeJS.ProcessEnv, ...args: string[]): Promise<Run> {
    const program = join(projectDir, 'bin', 'carrel.js')
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...more }
    return run(process.execPath, [program, 'init', ...args], { cwd: folder, env }).then(
      ({ stdout: out, stderr: err }) => ({ code: 0, out, err }),
      ({ code, stdout: out, stderr: err }: { code: number; stdout: string; stderr: string }) => ({ code, out, err }),
    )
  }

  it('writes a config that loads, with the defaults where it can ask nobody', async () => {
    const { code, out, err } = await init()
    assert.equal(code, 0, err)
    assert.deepEqual((await readdir(folder)).sort(), ['carrel.config.ts', 'tsconfig.json'])
    assert.match(
      out,
      /Wrote .*carrel\.config\.ts\.\n.*tsconfig\.json.*\nNext:\n {2}carrel config check carrel\.config\.ts --try/s,
    )
    const config = await loadConfig(join(folder, 'carrel.config.ts'))
    assert.equal(config.spawner.name, 'process')
    assert.deepEqual(Object.keys(config.courses), ['demo'])
  })

  it('writes what its options say, into a folder that it makes', async () => {
    const options = ['--spawner', 'docker', '--sign-in', 'lms', '--course', 'Algebra', '--image', 'algebra:1', '--yes']
    const { code, err } = await init('new/site.config.ts', ...options, '--hub-url', 'https://hub.example.org')
    assert.equal(code, 0, err)
    const { hub, servers, courses, authenticators } = await loadConfig(join(folder, 'new', 'site.config.ts'))
    assert.equal(hub.url, 'https://hub.example.org')
    assert.equal(servers.url, 'https://*.servers.hub.example.org')
    assert.deepEqual([courses.algebra?.name, courses.algebra?.image], ['Algebra', 'algebra:1'])
    assert.equal(authenticators[0]?.kind, 'launch')
  })

  it('says how the first person gets an account with a password', async () => {
    const { out } = await init('--sign-in', 'password')
    assert.match(out, /Next:\n.*--try\n.*carrel start.*\n {2}carrel user add NAME/)
    const [way] = (await loadConfig(join(folder, 'carrel.config.ts'))).authenticators
    assert.deepEqual([way?.kind, way?.name], ['password', 'password'])
  })

  it('names the next commands as npx takes them, where npx has started it', async () => {
    const { out } = await initBy({ npm_command: 'exec' }, '--sign-in', 'password')
    assert.match(out, /Next:\n {2}npx carrel config check .*\n {2}npx carrel start .*\n {2}npx carrel user add NAME/)
  })

  it('names a file elsewhere by its whole path', async () => {
    const file = join(folder, '..', `${basename(folder)}-elsewhere`, 'carrel.config.ts')
    const { out } = await init(file)
    await rm(dirname(file), { recursive: true })
    assert.match(out, new RegExp(`\n {2}carrel start --config ${file}\n`))
  })

  it('replaces neither a config nor a tsconfig.json', async () => {
    await writeFile(join(folder, 'tsconfig.json'), '{}')
    const first = await init()
    assert.equal(first.code, 0, first.err)
    assert.match(first.out, /tsconfig\.json was there and stays/)
    assert.equal(await readFile(join(folder, 'tsconfig.json'), 'utf8'), '{}')
    await writeFile(join(folder, 'carrel.config.ts'), '// mine')
    const { code, err } = await init()
    assert.equal(code, 2)
    assert.match(err, /carrel\.config\.ts is there already, and nothing is replaced/)
    assert.equal(await readFile(join(folder, 'carrel.config.ts'), 'utf8'), '// mine')
  })

  const mistakes: [args: string[], complaint: RegExp][] = [
    [['--spawner', 'dokcer'], /--spawner is process, docker, kubernetes/],
    [['--sign-in', 'ldap'], /--sign-in is temporary, password, oidc, gate, lms/],
    [['--course', 'a b'], /--course cannot be: a course name has/],
    [['--spawner', 'docker', '--hub-url', 'https://hub.example.org/'], /--hub-url is no origin/],
    [['--spawner', 'docker', '--hub-url', 'http://hub.example.org'], /--hub-url is http under a name.*https/],
    [['--spawner', 'docker', '--servers-url', 'https://nb.example.org'], /--servers-url comes with --hub-url/],
    [['--hub-url', 'https://hub.example.org'], /process spawner is for this machine alone/],
    [
      ['--spawner', 'docker', '--hub-url', 'https://hub.example.org', '--servers-url', 'https://hub.example.org'],
      /--servers-url must differ from the hub URL/,
    ],
  ]
  for (const [args, complaint] of mistakes) {
    it(`writes nothing for: ${args.join(' ')}`, async () => {
      const { code, err } = await init(...args)
      assert.equal(code, 2)
      assert.match(err, complaint)
      assert.deepEqual(await readdir(folder), [])
    })
  }

  it('writes configs that type-check in any folder and load, for every pair of answers', async () => {
    const combinations = starterSpawners.flatMap((spawner) =>
      starterSignIns.map((signIn) => [spawner, signIn] as const),
    )
    for (const [spawner, signIn] of combinations) {
      const { code, err } = await init(
        `${spawner}-${signIn}.config.ts`,
        '--spawner',
        spawner,
        '--sign-in',
        signIn,
        '--yes',
      )
      assert.equal(code, 0, err)
    }
    const tsc = join(projectDir, 'node_modules', 'typescript', 'bin', 'tsc')
    const checked = await run(process.execPath, [tsc, '-p', folder]).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    )
    assert.equal(checked, '')
    const provider = { OIDC_ISSUER: 'https://id.example.org', OIDC_CLIENT_ID: 'carrel', OIDC_CLIENT_SECRET: 'x' }
    Object.assign(process.env, provider)
    try {
      for (const [spawner, signIn] of combinations) {
        const config = await loadConfig(join(folder, `${spawner}-${signIn}.config.ts`))
        assert.equal(config.spawner.name, spawner)
      }
    } finally {
      for (const name of Object.keys(provider)) delete process.env[name]
    }
  })

  it('finds a misspelt setting when a config is type-checked', async () => {
    await init()
    const file = join(folder, 'carrel.config.ts')
    await writeFile(file, (await readFile(file, 'utf8')).replace('courses:', 'cources:'))
    const tsc = join(projectDir, 'node_modules', 'typescript', 'bin', 'tsc')
    await assert.rejects(run(process.execPath, [tsc, '-p', folder]), ({ stdout }: { stdout: string }) => {
      assert.match(stdout, /cources.*does not exist|Did you mean/s)
      return true
    })
  })

  describe('at a terminal', () => {
    async function answer(lines: string[], given = {}) {
      const [input, output] = [new PassThrough(), new PassThrough()]
      const said = text(output)
      input.end(lines.map((line) => `${line}\n`).join(''))
      const answers = await completeAnswers(given, { input, output }).finally(() => output.end())
      return { answers, said: await said }
    }

    it('asks five questions', async () => {
      const { answers, said } = await answer(['docker', 'gate', 'https://hub.example.org', 'Algebra', 'algebra:1'])
      assert.deepEqual(answers, {
        spawner: 'docker',
        signIn: 'gate',
        urls: { hub: 'https://hub.example.org', servers: 'https://*.servers.hub.example.org' },
        course: 'Algebra',
        image: 'algebra:1',
      })
      assert.equal(said.match(/\?/g)?.length, 5)
    })

    it('takes an empty line for the default, and asks nothing that an option has answered', async () => {
      const { answers, said } = await answer(['', ''], { spawner: 'docker', signIn: 'temporary', course: 'x' })
      assert.deepEqual(answers, {
        ...{ spawner: 'docker', signIn: 'temporary', urls: undefined, course: 'x' },
        image: 'quay.io/jupyter/minimal-notebook:latest',
      })
      assert.equal(said.match(/\[/g)?.length, 2)
    })

    it('asks again after an answer that cannot be, and says why', async () => {
      const { answers, said } = await answer([
        'dokcer',
        'docker',
        'oidc',
        'http://hub.example.org',
        '',
        'a b',
        'ab',
        '',
      ])
      assert.equal(answers.spawner, 'docker')
      assert.equal(answers.course, 'ab')
      assert.match(said, /That is none of process, docker, kubernetes; did you mean "docker"\?/)
      assert.match(said, /That is http under a name that others reach; it needs https/)
      assert.match(said, /That cannot be: a course name has/)
    })

    it('writes nothing when the answers end too soon', async () => {
      await assert.rejects(answer(['docker']), /were not answered; nothing is written/)
    })
  })
})

describe('the text of a first config', () => {
  it('keeps every character of an answer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carrel-init-'))
    try {
      const image = `a'b"c\\d\\"e\n\${1}`
      const file = join(folder, 'odd.config.ts')
      const answers = { spawner: 'process', signIn: 'temporary', urls: undefined, course: 'a-b', image } as const
      await writeFile(file, starterConfig(answers))
      assert.equal((await loadConfig(file)).courses['a-b']?.image, image)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
