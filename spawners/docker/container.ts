/** The options of all containers: of runs, of errands, and of their parts. Pure, so that tests need no engine. */
import type { ContainerCreateOptions, DeviceRequest, HostConfig, MountSettings } from 'dockerode'
import type { ErrandSpec, Limits } from '../files.ts'
import { bytesOf } from '../options/quantity.ts'
import type { Installation, ServerSpec } from '../spawner.ts'
import type { DockerContext } from './context.ts'
import { commandWith, mountsOf } from './files/mounts.ts'
import { operatorMounts } from './files/operator-mounts.ts'
import { beforeStopLabel } from './inside/label.ts'
import { containerLabels, installationLabels, label, type Owner, runLabels } from './labels.ts'
import type { DockerOptions } from './options.ts'
import { deviceMappings } from './rights/devices.ts'

/** The volumes of a container's bundles, by digest. */
export type BundleVolumes = ReadonlyMap<string, string>

/** What is read or made before a run's container can be. */
export interface RunFiles {
  volumes?: BundleVolumes
  /** The values of the option `secretEnv`. */
  secrets?: Record<string, string>
  /** The profile of the option `seccomp`. */
  seccomp?: string | undefined
  /** The user of programs that run in the container beside the server, where that is not the container's own. */
  userInside?: string | undefined
}

/** Returns the options of a run's container. */
export function containerOptions(
  { options, installation, network }: Pick<DockerContext, 'options' | 'installation' | 'network'>,
  spec: ServerSpec,
  { volumes = new Map(), secrets = {}, seccomp, userInside }: RunFiles = {},
): ContainerCreateOptions {
  const port = `${options.port}/tcp`
  const mounts = [...mountsOf(spec, volumes), ...operatorMounts(options.mounts, spec)]
  return {
    Image: spec.image,
    Cmd: commandWith(spec, spec.command),
    Env: environment({ ...secrets, ...spec.env }),
    ...userOf(options),
    Labels: containerLabels(options.labels, {
      ...runLabels(installation, spec),
      ...beforeStopLabel(options, userInside),
    }),
    ExposedPorts: { [port]: {} },
    ...folders(options, mounts),
    ...(spec.home && { WorkingDir: spec.home.path }),
    HostConfig: {
      ...limits(spec.limits),
      NetworkMode: network,
      // Without internet the engine publishes no port, and the server is reached at the container's own address.
      ...(options.network === undefined &&
        options.internet && { PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] } }),
      ...(spec.gpu ? { DeviceRequests: [gpu(options.gpu)] } : {}),
      ...(options.devices.length > 0 && { Devices: deviceMappings(options.devices) }),
      ...(options.disk !== undefined && { StorageOpt: { size: String(bytesOf(options.disk)) } }),
      ...writableOnly(options),
      ...(mounts.length > 0 && { Mounts: mounts }),
      ...hardening(options, seccomp),
    },
  }
}

/** Returns the options of an errand's container. `user` is the user that its program runs as, where the image names another. */
export function errandOptions(
  options: DockerOptions,
  installation: Installation,
  errand: ErrandSpec,
  { volumes = new Map(), user, stdin = false }: { volumes?: BundleVolumes; user?: string; stdin?: boolean } = {},
): ContainerCreateOptions {
  const mounts = mountsOf(errand, volumes)
  const [program = '', ...args] = commandWith(errand, errand.command)
  return {
    Image: errand.image,
    Entrypoint: [program],
    Cmd: args,
    Env: environment(errand.env ?? {}),
    ...userOf(options, user),
    Labels: containerLabels(options.labels, {
      ...installationLabels(installation),
      [label.errand]: errand.id,
      ...(errand.home && { [label.home]: errand.home.id }),
    }),
    ...folders(options, mounts),
    ...(errand.home && { WorkingDir: errand.home.path }),
    Tty: false,
    OpenStdin: stdin,
    StdinOnce: stdin,
    HostConfig: {
      ...limits(errand.limits),
      NetworkMode: 'none',
      ...writableOnly(options),
      ...(mounts.length > 0 && { Mounts: mounts }),
      ...hardening(options),
      // The output goes to the hub alone, and may be a whole home.
      LogConfig: { Type: 'none', Config: {} },
    },
  }
}

/** Returns the options of a container that helps another one: it carries that one's labels and has no network. */
export function partOptions(
  options: DockerOptions,
  { labels }: Pick<Owner, 'labels'>,
  { part, image, entrypoint, command, env = {}, user, mounts = [], capabilities }: PartSpec,
): ContainerCreateOptions {
  return {
    Image: image,
    ...(entrypoint !== undefined && { Entrypoint: entrypoint }),
    Cmd: command,
    Env: environment(env),
    ...userOf(options, user),
    WorkingDir: '/',
    Labels: containerLabels(options.labels, { ...labels, [label.part]: part }),
    Tty: false,
    HostConfig: {
      NetworkMode: 'none',
      ...(mounts.length > 0 && { Mounts: mounts }),
      ...hardening(options),
      ...(capabilities !== undefined && { CapAdd: capabilities, SecurityOpt: ['no-new-privileges'] }),
    },
  }
}

export interface PartSpec {
  /** What it does, in a word. */
  part: string
  image: string
  /** Without one the image's own entry point is in front of the command. */
  entrypoint?: string[]
  command: string[]
  env?: Record<string, string>
  user?: string
  mounts?: MountSettings[]
  /** The only capabilities that it has. By default it has those of servers. */
  capabilities?: string[]
}

function environment(env: Record<string, string>): string[] {
  return Object.entries(env).map(([key, value]) => `${key}=${value}`)
}

/** Returns the user that is not the image's own. Its entry point then runs as that user too. */
function userOf({ user: own }: DockerOptions, user = own): Pick<ContainerCreateOptions, 'User'> {
  return user === undefined ? {} : { User: user }
}

/** Returns the folders that begin with the image's content, but for those at which something else is mounted. */
function folders({ writable }: DockerOptions, mounts: MountSettings[]): Pick<ContainerCreateOptions, 'Volumes'> {
  if (writable.includes('/')) return {}
  const own = writable.filter((path) => mounts.every(({ Target }) => Target !== path))
  return { Volumes: Object.fromEntries(own.map((path) => [path, {}])) }
}

function writableOnly({ writable }: DockerOptions): HostConfig {
  if (writable.includes('/')) return {}
  return { ReadonlyRootfs: true, Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,mode=1777' } }
}

/**
 * Restricts a container, also where the engine's defaults would not. Its masked paths and its AppArmor profile stay, and so
 * does its seccomp profile where `seccomp` is no other.
 */
function hardening(options: DockerOptions, seccomp?: string): HostConfig {
  const { openFiles, logMegabytes } = options
  return {
    Privileged: false,
    ...(options.runtime !== undefined && { Runtime: options.runtime }),
    ...(options.groups.length > 0 && { GroupAdd: options.groups.map(String) }),
    ...(options.sharedMemory !== undefined && { ShmSize: bytesOf(options.sharedMemory) }),
    CapDrop: ['ALL'],
    CapAdd: options.capabilities,
    SecurityOpt: [
      ...(options.newPrivileges ? [] : ['no-new-privileges']),
      ...(seccomp === undefined ? [] : [`seccomp=${seccomp}`]),
    ],
    PidsLimit: options.pidsLimit,
    IpcMode: 'private',
    Ulimits: [
      { Name: 'nofile', Soft: openFiles, Hard: openFiles },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    // Limits the log, since learners decide how much a server prints. With two files, the last lines always remain.
    LogConfig: { Type: 'json-file', Config: { 'max-size': `${Math.ceil(logMegabytes * 512)}k`, 'max-file': '2' } },
    // When the whole machine is short of memory, the kernel kills a server before the engine, the hub or the proxy.
    OomScoreAdj: 500,
  }
}

/**
 * Docker reserves nothing: a guarantee is the share that the kernel tries to leave to a container when others want
 * more.
 */
function limits({ cpu, cpuGuarantee, memory, memoryGuarantee }: Limits): HostConfig {
  return {
    ...(cpu === undefined ? {} : { NanoCpus: Math.round(cpu * 1e9) }),
    ...(cpuGuarantee === undefined ? {} : { CpuShares: Math.max(2, Math.round(cpuGuarantee * 1024)) }),
    // Without `MemorySwap`, a container may use as much swap space as its limit in addition.
    ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
    ...(memoryGuarantee === undefined ? {} : { MemoryReservation: memoryGuarantee }),
  }
}

function gpu({ count, driver, capabilities }: DockerOptions['gpu']): DeviceRequest {
  return { Driver: driver, Count: count === 'all' ? -1 : count, Capabilities: [capabilities] }
}
