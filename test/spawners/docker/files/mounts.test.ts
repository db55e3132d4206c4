import assert from 'node:assert/strict'
import { containerOptions, errandOptions, partOptions } from '../../../../spawners/docker/container.ts'
import { homeVolume } from '../../../../spawners/docker/files/homes.ts'
import { mountsOf } from '../../../../spawners/docker/files/mounts.ts'
import { type DockerOptionsInput, dockerOptions } from '../../../../spawners/docker/options.ts'
import type { ErrandSpec, MountedBundle, MountedHome } from '../../../../spawners/files.ts'
import { copyLine } from '../../../../spawners/lines/copy-line.ts'
import type { ServerSpec } from '../../../../spawners/spawner.ts'

const installation = { name: 'carrel', id: 'f00d' }
const digest = 'ab'.repeat(32)
const home: MountedHome = { id: 'h0me9x0qp2m7', state: {}, path: '/home/jovyan/work', fromImage: false }
const bundle: MountedBundle = { digest, path: '/srv/carrel/settings', into: 'read-only' }
const volumes = new Map([[digest, 'carrel-carrel-f00d-ab-1']])
const spec: ServerSpec = {
  ...{ server: 'k3v9x0qp2m7a', run: 4, hash: 'abc', course: 'demo', user: 'ann', image: 'course:1' },
  ...{ command: ['jupyter-lab'], env: {}, limits: {}, gpu: false, home, bundles: [bundle] },
}
const errand: ErrandSpec = {
  ...{ id: 'e7rand9x0qp2', image: 'course:1', command: ['tar', '-c', '.'], env: { LANG: 'C' } },
  ...{ home, bundles: [bundle], limits: { memory: 2 ** 28 } },
}
const options = (input: DockerOptionsInput = {}) => dockerOptions.parse(input)
const context = (input: DockerOptionsInput = {}) => ({ options: options(input), installation, network: 'desks' })
const mount = (Source: string, Target: string, ReadOnly: boolean) => ({
  ...{ Type: 'volume', Source, Target, ReadOnly, VolumeOptions: { NoCopy: true } },
})
const both = [
  mount('carrel-home-h0me9x0qp2m7', '/home/jovyan/work', false),
  mount('carrel-carrel-f00d-ab-1', '/srv/carrel/settings', true),
]

describe('the files of a container', () => {
  it('are a home that may be written, in which its program starts, and bundles that may not', () => {
    const made = containerOptions(context(), spec, { volumes })
    assert.deepEqual(made.HostConfig?.Mounts, both)
    assert.equal(made.WorkingDir, '/home/jovyan/work')
    assert.equal(made.Labels?.['carrel.home'], 'h0me9x0qp2m7')
    assert.deepEqual(made.Cmd, ['jupyter-lab'])
  })

  for (const [title, given, to] of [
    ['its home', home, '/home/jovyan/work'],
    ['the folder in which the program starts', undefined, '.'],
  ] as const) {
    it(`are copied into ${title} by a line in front of the program`, () => {
      const into: MountedBundle = { ...bundle, into: 'home' }
      const made = containerOptions(context(), { ...spec, home: given, bundles: [into] }, { volumes })
      assert.deepEqual(made.Cmd, copyLine([{ from: bundle.path, to }], ['jupyter-lab']))
    })
  }

  it('take the place of a folder that begins with the content of the image', () => {
    const writable = ['/home/jovyan', '/home/jovyan/work']
    assert.deepEqual(containerOptions(context({ writable }), spec, { volumes }).Volumes, {
      '/home/jovyan': {},
    })
    assert.deepEqual(errandOptions(options({ writable }), installation, errand, { volumes }).Volumes, {
      '/home/jovyan': {},
    })
  })

  for (const [title, homePath, bundlePath] of [
    ['a bundle in the home, whose folder the engine would make behind a link', '/home/jovyan', '/home/jovyan/.jupyter'],
    ['a bundle at the home', '/home/jovyan', '/home/jovyan'],
    ['a home in a bundle', '/srv/carrel/settings/home', '/srv/carrel/settings'],
    ['a path that leads up', '/home/jovyan', '/srv/../etc'],
    ['a path with a dot', '/srv/./home', '/srv/x'],
    ['a path with two slashes', '/srv//home', '/srv/x'],
    ['a relative path', 'home', '/srv/x'],
    ['the root', '/', '/srv/x'],
    ['a path with a NUL', '/home/a\0b', '/srv/x'],
  ] as const) {
    it(`are refused for ${title}`, () => {
      const files = { home: { ...home, path: homePath }, bundles: [{ ...bundle, path: bundlePath }] }
      assert.throws(() => mountsOf(files, volumes), { name: 'SpawnError', lasts: true })
    })
  }

  it('lie side by side where one name begins like the other', () => {
    const files = { home: { ...home, path: '/srv/a' }, bundles: [{ ...bundle, path: '/srv/ab' }] }
    assert.equal(mountsOf(files, volumes).length, 2)
  })
})

describe('the container of an errand', () => {
  /** Labels of ours that an image could say. */
  const others = [
    'server',
    'run',
    'hash',
    'course',
    'user',
    'account',
    'size',
    'bundle',
    'build',
    'before-stop',
    'part',
  ]
  const hardened = containerOptions(context(), { ...spec, home: undefined, bundles: [] }).HostConfig
  const { PortBindings: _ports, NetworkMode: _network, LogConfig: _log, ...same } = hardened ?? {}

  it('has its own program, no network, no log, and is restricted as servers are', () => {
    assert.deepEqual(errandOptions(options(), installation, errand, { volumes, user: '1000:100', stdin: true }), {
      Image: 'course:1',
      Entrypoint: ['tar'],
      Cmd: ['-c', '.'],
      Env: ['LANG=C'],
      User: '1000:100',
      Labels: {
        'carrel.installation': 'carrel',
        'carrel.installation-id': 'f00d',
        'carrel.errand': 'e7rand9x0qp2',
        'carrel.home': 'h0me9x0qp2m7',
        ...Object.fromEntries(others.map((name) => [`carrel.${name}`, ''])),
      },
      WorkingDir: '/home/jovyan/work',
      Tty: false,
      OpenStdin: true,
      StdinOnce: true,
      HostConfig: {
        ...same,
        Memory: 2 ** 28,
        MemorySwap: 2 ** 28,
        NetworkMode: 'none',
        Mounts: both,
        LogConfig: { Type: 'none', Config: {} },
      },
    })
  })

  it('reads nothing where nothing is given, and runs as the user whom the image names', () => {
    const made = errandOptions(options(), installation, { ...errand, home: undefined, bundles: [] })
    assert.deepEqual([made.OpenStdin, made.User, made.WorkingDir, made.HostConfig?.Mounts], [false, ...Array(3)])
  })
})

describe('the container of a part', () => {
  const owner = { labels: { 'carrel.server': 'k3v9', 'carrel.run': '4' } }
  const part = { part: 'owner', image: 'course:1', command: ['/carrel/home'], entrypoint: ['sh'], user: '0:0' }

  it('has the labels of its owner, no network, and as root no rights but those it needs', () => {
    const made = partOptions(options({ newPrivileges: true, capabilities: ['SETUID'] }), owner, {
      ...part,
      capabilities: ['CHOWN'],
    })
    const own = Object.entries(made.Labels ?? {}).filter(([, value]) => value !== '')
    assert.deepEqual(Object.fromEntries(own), { ...owner.labels, 'carrel.part': 'owner' })
    assert.equal(made.Labels?.['carrel.before-stop'], '')
    const { NetworkMode, CapDrop, CapAdd, SecurityOpt, Privileged } = made.HostConfig ?? {}
    assert.deepEqual(
      [NetworkMode, CapDrop, CapAdd, SecurityOpt, Privileged],
      ['none', ['ALL'], ['CHOWN'], ['no-new-privileges'], false],
    )
  })

  it('has the rights of servers where it runs what servers run', () => {
    const made = partOptions(options({ capabilities: ['SETUID'] }), owner, { part: 'copy', image: 'a', command: [] })
    assert.deepEqual([made.HostConfig?.CapAdd, made.Entrypoint, made.User], [['SETUID'], undefined, undefined])
  })
})

describe('the volume of a home', () => {
  const wanted = { id: 'h0me9x0qp2m7', account: 'password/ann', course: 'demo' }
  const Labels = {
    'carrel.installation': 'carrel',
    'carrel.installation-id': 'f00d',
    'carrel.home': 'h0me9x0qp2m7',
    'carrel.account': 'password/ann',
    'carrel.course': 'demo',
  }
  const sized = { o: 'size={size},uid=1000', name: 'home-{id}' }
  const rows: [string, DockerOptionsInput, number | undefined, string, Record<string, string>][] = [
    ["is the engine's own by default", {}, 2 ** 30, 'local', {}],
    [
      'is a folder under a template',
      { homes: { folder: '/srv/{user}/{course}' } },
      undefined,
      'local',
      { type: 'none', o: 'bind', device: '/srv/password~2fann/demo' },
    ],
    [
      'is told its size and its id',
      { homes: { driver: 'disks', options: sized } },
      5,
      'disks',
      { o: 'size=5,uid=1000', name: 'home-h0me9x0qp2m7' },
    ],
    ['is told no size without one', { homes: { options: sized } }, undefined, 'local', { name: 'home-h0me9x0qp2m7' }],
  ]
  for (const [title, input, size, Driver, DriverOpts] of rows) {
    it(title, () => {
      const labels = { ...Labels, ...(size !== undefined && { 'carrel.size': String(size) }) }
      assert.deepEqual(homeVolume(options(input), installation, { ...wanted, size }), {
        ...{ Name: 'carrel-home-h0me9x0qp2m7', Driver, DriverOpts, Labels: labels },
      })
    })
  }

  for (const wrong of [
    { folder: '/srv/{user}' },
    { folder: '/srv/{id}', driver: 'local' },
    { folder: '/srv/{id}', options: {} },
    { driver: '../local' },
    { volume: 'x' },
  ]) {
    it(`is refused ${JSON.stringify(wrong)}`, () => {
      assert.equal(dockerOptions.safeParse({ homes: wrong }).success, false)
    })
  }
})
