import { secretProblems } from '../bin/secrets.ts'
import { isEverywhere, isPublic } from '../net/address.ts'
import { hostOf, hostPort, socketOf } from '../net/endpoint.ts'
import { fetchOnce } from './fetch-once.ts'
import { type Finding, ok, problem, unknown } from './finding.ts'
import { type ListeningSocket, listening } from './listening.ts'
import { portOf, type Setup } from './setup.ts'

export async function checkSecrets({ secrets }: Setup): Promise<Finding[]> {
  const problems = secretProblems(secrets)
  if (problems.length === 0) return [ok('secrets', 'keys and tokens are there and long enough')]
  return problems.map((text) => problem('secrets', text))
}

export async function checkHub(setup: Setup): Promise<Finding[]> {
  const { hub, config } = setup
  const answer = await statusAt(setup, hub, '/hub/health')
  const isUp =
    answer === undefined
      ? unknown('hub', `nothing answers at ${shown(hub)}. Is it running?`)
      : answer === 200
        ? ok('hub', `answers at ${shown(hub)}`)
        : problem('hub', `answers ${answer} at ${shown(hub)}: its database may be away. Its log says more.`)
  const { internal } = config.hub
  // That the config opens them was said already.
  const openToAll = config.hub.openMetrics ? undefined : await statusAt(setup, hub, '/hub/metrics')
  return [
    isUp,
    ...judgeMetrics(openToAll),
    ...judgeBound("the hub's public listener", hub, listening(), 'hub.ip: 127.0.0.1, or hub.socket'),
    ...(internal === undefined || internal.socket !== undefined
      ? []
      : judgeBound(
          "the hub's internal listener",
          `http://${hostPort(internal.ip, internal.port)}`,
          listening(),
          'hub.internal.ip: an address that only servers reach',
        )),
  ]
}

export async function checkProxies(setup: Setup): Promise<Finding[]> {
  const { proxies, secrets } = setup
  if (proxies.length === 0)
    return [unknown('proxies', 'no proxy is known. Name their API listeners: proxies in the config, or --proxies.')]
  const findings = proxies.map(async (url): Promise<Finding[]> => {
    const check = `proxy ${shown(url)}`
    const wrong = await Promise.all([
      statusAt(setup, url, '/api/routes?digest', 'x'.repeat(40)),
      statusAt(setup, url, '/api/routes?digest'),
    ])
    if (wrong.every((status) => status === undefined)) {
      return [unknown(check, 'its API does not answer. Is it running?')]
    }
    const isOpen = wrong.some((status) => status !== 403)
    // A listener that takes any token is not sent the real one.
    const right = isOpen ? undefined : await statusAt(setup, url, '/api/routes?digest', secrets.proxyToken ?? '')
    return [
      isOpen
        ? problem(
            check,
            `its API takes a wrong token (it answered ${wrong.join(' and ')}). What listens there is no proxy of ours.`,
          )
        : right === 200
          ? ok(check, 'takes our token and no other')
          : problem(check, `refuses our token (${right}). Give hub and proxy the same CARREL_PROXY_TOKEN.`),
      ...judgeBound(`the API of ${check}`, url, listening(), '--api-ip 127.0.0.1, or --api-socket'),
    ]
  })
  return (await Promise.all(findings)).flat()
}

/** Judges the status with which the hub answers a stranger who asks for its metrics. Pure. */
export function judgeMetrics(status: number | undefined): Finding[] {
  if (status === undefined) return []
  if (status === 403) return [ok('metrics', 'the hub tells its metrics to none without a token')]
  if (status !== 200) return [unknown('metrics', `the hub answers ${status} to a request for its metrics`)]
  const remedy = 'Take hub.openMetrics out of the config, and give Prometheus the token of CARREL_METRICS_TOKEN.'
  return [problem('metrics', `the hub tells its metrics to everybody, also through the proxies. ${remedy}`)]
}

/** Checks that a listener is on no address that others reach. `table`: the sockets that listen here. Pure. */
export function judgeBound(check: string, url: string, table: ListeningSocket[], remedy: string): Finding[] {
  if (url.startsWith('unix+')) return [ok(check, 'is on a unix socket')]
  const host = hostOf(url)
  const port = portOf(url)
  const bound = table.filter((one) => one.port === port).map(({ address }) => address)
  const bad = [...new Set([host, ...bound])].filter((ip) => isEverywhere(ip) || isPublic(ip))
  if (bad.length === 0) return [ok(check, `is on ${[...new Set([host, ...bound])].join(', ')}`)]
  return [
    problem(
      check,
      `listens on ${bad.join(', ')}, port ${port}, where others than hub and proxies may come. Change it: ${remedy}.`,
    ),
  ]
}

/** Returns the status of the answer. Undefined when nothing answers. */
async function statusAt({ signal }: Setup, url: string, path: string, token?: string): Promise<number | undefined> {
  const init = {
    signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    ...(token !== undefined && { headers: { authorization: `token ${token}` } }),
  }
  try {
    return await fetchOnce(url, path, init, async (response) => {
      await response.body?.cancel()
      return response.status
    })
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

function shown(url: string): string {
  return socketOf(url) ?? url
}
