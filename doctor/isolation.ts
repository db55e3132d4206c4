/** Checks what a server can do and reach, by two servers that try it. */
import type { Course } from '../courses/course.ts'
import { messageOf } from '../hub/errors.ts'
import { isEverywhere, isLoopback } from '../net/address.ts'
import { hostOf } from '../net/endpoint.ts'
import type { Spawner } from '../spawners/spawner.ts'
import { type Finding, ok, unknown } from './finding.ts'
import { judgeGateways, judgeHardening, judgeInternal, judgeReached, nowhere } from './judge.ts'
import { kindsOf } from './kinds.ts'
import { listening, ownAddresses } from './listening.ts'
import { type ProbeTarget, type Request, withProbes, withSpawner } from './probes.ts'
import { internalUrlOf, portOf, type Setup } from './setup.ts'

/** Checks servers of each kind: what they reach and what rights they have follows from the options of the spawner. */
export async function checkIsolation(setup: Setup, only: Course | undefined): Promise<Finding[]> {
  const { config } = setup
  if (config.spawner.name === 'process') {
    return [
      ok(
        'isolation',
        "there is none, and none is meant: servers are processes of the hub's own account, which may do what it may do. " +
          "This is for one person on one machine, so the process spawner refuses public URLs that are not this machine's.",
      ),
    ]
  }
  const kinds = kindsOf(only === undefined ? Object.values(config.courses) : [only], ({ options }) =>
    JSON.stringify(options),
  )
  if (kinds.length === 0) return [unknown('isolation', 'there is no course to start a server of')]
  const findings: Finding[] = []
  for (const [index, { course, names }] of kinds.entries()) {
    setup.signal.throwIfAborted()
    const found = await checkCourse(setup, course)
    findings.push(...(index === 0 ? found : found.map((one) => ({ ...one, check: `${one.check} of ${names[0]}` }))))
  }
  return findings
}

function checkCourse(setup: Setup, course: Course): Promise<Finding[]> {
  return withSpawner(
    setup,
    'isolation',
    (spawner) => lookFromInside(setup, spawner, course),
    (error, spawner) => {
      const { detail } = error as { detail?: string }
      const message = `no server of ${course.name} could be asked: ${messageOf(error)}${detail === undefined ? '' : ` (${detail})`}`
      const hint = spawner?.unreachable === undefined ? '' : ` ${spawner.unreachable}`
      return `${message}. Its image needs python3.${hint}`
    },
  )
}

async function lookFromInside(setup: Setup, spawner: Spawner, course: Course): Promise<Finding[]> {
  return withProbes(spawner, course, setup, async ([witness, probe]) => {
    const { self } = await witness.perform({ tcp: [], http: [] })
    const listen = spawner.listen(witness.key)
    const siblings = self.addresses.map((host) => ({
      name: 'the server of another learner',
      host,
      port: 'port' in listen ? listen.port : 0,
    }))
    const internal = requestsToInternal(setup)
    const report = await probe.perform({ tcp: [...targetsOf(setup, spawner), ...siblings], http: internal })
    return [
      ...judgeReached(report, setup.openPorts),
      ...judgeGateways(setup.config, report.self),
      ...(await judgeInternal(setup, internal, report)),
      ...judgeHardening(report.self, setup.config.spawner.name),
    ]
  })
}

/** Returns everything that no server should reach, by every address that it may have. */
export function targetsOf(setup: Setup, spawner: Spawner): ProbeTarget[] {
  const machine = ['gateway', ...ownAddresses()]
  const at = (name: string, hosts: string[], port: number) => hosts.map((host) => ({ name, host, port }))
  const { internal } = setup.config.hub
  const internalPort = internal && (internal.url === undefined ? internal.port : portOf(internal.url))
  const isInternal = (port: number) => port === internalPort || port === internal?.port
  const hub = internal?.url === undefined ? [] : [hostOf(internal.url)]
  const others = listening().filter(({ address, port }) => !isLoopback(address) && !isInternal(port))
  return [
    ...(setup.hub.startsWith('unix+') ? [] : at("the hub's public listener", hostsOf(setup.hub), portOf(setup.hub))),
    // The addresses of a hub in a pod or container are not this machine's.
    ...at("the hub's public listener", hub, setup.config.hub.port),
    ...setup.proxies.flatMap((url) => (url.startsWith('unix+') ? [] : at("a proxy's API", hostsOf(url), portOf(url)))),
    ...(spawner.controlUrls ?? []).flatMap((url) => at('the API of engine or cluster', hostsOf(url), portOf(url))),
    ...(setup.config.builds.builder?.controlUrls ?? []).flatMap((url) =>
      at('the Docker Engine', hostsOf(url), portOf(url)),
    ),
    ...[2375, 2376].flatMap((port) => at('the Docker Engine', machine, port)),
    ...at('the Kubernetes API', ['kubernetes.default.svc'], 443),
    ...[6443, 10250, 10255].flatMap((port) => at('Kubernetes on this machine', machine, port)),
    ...at(
      'the metadata address of the cloud',
      ['169.254.169.254', 'fd00:ec2::254', '169.254.170.2', '100.100.100.200'],
      80,
    ),
    ...at('the metadata address of the cloud', ['metadata.google.internal'], 80),
    // An address of a range that is reserved for documentation.
    ...at(nowhere, ['198.51.100.77'], 80),
    ...others.flatMap(({ address, port }) =>
      at('a port of this machine', isEverywhere(address) ? machine : [address], port),
    ),
  ]

  /** Returns the addresses to try: inside a server, loopback is its own, so the machine's others stand in for it. */
  function hostsOf(url: string): string[] {
    const host = hostOf(url)
    return isLoopback(host) || isEverywhere(host) ? machine : [host, ...machine]
  }
}

function requestsToInternal({ config }: Setup): Request[] {
  const url = internalUrlOf(config)
  if (url === undefined) return []
  const at = { host: hostOf(url), port: portOf(url) }
  const get = (path: string, headers: Record<string, string> = {}) => ({ ...at, method: 'GET', path, headers })
  const foreign = { authorization: `token carrel-server-${'a'.repeat(20)}-1-${'A'.repeat(43)}` }
  return [
    get('/hub/api/'),
    get('/hub/api/user'),
    get('/hub/api/user', foreign),
    get('/hub/api/users'),
    get('/hub/login'),
    get('/hub/metrics'),
  ]
}
