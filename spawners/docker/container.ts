/** The name, labels and options of a run's container. Pure, so that tests compare objects and need no engine. */
import type { ContainerCreateOptions, DeviceRequest, HostConfig } from 'dockerode'
import type { Limits } from '../files.ts'
import type { Installation, ServerKey, ServerSpec } from '../spawner.ts'
import type { DockerOptions } from './options.ts'

export const label = {
  installation: 'carrel.installation',
  installationId: 'carrel.installation-id',
  server: 'carrel.server',
  run: 'carrel.run',
  hash: 'carrel.hash',
  course: 'carrel.course',
  user: 'carrel.user',
} as const

export type Labels = Record<string, string>

export function containerName({ server, run }: ServerKey): string {
  return `carrel-${server}-${run}`
}

/** Returns the name of the network that the spawner makes. Two databases under one name get two networks. */
export function networkName({ name, id }: Installation): string {
  return `carrel-${name}-${id.slice(0, 8)}`
}

export function containerOptions(
  options: DockerOptions,
  installation: Installation,
  spec: ServerSpec,
): ContainerCreateOptions {
  const port = `${options.port}/tcp`
  return {
    Image: spec.image,
    Cmd: spec.command,
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    Labels: { ...options.labels, ...labelsOf(installation, spec) },
    ExposedPorts: { [port]: {} },
    ...(options.writable && { Volumes: Object.fromEntries(options.writable.map((path) => [path, {}])) }),
    HostConfig: {
      ...limits(spec.limits),
      NetworkMode: options.network ?? networkName(installation),
      // Without internet the engine publishes no port, and the server is reached at the container's own address.
      ...(options.network === undefined &&
        options.internet && { PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] } }),
      ...(options.runtime === undefined ? {} : { Runtime: options.runtime }),
      ...(spec.gpu ? { DeviceRequests: [gpu(options.gpu)] } : {}),
      ...(options.writable && { ReadonlyRootfs: true, Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,mode=1777' } }),
      ...hardening(options),
    },
  }
}

/**
 * Restricts a container, also where the engine's defaults would not. Its seccomp and AppArmor profiles and masked paths
 * stay.
 */
function hardening(options: DockerOptions): HostConfig {
  const { openFiles, logMegabytes } = options
  return {
    Privileged: false,
    CapDrop: ['ALL'],
    CapAdd: options.capabilities,
    SecurityOpt: options.newPrivileges ? [] : ['no-new-privileges'],
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

/** Returns the label filters by which `list` and `stop` find an installation's containers, or those of one server. */
export function labelFilters(installation: Installation, server?: string): string[] {
  return [
    `${label.installation}=${installation.name}`,
    `${label.installationId}=${installation.id}`,
    ...(server === undefined ? [] : [`${label.server}=${server}`]),
  ]
}

/** Reads a container's labels. Returns undefined when the container is no run of this installation. */
export function runOf(labels: Labels, installation: Installation): (ServerKey & { hash: string }) | undefined {
  const { [label.server]: server, [label.run]: run, [label.hash]: hash } = labels
  if (labels[label.installation] !== installation.name || labels[label.installationId] !== installation.id) return
  if (server === undefined || run === undefined || hash === undefined || !/^[1-9]\d*$/.test(run)) return
  return { server, run: Number(run), hash }
}

function labelsOf(installation: Installation, spec: ServerSpec): Labels {
  return {
    [label.installation]: installation.name,
    [label.installationId]: installation.id,
    [label.server]: spec.server,
    [label.run]: String(spec.run),
    [label.hash]: spec.hash,
    [label.course]: spec.course,
    [label.user]: spec.user,
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
