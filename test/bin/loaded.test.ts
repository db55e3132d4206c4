import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { projectDir, startCarrel } from '../helpers/carrel.ts'
import { until } from '../helpers/until.ts'
import { configText } from './world.ts'

interface Loaded {
  /** The packages. */
  packages: string[]
  /** The files of this repository. */
  own: string[]
  /** Languages of zod's messages. */
  languages: string[]
  /** Parts of Node. */
  node: string[]
}

const recorder = join(projectDir, 'test', 'helpers', 'record-modules.js')

/** What only some commands or configs need. Each costs 3 to 30 MB, or takes time. */
const heavy = [
  '@kubernetes/client-node',
  'dockerode',
  'knex',
  'koa',
  'nodemailer',
  'openid-client',
  'pg',
  'pino-pretty',
  'undici',
]
const but = (...needed: string[]) => heavy.filter((name) => !needed.includes(name))

describe('what a process loads', function () {
  this.timeout(300_000)
  let folder: string
  let records: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-loaded-'))
  })
  beforeEach(async () => {
    records = await mkdtemp(join(folder, 'records-'))
  })
  after(() => rm(folder, { recursive: true }))

  const environment = () => ({
    NODE_RECORD_MODULES: records,
    NODE_OPTIONS: `--import=${recorder}`,
    XDG_CACHE_HOME: folder,
  })

  /** Returns what each process has loaded that has ended in the test, by its program and first argument. */
  async function loaded(): Promise<Record<string, Loaded>> {
    const files = await readdir(records)
    const read = files.map(async (file) => {
      const { args, urls, internal } = JSON.parse(await readFile(join(records, file), 'utf8'))
      const [program, command] = args as string[]
      return [`${relative(projectDir, program ?? '')} ${command}`, sorted(urls, internal)] as const
    })
    return Object.fromEntries(await Promise.all(read))
  }

  function sorted(urls: string[], internal: string[]): Loaded {
    const paths = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url))
    const inPackages = paths.flatMap((path) => /.*\/node_modules\/(.+)/.exec(path)?.[1] ?? [])
    const packages = inPackages.map((path) => (/^@[^/]+\/[^/]+|^[^/]+/.exec(path) ?? [''])[0])
    return {
      packages: [...new Set(packages)].sort(),
      own: paths.map((path) => relative(projectDir, path)).filter((path) => !/^\.\.|node_modules/.test(path)),
      languages: inPackages.flatMap((path) => /^zod\/v4\/locales\/(.+)\.c?js/.exec(path)?.[1] ?? []),
      node: internal.map((name) => name.replace(/^NativeModule /, '')),
    }
  }

  /** Says which of these a process has loaded: packages, and rooms or files of ours that end with a slash or `.ts`. */
  const found = (process: Loaded | undefined, names: string[]) => {
    assert.ok(process !== undefined, 'the process has run')
    const { packages, own } = process
    return names.filter((name) => packages.includes(name) || own.some((path) => path === name || path.startsWith(name)))
  }
  const checkAll = (processes: Record<string, Loaded>) => {
    for (const [name, { node, languages }] of Object.entries(processes)) {
      const undici = node.filter((part) => part.startsWith('internal/deps/undici'))
      assert.deepEqual([undici, languages.filter((language) => language !== 'en')], [[], []], name)
    }
  }

  const commands: [command: string, mustNot: string[]][] = [
    ['config check', [...heavy, 'hub/', 'proxy/', 'doctor/', 'spawners/docker/', 'spawners/kubernetes/']],
    ['config check examples/docker/carrel.config.ts', [...but('dockerode'), 'spawners/kubernetes/']],
    ['keys --help', [...heavy, 'config/', 'hub/', 'proxy/', 'doctor/']],
    ['hub --help', [...heavy, 'hub/', 'proxy/', 'doctor/', 'config/config.ts']],
    ['proxy --help', [...heavy, 'hub/', 'proxy/proxy.ts', 'config/', 'doctor/']],
    ['culler --help', [...heavy, 'hub/', 'proxy/', 'culler/culler.ts', 'config/', 'doctor/']],
    ['sweep --help', [...heavy, 'hub/', 'proxy/', 'doctor/', 'config/config.ts']],
    ['start --help', [...heavy, 'hub/', 'proxy/proxy.ts', 'doctor/', 'config/config.ts']],
    ['--help', [...heavy, 'pino', 'hub/', 'proxy/', 'config/', 'doctor/']],
  ]
  for (const [command, mustNot] of commands) {
    it(`carrel ${command}: little`, async () => {
      const args = [join(projectDir, 'bin', 'carrel.js'), ...command.split(' ')]
      const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment() }
      await promisify(execFile)(process.execPath, args, { env, cwd: projectDir })
      const processes = await loaded()
      const [first] = command.split(' ')
      const program = first === 'start' ? 'bin/start/planner.js' : 'bin/carrel.js'
      assert.deepEqual(found(processes[`${program} ${first}`], mustNot), [])
      checkAll(processes)
    })
  }

  it('carrel start: each of its processes what it works with, and no compiler at a second start', async () => {
    const data = join(folder, 'data')
    await mkdir(data)
    for (let time = 1; time <= 2; time += 1) {
      // Only what the second start loads counts.
      records = await mkdtemp(join(folder, 'records-'))
      const carrel = await startCarrel({ config: configText, dataDir: data, env: environment() })
      const log = join(data, 'data', 'logs', 'culler.log')
      await until(async () => (await readFile(log, 'utf8').catch(() => '')).split('round ended').length > time)
      // A process keeps what it has compiled when it ends by itself, and the end of Carrel would kill this one.
      await until(async () => (await carrel.pidOf('culler').catch(() => 0)) === 0)
      await carrel.stop()
    }
    const processes = await loaded()
    const all: [process: string, mustNot: string[]][] = [
      ['bin/carrel.js start', [...heavy, 'pino', 'zod', 'commander', 'config/', 'bin/options.ts']],
      ['bin/start/planner.js start', [...heavy, 'hub/', 'proxy/proxy.ts', 'culler/culler.ts', 'doctor/']],
      ['bin/carrel.js hub', [...but('knex', 'koa'), 'commander', 'proxy/', 'culler/culler.ts', 'doctor/']],
      ['bin/carrel.js proxy', [...heavy, 'commander', 'config/', 'courses/', 'hub/', 'spawners/', 'doctor/']],
      [
        'bin/carrel.js culler',
        [...heavy, 'commander', 'config/', 'courses/', 'hub/', 'proxy/', 'spawners/', 'seats/route.ts'],
      ],
    ]
    assert.deepEqual(Object.keys(processes).sort(), all.map(([name]) => name).sort())
    for (const [name, mustNot] of all) assert.deepEqual(found(processes[name], mustNot), [], name)
    checkAll(processes)
    for (const [name, { node }] of Object.entries(processes)) {
      const compiler = node.filter((part) => part.includes('amaro'))
      assert.deepEqual(compiler, [], name)
    }
  })
})
