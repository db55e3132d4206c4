import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { choosePort } from '../../bin/start/port.ts'
import { startCarrel } from '../helpers/carrel.ts'
import { listenOn } from './world.ts'

const root = join(import.meta.dirname, '..', '..')

interface Run {
  code: number
  out: string
  err: string
}

/** Runs the program with an environment of its own, so that no variable of the developer becomes a setting. */
function carrel(args: string[], env: Record<string, string> = {}, cwd = root): Promise<Run> {
  return run(process.execPath, [join(root, 'bin', 'carrel.js'), ...args], env, cwd)
}

function run(program: string, args: string[], env: Record<string, string>, cwd = root): Promise<Run> {
  const whole = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...env }
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env: whole }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

describe('the command line', function () {
  this.timeout(300_000)
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-bin-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('says which Node it needs where another one runs it', async () => {
    const program = JSON.stringify(join(root, 'bin', 'carrel.js'))
    const older = `Object.defineProperty(process.versions, 'node', { value: '22.4.0' }); await import(${program})`
    const { code, out, err } = await run(process.execPath, ['--input-type=module', '--eval', older], {})
    assert.deepEqual([code, out], [1, ''])
    assert.match(
      err,
      /^Carrel needs Node 24 or later, and this is Node 22\.4\.0\. `npm ci`.*node_modules\/\.bin\/node\.\n$/,
    )
  })

  it('has help for every command, which names the environment variable of each setting', async () => {
    const general = await carrel([])
    assert.equal(general.code, 0)
    for (const command of ['start', 'hub', 'proxy', 'culler', 'config', 'doctor']) {
      assert.match(general.out, new RegExp(`^ {2}${command} `, 'm'))
      const { code, out } = await carrel([command, '--help'])
      assert.equal(code, 0)
      assert.match(out, new RegExp(`^Usage: carrel ${command} `))
    }
    const { out } = await carrel(['start', '--help'])
    for (const [flag, variable] of [
      ['config <FILE>', 'CARREL_CONFIG'],
      ['port <N>', 'CARREL_PORT'],
      ['data <DIR>', 'CARREL_DATA'],
      ['hub-url <URL>', 'CARREL_HUB_URL'],
      ['servers-url <URL>', 'CARREL_SERVERS_URL'],
    ]) {
      assert.match(out, new RegExp(`--${flag} .*\\[${variable}\\]`))
    }
  })

  it('prints its version', async () => {
    assert.match((await carrel(['--version'])).out, /^\d+\.\d+\.\d+\n$/)
  })

  const mistakes: [args: string[], complaint: RegExp, hint: RegExp][] = [
    [['launch'], /unknown command 'launch'/, /carrel --help/],
    [['strat'], /unknown command 'strat'.*Did you mean start\?/s, /carrel --help/],
    [['start', '--prot', '1'], /'--prot'.*Did you mean --port\?/s, /carrel start --help/],
    [['start', 'everything'], /everything/, /carrel start --help/],
    [['start', '--port', 'http'], /--port is a whole number from 0 to 65535/, /carrel start --help/],
    [['start', '--port', '65536'], /--port is a whole number/, /carrel start --help/],
    [
      ['start', '--port', '0', '--hub-url', 'http://127.0.0.1:8000'],
      /hub\.url is set and servers\.url is not/,
      /--help/,
    ],
    [['start', '--port', '0', '--share-hub-origin'], /no origin to share/, /--help/],
    [['start', '--tls-cert', 'a.pem'], /--tls-cert and --tls-key come together/, /--help/],
    [['proxy', '--tls-key', 'a.pem'], /--tls-cert and --tls-key come together/, /carrel proxy --help/],
    [['start', '--ip', '127.0.0.1,everywhere'], /--ip is an address like/, /--help/],
    [['start', '--port', '0', '--ip', '0.0.0.0'], /lets others come in.*this machine alone/, /--help/],
    [['culler', '--idle', 'soon'], /--idle is a number of seconds/, /carrel culler --help/],
    [['culler'], /--hub is missing/, /carrel culler --help/],
    [['start', '--port'], /'--port <N>' argument missing/, /carrel start --help/],
    [['start', '--data', '--insecure-http'], /--data=--insecure-http/, /carrel start --help/],
    [['proxy', '--port', '-1'], /--port=-1/, /carrel proxy --help/],
    [['sweep', '--data', '--yes'], /--data=--yes/, /carrel sweep --help/],
    [['keys', 'list', '--file', '--data'], /--file=--data/, /carrel keys --help/],
    [['keys', 'drop'], /missing required argument 'ID'/, /carrel keys --help/],
    [['keys', 'rotat'], /Did you mean rotate\?/, /carrel keys --help/],
    [['config', 'check', 'a.ts', 'b.ts'], /b\.ts is one argument too many/, /carrel config --help/],
    [['config'], /check/, /Usage: carrel config/],
    [['config', 'shwo'], /unknown command 'shwo'.*Did you mean show\?/s, /carrel config --help/],
    [['config', 'list'], /unknown command 'list'/, /carrel config --help/],
    [['config', 'chekc'], /Did you mean check\?/, /carrel config --help/],
    [['config', 'check', '--tyr'], /Did you mean --try\?/, /carrel config --help/],
    [['doctor', '--course', 'demoo'], /there is no course demoo; did you mean "demo"\?/, /carrel doctor --help/],
    [['start', '--port', '0', '--ip', '192.0.2.1'], /this machine has no address 192\.0\.2\.1\. .*--ip/, /--help/],
  ]
  for (const [args, complaint, hint] of mistakes) {
    it(`explains what is wrong with: carrel ${args.join(' ')}`, async () => {
      const data = ['start'].includes(args[0] ?? '') ? { CARREL_DATA: join(folder, 'mistakes') } : {}
      const { code, out, err } = await carrel(args, data)
      assert.equal(code, 2)
      assert.equal(out, '')
      assert.match(err, complaint)
      assert.match(err, hint)
      assert.doesNotMatch(err, /\n\s+at /)
    })
  }

  it('takes a setting from the environment, and names the variable when its value is wrong', async () => {
    const { code, err } = await carrel(['start'], { CARREL_PORT: 'http' })
    assert.equal(code, 2)
    assert.match(err, /CARREL_PORT is a whole number/)
    const both = await carrel(['start', '--port', 'x'], { CARREL_PORT: '1' })
    assert.match(both.err, /--port is/)
  })

  it('does not serve others by http, and names the setting that would allow it', async () => {
    const urls = ['--hub-url', 'http://hub.example.org', '--servers-url', 'http://nb.example.org']
    const secrets = {
      CARREL_KEYS: `k1:${'A'.repeat(43)}`,
      CARREL_PROXY_TOKEN: 'x'.repeat(40),
      CARREL_CULLER_TOKEN: 'y'.repeat(40),
    }
    for (const [command, ...more] of [['start'], ['hub'], ['proxy', '--hub', 'http://127.0.0.1:1', '--port', '0']]) {
      const args = [command ?? '', ...more, ...urls, '--data', join(folder, 'open')]
      const { code, out, err } = await carrel(args, secrets)
      assert.notEqual(code, 0, command)
      assert.match(
        out + err,
        /http:\/\/hub\.example\.org is http under a name that others reach.*insecureHttp/,
        command,
      )
    }
  })

  it('starts neither hub nor proxy nor culler without the secrets, and makes no secrets for them', async () => {
    const empty = join(folder, 'empty')
    const cases = [
      ['hub', ['CARREL_KEYS', 'CARREL_PROXY_TOKEN', 'CARREL_CULLER_TOKEN']],
      ['proxy', ['CARREL_PROXY_TOKEN']],
      ['culler', ['CARREL_CULLER_TOKEN']],
    ] as const
    for (const [command, names] of cases) {
      const hub = command === 'hub' ? [] : ['--hub', 'http://127.0.0.1:1']
      const { code, err } = await carrel([command, ...hub], { CARREL_DATA: empty })
      assert.equal(code, 2)
      for (const name of names) assert.match(err, new RegExp(`${name}.* is not set`))
    }
    await assert.rejects(stat(empty))
  })

  it('never prints a secret that it refuses', async () => {
    const secrets = {
      CARREL_KEYS: 'k1:tooshort',
      CARREL_PROXY_TOKEN: 'alsotooshort',
      CARREL_CULLER_TOKEN: 'x'.repeat(31),
    }
    const { code, err } = await carrel(['hub'], secrets)
    assert.equal(code, 2)
    for (const [name, value] of Object.entries(secrets)) {
      assert.match(err, new RegExp(name))
      assert.ok(!err.includes(value.replace('k1:', '')))
    }
  })

  it('checks a config, and ends with 0 when it is fine, or with 1 and all problems', async () => {
    const fine = await carrel(['config', 'check'])
    assert.equal(fine.code, 0)
    assert.match(fine.out, /is fine.*courses \(4\): demo, demo-plots, demo-form, demo-class/s)
    const file = join(folder, 'bad.config.ts')
    await writeFile(file, 'export default { authenticators: [], courses: {}, instalation: 1 }')
    for (const args of [[file], ['--config', file]]) {
      const { code, err } = await carrel(['config', 'check', ...args])
      assert.equal(code, 1)
      for (const problem of ['spawner', 'authenticators', 'instalation'])
        assert.match(err, new RegExp(`- ${problem}(, line 1)?:`))
    }
  })

  it('warns of what cannot work, at a check and at a start alike, and ends a check with 1 only when it has looked', async () => {
    const file = join(folder, 'idle.config.ts')
    await writeFile(
      file,
      `import { temporary } from 'carrel/authenticators/temporary'
      import { processSpawner } from 'carrel/spawners/process'
      export default {
        spawner: { ...processSpawner({ python: '/usr/bin/no-such-python' }), prepare: undefined },
        authenticators: [temporary()], admins: ['ann'], hub: { openMetrics: true },
        courses: { demo: { image: '${folder}/none' }, plots: { image: '', start: 'a.ipynb' } } }`,
    )
    const warnings = [
      /^Warning: hub\.openMetrics lets anyone read/m,
      /^Warning: admins \(ann\): nobody can be an admin/m,
      /^Warning: spawner process: .*no-such-python.*there is no such program/m,
      /^Warning: course demo: its image should be a folder/m,
      /^Warning: course plots: start is a\.ipynb, and its image names no folder/m,
    ]
    const checked = await carrel(['config', 'check', file])
    assert.equal(checked.code, 0, checked.err)
    for (const warning of warnings) assert.match(checked.out, warning)
    assert.doesNotMatch(checked.out, /is fine/)
    const tried = await carrel(['config', 'check', file, '--try'])
    assert.equal(tried.code, 1, tried.err)
    assert.match(tried.out, /^problem: course demo: its image should be a folder/m)
    const started = await startCarrel({ config: await readFile(file, 'utf8') })
    try {
      for (const warning of warnings) assert.match(started.output(), warning)
      assert.doesNotMatch(started.output(), /\{"level"/)
    } finally {
      await started.stop()
    }
  })

  it('shows the settings that hold, where each came from, and no secret', async () => {
    const file = join(folder, 'shown.config.ts')
    await writeFile(
      file,
      `import { temporary } from 'carrel/authenticators/temporary'
      import { processSpawner } from 'carrel/spawners/process'
      export default {
        database: process.env.SITE_DATABASE,
        spawner: processSpawner(), authenticators: [temporary()], courses: { demo: { image: '' } } }`,
    )
    const env = { SITE_DATABASE: 'postgres://carrel:hush@db/carrel', CARREL_SERVERS_URL: 'https://nb.example.org' }
    const { code, out, err } = await carrel(['config', 'show', file, '--hub-url', 'https://hub.example.org'], env)
    assert.equal(code, 0, err)
    for (const line of [
      'hub.url = "https://hub.example.org"   (--hub-url)',
      'servers.url = "https://nb.example.org"   (environment CARREL_SERVERS_URL)',
      'database = "postgres://carrel:(hidden)@db/carrel"   (environment SITE_DATABASE, by the file)',
      'hub.port = 8081   (default)',
      'courses.demo.image = ""   (file)',
    ]) {
      assert.ok(out.split('\n').includes(line), `${line}\n${out}`)
    }
    assert.doesNotMatch(out, /hush/)
    const json = JSON.parse((await carrel(['config', 'show', file, '--json'], env)).out)
    assert.deepEqual(
      json.find(({ setting }: { setting: string }) => setting === 'hub.port'),
      { setting: 'hub.port', value: 8081, from: 'default' },
    )
  })

  it('looks on request whether courses can start and people can sign in', async () => {
    const file = join(folder, 'away.config.ts')
    await writeFile(
      file,
      `import { oidc } from 'carrel/authenticators/oidc'
      import { processSpawner } from 'carrel/spawners/process'
      export default {
        spawner: processSpawner(),
        authenticators: [oidc({ name: 'campus', clientId: 'x', issuer: 'http://127.0.0.1:1', allowInsecureIssuer: true })],
        courses: { demo: { image: '' } } }`,
    )
    assert.match((await carrel(['config', 'check', file])).out, /is fine/)
    const { code, out } = await carrel(['config', 'check', file, '--try'])
    assert.equal(code, 1)
    assert.match(out, /^ok: course demo: its workspaces begin empty$/m)
    assert.match(
      out,
      /^problem: sign-in campus: its provider's discovery document cannot be read at http:\/\/127\.0\.0\.1:1/m,
    )
  })

  const places: [what: string, data: () => string, complaint: RegExp][] = [
    [
      'a file',
      () => join(folder, 'a-file'),
      /a-file cannot be used: a file is in the place of a folder\. Move .*--data/,
    ],
    ['below a file', () => join(folder, 'a-file', 'x'), /a file is in the place of a folder.*--data/],
    ['in /proc', () => '/proc/foo', /\/proc\/foo cannot be used: no folder can be made there\. .*--data/],
    ['in /sys', () => '/sys/foo', /\/sys\/foo cannot be used: \w+ \w+.*--data/],
  ]
  for (const [what, data, complaint] of places) {
    it(`explains that the data folder cannot be ${what}, and ends`, async () => {
      await writeFile(join(folder, 'a-file'), '')
      for (const command of ['start', 'hub']) {
        const { code, err } = await carrel([command, '--port', '0', '--data', data()], {
          CARREL_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64url')}`,
          CARREL_PROXY_TOKEN: 'p'.repeat(40),
          CARREL_CULLER_TOKEN: 'c'.repeat(40),
        })
        assert.equal(code, 2, err)
        assert.match(err, complaint)
        assert.doesNotMatch(err, /mkdir|E[A-Z]{4}/)
      }
    })
  }

  it('explains that a proxy cannot listen on an address of another machine', async () => {
    const args = [
      'proxy',
      '--ip',
      '192.0.2.1',
      '--api-socket',
      join(folder, 'api.sock'),
      '--data',
      join(folder, 'proxy'),
    ]
    for (const workers of ['1', '2']) {
      const { code, err } = await carrel([...args, '--workers', workers], { CARREL_PROXY_TOKEN: 'p'.repeat(40) })
      assert.notEqual(code, 0)
      assert.match(err, /this machine has no address 192\.0\.2\.1/)
    }
  })

  it('explains that a log or a route table can have no folder where it should be, and ends', async () => {
    const secrets = { CARREL_PROXY_TOKEN: 'p'.repeat(40) }
    for (const option of ['--log-file=/proc/foo/proxy.log', '--routes=/proc/foo/routes.json']) {
      const { code, err } = await carrel(['proxy', '--port', '0', '--api-port', '0', option], secrets)
      assert.equal(code, 1, err)
      assert.match(err, /\/proc\/foo cannot be used: no folder can be made there/)
    }
  })

  it('starts nothing with a config that has problems', async () => {
    const file = join(folder, 'worse.config.ts')
    await writeFile(file, 'export default {}')
    const { code, err } = await carrel(['start', '--config', file], { CARREL_DATA: join(folder, 'untouched') })
    assert.equal(code, 1)
    assert.match(err, /spawner: /)
    await assert.rejects(stat(join(folder, 'untouched')))
  })

  it('refuses a port that is taken on either address, before it makes any file', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const { server, port } = await listenOn(host)
      try {
        const { code, err } = await carrel(['start', '--port', String(port)], { CARREL_DATA: join(folder, 'taken') })
        assert.equal(code, 2)
        assert.match(err, new RegExp(`port ${port} is taken.*--port`))
        assert.deepEqual(await readdir(join(folder, 'taken')), [])
      } finally {
        server.close()
      }
    }
  })

  it('chooses a port that is free on both addresses', async () => {
    const port = await choosePort(0)
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer()
      await new Promise<void>((resolve, reject) => server.on('error', reject).listen({ host, port }, resolve))
      server.close()
    }
  })

  it('runs on its own Node under npm, whatever Node is installed', async function () {
    this.timeout(300_000)
    // In a user's shell no npm has put the project's programs first.
    const PATH = (process.env.PATH ?? '')
      .split(delimiter)
      .filter((dir) => !dir.includes('node_modules'))
      .join(delimiter)
    // npx keeps links to programs in npm's cache, so a checkout that was here before could answer for this one.
    const fresh = { PATH, npm_config_cache: join(folder, 'npm') }
    for (const args of [
      ['start', '--silent', '--', '--version'],
      ['exec', '--offline', '--', 'carrel', '--version'],
    ]) {
      const { code, out, err } = await run('npm', args, fresh)
      assert.equal(code, 0, err)
      assert.match(out, /^\d+\.\d+\.\d+\n$/)
    }
  })

  it('runs by a link that npx keeps from before', async () => {
    const { code, out, err } = await run(new URL('../../bin/carrel.ts', import.meta.url).pathname, ['--version'], {})
    assert.equal(code, 0, err)
    assert.match(out, /^\d+\.\d+\.\d+\n$/)
  })
})
