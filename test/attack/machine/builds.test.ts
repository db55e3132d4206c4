/** Attacks by what a repository says of its image, with the builder of the Docker Engine. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { recipeOf } from '../../../courses/builds/recipe.ts'
import type { Builder } from '../../../spawners/builder.ts'
import type { Installation } from '../../../spawners/spawner.ts'
import { type Repository, recipe, requestOf } from '../../courses/builds/repository.ts'
import { dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'
import { type BuiltRepository, buildRepository } from '../../spawners/docker/builder/built.ts'
import { forgetBuilds, runningWith } from '../../spawners/docker/builder/engine-world.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: the text of a Dockerfile', () => {
  /** Returns whether the repository is refused, or else the commands of its Dockerfile. */
  const told = async (repository: Repository) => {
    try {
      return (await recipe(repository)).text.match(/^[A-Z]+(?= )/gm)
    } catch (error) {
      return (error as Error).name
    }
  }
  const packages = [
    'a;reboot',
    'a && id',
    '$(id)',
    '`id`',
    '-oAPT::Update::Pre-Invoke::=id',
    '--allow-unauthenticated',
    'bash-',
    '/tmp/a.deb',
    './a.deb',
    'a\\',
    "a'b",
    'a|b',
    'a*',
    'a^',
    'https://a.example/a.deb',
    '$USER',
    'a\u2028RUN',
    'a\0b',
    'A',
  ]
  const table: Attack[] = [
    ...packages.map(
      (name): Attack => ({
        name: `names the package ${JSON.stringify(name)} in apt.txt`,
        rule: 'builds',
        attempt: () => told({ files: { 'apt.txt': `tini\n${name}\n` } }),
        expected: 'RecipeError',
      }),
    ),
    {
      name: 'writes instructions and line ends into all other files, which are never part of the text',
      rule: 'builds',
      attempt: async () => {
        const evil = '#!/bin/sh "$@"\nRUN id\r\nUSER root\\\n[project]\n'
        const names = ['requirements.txt', 'pyproject.toml', 'install.R', 'postBuild', 'start']
        const files = Object.fromEntries(names.map((name) => [name, evil]))
        return (await recipe({ files })).text.includes('id\r')
      },
      expected: false,
    },
    {
      name: 'has files whose names are instructions',
      rule: 'builds',
      attempt: () =>
        told({ files: { 'a"]\nRUN id': '', '"]': '', 'binder/x\nUSER 0': '', 'binder/postBuild': '#!/bin/sh\n' } }),
      expected: ['FROM', 'USER', 'COPY', 'RUN', 'USER', 'RUN', 'USER'],
    },
    {
      name: 'makes a base image whose user, folder or name is an instruction',
      rule: 'builds',
      attempt: async () => {
        const base = await requestOf({ files: {} }).base?.look()
        const odd = [
          { user: '0\nRUN id' },
          { user: '$(id)' },
          { folder: '/a\nRUN id' },
          { folder: '/a/../b' },
          { id: 'x\nRUN id' },
        ]
        const all = odd.map((one) =>
          told({ files: { a: '' }, copyFiles: true, ...(base && { base: { ...base, ...one } }) }),
        )
        return [...new Set(await Promise.all(all))]
      },
      expected: ['RecipeError'],
    },
    {
      name: 'makes a base image whose entry point ends the line',
      rule: 'builds',
      attempt: async () => {
        const look = requestOf({ files: {} }).base?.look
        const base = look && { ...(await look()), entrypoint: ['a"]\nRUN id', '\\'] }
        return told({ files: { start: '#!/bin/sh\nexec "$@"\n' }, ...(base && { base }) })
      },
      expected: ['FROM', 'USER', 'COPY', 'RUN', 'USER', 'ENTRYPOINT', 'CMD'],
    },
    {
      name: 'writes patterns into .dockerignore that fit in endless ways, or leave out all: the hub works for moments, and the files that count stay',
      rule: 'builds',
      attempt: async () => {
        const before = process.cpuUsage()
        const paths = Array.from({ length: 500 }, (_, index) => `${'x/'.repeat(30)}${index}`)
        const files = Object.fromEntries(['Dockerfile', ...paths].map((path) => [path, 'FROM scratch\n']))
        const { leftOut } = await recipe({ files: { ...files, '.dockerignore': `${'**/*'.repeat(50)}y\n**\n` } })
        const stay = ['Dockerfile', '.dockerignore'].filter((path) => !leftOut.has(path))
        return [stay, leftOut.has(paths[0] ?? ''), process.cpuUsage(before).user < 20_000_000]
      },
      expected: [['Dockerfile', '.dockerignore'], true, true],
    },
    {
      name: 'has a link for its Dockerfile or postBuild, or a Dockerfile outside of the folder',
      rule: 'builds',
      attempt: async () => [
        await told({ files: { Dockerfile: '/etc/passwd' }, links: ['Dockerfile'] }),
        await told({ files: { postBuild: '/etc/passwd' }, links: ['postBuild'] }),
        await recipeOf({ ...requestOf({ files: {} }), dockerfile: '/etc/passwd' }).catch(({ name }) => name),
      ],
      expected: ['RecipeError', 'RecipeError', 'RecipeError'],
    },
  ]
  attacks(table)
})

describe('attack: a build at an engine', function () {
  this.timeout(300_000)
  const installation: Installation = { name: 'carrel-test', id: randomBytes(8).toString('hex') }
  let builder: Builder
  let base: string

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    base = await loadedImage('tiny')
    const spawner = await openDocker({}, installation)
    if (spawner.builder === undefined) throw new Error('the spawner has no builder')
    builder = spawner.builder
  })
  after(() => forgetBuilds(installation))

  /** Builds a Dockerfile of these lines, and returns what was printed, or the name of the error. */
  async function build(lines: string[], files: BuiltRepository['files'] = {}, links: string[] = []) {
    const Dockerfile = [`FROM ${base}`, ...lines, ''].join('\n')
    const printed: string[] = []
    const limits = { memory: 64 * 2 ** 20 }
    const repository = { files: { Dockerfile, ...files }, links }
    const outcome = await buildRepository(builder, repository, { lines: printed, limits, cache: false }).catch(
      ({ name }: Error) => name,
    )
    return { outcome: typeof outcome === 'string' ? outcome : 'built', printed }
  }

  const table: Attack[] = [
    {
      name: 'prints a line of 100 MB: no more than its beginning is kept',
      rule: 'builds',
      attempt: async () => {
        const before = process.memoryUsage().rss
        const { outcome, printed } = await build([
          `RUN awk 'BEGIN { s = sprintf("%1000s", "x"); for (i = 0; i < 100000; i++) printf "%s", s }'`,
        ])
        const longest = Math.max(...printed.map(({ length }) => length))
        return [outcome, longest <= 2000, process.memoryUsage().rss - before < 300e6]
      },
      expected: ['built', true, true],
    },
    {
      name: 'prints colours, titles of windows and what looks like steps',
      rule: 'builds',
      attempt: async () => {
        const { printed } = await build([`RUN printf '\\033]0;x\\007\\033[31mred\\033[0m\\nStep 9/9 : x\\n\\r\\b\\n'`])
        return printed.filter((line) => /\p{Cc}/u.test(line)).concat(printed.filter((line) => line === 'red'))
      },
      expected: ['red'],
    },
    {
      name: 'copies a file of the machine by a link, or by a path that leads out',
      rule: 'builds',
      attempt: async () => [
        (await build(['COPY out/hostname /srv/'], { out: '/etc' }, ['out'])).outcome,
        (await build(['COPY ../../etc/hostname /srv/'])).outcome,
        (await build(['ADD file:///etc/hostname /srv/'])).outcome,
      ],
      expected: ['BuildError', 'BuildError', 'BuildError'],
    },
    {
      name: 'asks for mounts, secrets, the network of the machine, or other rights',
      rule: 'builds',
      attempt: async () => {
        const flags = [
          '--mount=type=bind,source=/,target=/machine',
          '--mount=type=secret,id=key',
          '--mount=type=ssh',
          '--network=host',
          '--security=insecure',
        ]
        const all = []
        for (const flag of flags) all.push((await build([`RUN ${flag} true`])).outcome)
        return all
      },
      expected: Array.from({ length: 5 }, () => 'BuildError'),
    },
    {
      name: 'looks for variables, sockets and networks of the hub',
      rule: 'builds',
      attempt: async () => {
        process.env.CARREL_TEST_OF_BUILDS = 'a secret of the hub'
        const { printed } = await build([
          'RUN env; cat /proc/net/dev /proc/self/mounts; cat /run/docker.sock /var/run/docker.sock; true',
        ])
        delete process.env.CARREL_TEST_OF_BUILDS
        const seen = printed.join('\n')
        return [/a secret of the hub|CARREL/.test(seen), /eth\d/.test(seen), /docker\.sock .*(rw|ro),/.test(seen)]
      },
      expected: [false, false, false],
    },
    {
      name: 'claims to be an image of another installation, or a server',
      rule: 'builds',
      attempt: async () => [
        (await build(['LABEL carrel.installation=other carrel.installation-id=other'])).outcome,
        (await builder.list({ signal: new AbortController().signal })).length > 0,
        (await build(['LABEL carrel.server=other carrel.run=999 carrel.hash=x'])).outcome,
        (await build(['ARG A=carrel', 'LABEL "$A.home"=other'])).outcome,
      ],
      expected: ['built', true, 'BuildError', 'BuildError'],
    },
    {
      name: 'outlives the hub that has begun it: kill -9 ends the build, and no image has its name',
      rule: 'builds',
      attempt: async () => {
        const mark = randomBytes(10).toString('hex')
        const hub = spawn(
          process.execPath,
          [
            new URL('../../spawners/docker/builder/hub-process.ts', import.meta.url).pathname,
            JSON.stringify(installation),
            base,
            mark,
          ],
          { stdio: ['ignore', 'pipe', 'inherit'] },
        )
        const [line] = await once(createInterface({ input: hub.stdout }), 'line')
        const during = (await runningWith(`echo ${mark}`)).length
        hub.kill('SIGKILL')
        await until(async () => (await runningWith(`echo ${mark}`)).length === 0)
        const found = await builder.find(`demo:${mark}`, { signal: new AbortController().signal })
        return [line, during, found]
      },
      expected: ['running', 1, undefined],
    },
  ]
  attacks(table)
})
