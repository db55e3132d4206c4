import assert from 'node:assert/strict'
import type { ContainerCreateOptions } from 'dockerode'
import { containerOptions } from '../../../spawners/docker/container.ts'
import { imageId } from '../../../spawners/docker/images/image.ts'
import { containerName, isPart, labelFilters, runOf } from '../../../spawners/docker/labels.ts'
import { networkFor } from '../../../spawners/docker/network.ts'
import { type DockerOptionsInput, dockerOptions } from '../../../spawners/docker/options.ts'
import type { ServerSpec } from '../../../spawners/spawner.ts'

const installation = { name: 'carrel', id: 'f00d' }
const spec: ServerSpec = {
  server: 'k3v9x0qp2m7a',
  run: 4,
  hash: 'abc',
  course: 'demo',
  user: 'ann',
  image: 'jupyter/minimal-notebook:2026-11-01',
  command: ['jupyter-lab', '--no-browser'],
  env: { JUPYTER_TOKEN: 'a=b', LANG: 'C.UTF-8' },
  limits: {},
  gpu: false,
  bundles: [],
}
const plain: ContainerCreateOptions = {
  Image: 'jupyter/minimal-notebook:2026-11-01',
  Cmd: ['jupyter-lab', '--no-browser'],
  Env: ['JUPYTER_TOKEN=a=b', 'LANG=C.UTF-8'],
  Labels: {
    'carrel.installation': 'carrel',
    'carrel.installation-id': 'f00d',
    'carrel.server': 'k3v9x0qp2m7a',
    'carrel.run': '4',
    'carrel.hash': 'abc',
    'carrel.course': 'demo',
    'carrel.user': 'ann',
    // Labels that an image could say.
    ...{ 'carrel.errand': '', 'carrel.home': '', 'carrel.account': '', 'carrel.size': '', 'carrel.bundle': '' },
    ...{ 'carrel.build': '', 'carrel.before-stop': '', 'carrel.part': '' },
  },
  ExposedPorts: { '8888/tcp': {} },
  HostConfig: {
    NetworkMode: 'carrel-carrel-f00d',
    PortBindings: { '8888/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
    Privileged: false,
    CapDrop: ['ALL'],
    CapAdd: [],
    SecurityOpt: ['no-new-privileges'],
    PidsLimit: 1024,
    IpcMode: 'private',
    Ulimits: [
      { Name: 'nofile', Soft: 8192, Hard: 8192 },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    LogConfig: { Type: 'json-file', Config: { 'max-size': '5120k', 'max-file': '2' } },
    OomScoreAdj: 500,
  },
}

describe('the container of a run', () => {
  it('is named after server and run', () => {
    assert.equal(containerName(spec), 'carrel-k3v9x0qp2m7a-4')
  })

  it('without options is hardened and publishes its port on loopback only', () => {
    assert.deepEqual(build(), plain)
  })

  const { PortBindings: _published, ...unpublished } = plain.HostConfig ?? {}
  const host = (more: object) => ({ ...plain, HostConfig: { ...plain.HostConfig, ...more } })
  const rows: [string, DockerOptionsInput, Partial<ServerSpec>, ContainerCreateOptions][] = [
    [
      'publishes nothing on a network',
      { network: 'desks' },
      {},
      { ...plain, HostConfig: { ...unpublished, NetworkMode: 'desks' } },
    ],
    ['publishes nothing without internet', { internet: false }, {}, { ...plain, HostConfig: unpublished }],
    [
      'may write only where the option says',
      { writable: ['/home/jovyan', '/data'] },
      {},
      {
        ...host({ ReadonlyRootfs: true, Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,mode=1777' } }),
        Volumes: { '/home/jovyan': {}, '/data': {} },
      },
    ],
    [
      'keeps less of what it prints',
      { logMegabytes: 1 },
      {},
      host({ LogConfig: { Type: 'json-file', Config: { 'max-size': '512k', 'max-file': '2' } } }),
    ],
    [
      'has fewer files open',
      { openFiles: 1024 },
      {},
      host({
        Ulimits: [
          { Name: 'nofile', Soft: 1024, Hard: 1024 },
          { Name: 'core', Soft: 0, Hard: 0 },
        ],
      }),
    ],
    [
      'listens on another port',
      { port: 9000 },
      {},
      {
        ...host({ PortBindings: { '9000/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } }),
        ExposedPorts: { '9000/tcp': {} },
      },
    ],
    [
      'gets no swap beyond its memory',
      {},
      { limits: { memory: 2 ** 30 } },
      host({ Memory: 2 ** 30, MemorySwap: 2 ** 30 }),
    ],
    ['is guaranteed memory', {}, { limits: { memoryGuarantee: 2 ** 28 } }, host({ MemoryReservation: 2 ** 28 })],
    ['is held to half a core', {}, { limits: { cpu: 0.5 } }, host({ NanoCpus: 500_000_000 })],
    ['is guaranteed cores by its share', {}, { limits: { cpuGuarantee: 1.5 } }, host({ CpuShares: 1536 })],
    ['is guaranteed at least the smallest share', {}, { limits: { cpuGuarantee: 0.0001 } }, host({ CpuShares: 2 })],
    ['runs under another runtime', { runtime: 'runsc' }, {}, host({ Runtime: 'runsc' })],
    ['keeps capabilities', { capabilities: ['CHOWN'] }, {}, host({ CapAdd: ['CHOWN'] })],
    ['may let sudo work', { newPrivileges: true }, {}, host({ SecurityOpt: [] })],
    ['has room for more processes', { pidsLimit: 9 }, {}, host({ PidsLimit: 9 })],
    [
      'has the GPUs of a GPU course',
      {},
      { gpu: true },
      host({ DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] }),
    ],
    [
      'has as many GPUs as the option says',
      { gpu: { count: 2, driver: 'nvidia', capabilities: ['gpu', 'utility'] } },
      { gpu: true },
      host({ DeviceRequests: [{ Driver: 'nvidia', Count: 2, Capabilities: [['gpu', 'utility']] }] }),
    ],
    ['has no GPU otherwise', { gpu: { count: 2 } }, {}, plain],
    [
      'runs as another user, with more groups',
      { user: '1000:100', groups: [44] },
      {},
      { ...host({ GroupAdd: ['44'] }), User: '1000:100' },
    ],
    ['has more shared memory', { sharedMemory: '256Mi' }, {}, host({ ShmSize: 2 ** 28 })],
    ['may fill no more of the disk', { disk: '500Mi' }, {}, host({ StorageOpt: { size: '524288000' } })],
    [
      'has devices, and may make none',
      { devices: [{ source: '/dev/kvm' }, { source: '/dev/ttyUSB0', path: '/dev/board', readOnly: true }] },
      {},
      host({
        Devices: [
          { PathOnHost: '/dev/kvm', PathInContainer: '/dev/kvm', CgroupPermissions: 'rw' },
          { PathOnHost: '/dev/ttyUSB0', PathInContainer: '/dev/board', CgroupPermissions: 'r' },
        ],
      }),
    ],
    ['may write everywhere, where one of its folders is the root', { writable: ['/', '/data'] }, {}, plain],
    ['carries more labels', { labels: { team: 'x' } }, {}, { ...plain, Labels: { team: 'x', ...plain.Labels } }],
  ]
  for (const [title, options, more, expected] of rows) {
    it(title, () => assert.deepEqual(build(options, more), expected))
  }
})

describe('the secret variables of a container', () => {
  it('stand beside those of the course, which are stronger', () => {
    const { Env } = build({}, { env: { LANG: 'C' } }, { secrets: { API_KEY: 'sesame', LANG: 'secret' } })
    assert.deepEqual(Env, ['API_KEY=sesame', 'LANG=C'])
  })
})

describe('the labels of a container', () => {
  const labels = plain.Labels ?? {}

  it('tell which run the container is', () => {
    assert.deepEqual(runOf(labels, installation), { server: 'k3v9x0qp2m7a', run: 4, hash: 'abc' })
  })

  for (const [title, wrong] of [
    ['of another installation', { 'carrel.installation': 'other' }],
    ['of another database', { 'carrel.installation-id': 'beef' }],
    ['with a run that is no number', { 'carrel.run': '4x' }],
    ['with run 0', { 'carrel.run': '0' }],
  ] as const) {
    it(`${title} name no run`, () => assert.equal(runOf({ ...labels, ...wrong }, installation), undefined))
  }

  it('name no run where they are those of a part, or empty', () => {
    assert.deepEqual([isPart(labels), isPart({ ...labels, 'carrel.part': 'copy' })], [false, true])
    assert.equal(runOf({ ...labels, 'carrel.server': '' }, installation), undefined)
  })

  it('are the filters by which containers are found', () => {
    const both = ['carrel.installation=carrel', 'carrel.installation-id=f00d']
    assert.deepEqual(labelFilters(installation), both)
    assert.deepEqual(labelFilters(installation, 'carrel.server=k3v9'), [...both, 'carrel.server=k3v9'])
  })
})

describe('the options of the Docker spawner', () => {
  for (const wrong of [
    { netwrk: 'desks' },
    { network: 'host' },
    { network: 'bridge' },
    { host: '/run/docker.sock' },
    { pull: 'sometimes' },
    { labels: { 'carrel.run': '1' } },
    { capabilities: ['all of them'] },
    { registryAuth: { serveraddress: 'https://registry.example.org/v2/', username: 'a', password: 'b' } },
    { gpu: { count: 0 } },
    { port: 0 },
    { network: 'desks', internet: false },
    { network: 'desks', subnet: '172.30.0.0/16' },
    { subnet: '172.30.0.0' },
    { writable: ['home'] },
    { writable: ['/data/../etc'] },
    { binds: ['/run/docker.sock:/run/docker.sock'] },
    { privileged: true },
    { pidMode: 'host' },
    { user: 'root' },
    { user: '0:' },
    { groups: [-1] },
    { runtime: '../runc' },
    { sharedMemory: '0' },
    { disk: 100 },
    { seccomp: 'unconfined' },
    { secretEnv: { API_KEY: 'sesame' } },
    { afterStart: [] },
    { afterStart: [''] },
    { beforeStop: 'date' },
    { secretEnv: { 'API-KEY': '/etc/key' } },
    { secretEnv: { API_KEY: '/etc/carrel/../shadow' } },
  ]) {
    it(`refuse ${JSON.stringify(wrong)}`, () => assert.equal(dockerOptions.safeParse(wrong).success, false))
  }
})

describe('the devices of servers', () => {
  const parse = (source: string) => dockerOptions.safeParse({ devices: [{ source }] }).success

  for (const source of [
    ...['/dev', '/dev/mem', '/dev/kmem', '/dev/port', '/dev/core', '/dev/kmsg', '/dev/console', '/dev/tty0'],
    ...[
      '/dev/sda',
      '/dev/sda1',
      '/dev/vdb',
      '/dev/xvda1',
      '/dev/nvme0n1p2',
      '/dev/nvme0',
      '/dev/mmcblk0p1',
      '/dev/md0',
    ],
    ...['/dev/dm-0', '/dev/mapper/root', '/dev/disk/by-id/x', '/dev/loop0', '/dev/loop-control', '/dev/block/8:0'],
    ...['/dev/sg0', '/dev/sr0', '/dev/input/event0', '/dev/uinput', '/dev/vfio/1', '/dev/pts/0', '/dev/btrfs-control'],
    ...[
      '/dev/../etc/shadow',
      '/dev/dri/../sda',
      '/etc/passwd',
      '/',
      'kvm',
      '/run/docker.sock',
      '/dev//sda',
      '/dev/kvm/',
    ],
  ]) {
    it(`refuse ${source}`, () => assert.equal(parse(source), false))
  }

  for (const source of [
    '/dev/kvm',
    '/dev/fuse',
    '/dev/dri',
    '/dev/dri/renderD128',
    '/dev/nvidia0',
    '/dev/ttyUSB0',
    '/dev/kfd',
    '/dev/net/tun',
    '/dev/snd',
  ]) {
    it(`may be ${source}`, () => assert.equal(parse(source), true))
  }
})

describe('the id of an image', () => {
  const Id = `sha256:${'1'.repeat(64)}`
  const digest = `sha256:${'2'.repeat(64)}`
  for (const [image, digests, expected] of [
    ['course:1', [], Id],
    ['course:1', [`course@${digest}`], digest],
    ['docker.io/library/course:1', [`course@${digest}`], digest],
    ['docker.io/jupyter/course', [`jupyter/course@${digest}`], digest],
    ['127.0.0.1:5000/a/course:1', [`other/course@sha256:3`, `127.0.0.1:5000/a/course@${digest}`], digest],
    ['registry.example.org/library/course', [`registry.example.org/course@${digest}`], Id],
    ['course:1', [`another@${digest}`], Id],
  ] as const) {
    it(`${image} with ${digests.length} digests is ${expected === Id ? 'that of the engine' : 'its digest'}`, () =>
      assert.equal(imageId(image, { Id, RepoDigests: digests }), expected))
  }
})

function build(
  options: DockerOptionsInput = {},
  more: Partial<ServerSpec> = {},
  files?: Parameters<typeof containerOptions>[2],
): ContainerCreateOptions {
  const effective = dockerOptions.parse(options)
  const network = networkFor(effective, effective, installation)
  return containerOptions({ options: effective, installation, network }, { ...spec, ...more }, files)
}
