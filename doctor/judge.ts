/** Turns a server's report into findings. Pure, but for one request to the internal listener. */
import { gatewaysIn } from '../authenticators/authenticator.ts'
import { callableIp, matchAddresses } from '../net/address.ts'
import { hostPort, socketUrl } from '../net/endpoint.ts'
import { fetchOnce } from './fetch-once.ts'
import { type Finding, ok, problem, unknown } from './finding.ts'
import type { Report, Request } from './probes.ts'
import type { Setup } from './setup.ts'

const remedies: Record<string, string> = {
  "the hub's public listener":
    'Let it listen on 127.0.0.1 or a socket (hub.ip, hub.socket); in a cluster, let a network policy keep servers out. Servers have hub.internal.',
  "a proxy's API":
    'Let it listen on 127.0.0.1 or a socket (--api-ip, --api-socket), or keep servers out by a network policy.',
  'the API of engine or cluster':
    'Whoever gets in there has everything. Use the unix socket, or keep servers out by a network policy.',
  'the Docker Engine': 'Whoever reaches it is root on this machine. Let it listen on its unix socket only.',
  'the Kubernetes API':
    'Servers need it for nothing: keep them out by a network policy (examples/kubernetes/network-policy.yaml).',
  'Kubernetes on this machine': 'Keep servers out by a network policy (examples/kubernetes/network-policy.yaml).',
  'the metadata address of the cloud':
    'It may give away the credentials of this machine. On a Docker Engine: iptables -I DOCKER-USER -d 169.254.0.0/16 -j DROP ' +
    '(the same for 100.100.100.200, and with ip6tables for fd00:ec2::254), at each boot, or internet: false; on Kubernetes: a network policy.',
  'the server of another learner':
    "Servers must not reach each other. On a Docker Engine leave out the option network, so that the spawner makes one without that; on Kubernetes a network policy does it, if the cluster's network enforces policies.",
  'a port of this machine':
    'Let it listen on 127.0.0.1, close it by a firewall, or say that it is meant to be open: --open-ports.',
}

/** The name of a target that cannot answer. When it does, something in between answers for every address. */
export const nowhere = 'an address where nobody is'
const metadata = 'the metadata address of the cloud'

/** Returns a finding for each kind of thing that was reached, and one that nothing else was. */
export function judgeReached({ reached }: Report, openPorts: Set<number>): Finding[] {
  const named = new Map<string, Set<string>>()
  const meant = (port: number) => openPorts.has(port)
  const taken = new Set<string>()
  const isDeceived = reached.some(({ name }) => name === nowhere)
  for (const { name, host, port } of reached) {
    if (name === nowhere || (name === metadata && isDeceived)) continue
    if (name === 'a port of this machine' && (meant(port) || taken.has(`${port}`))) continue
    if (name !== 'a port of this machine') taken.add(`${port}`)
    named.set(name, (named.get(name) ?? new Set()).add(hostPort(host, port)))
  }
  const found = [...named].map(([name, places]) =>
    problem(`from inside, ${name}`, `is reached at ${[...places].slice(0, 4).join(', ')}. ${remedies[name] ?? ''}`),
  )
  const deceived = `Something between here and the internet answers for every address, so nobody can tell. ${remedies[metadata] ?? ''}`
  const quiet = Object.keys(remedies).filter((name) => !named.has(name) && !(name === metadata && isDeceived))
  return [
    ...found,
    ...(isDeceived ? [unknown(`from inside, ${metadata}`, deceived)] : []),
    ...(quiet.length > 0 ? [ok('from inside', `nothing reached of: ${quiet.join('; ')}`)] : []),
  ]
}

/** Returns whether a server could pass for a gateway in front, whose word lets people in; nothing where there is none. */
export function judgeGateways(
  { authenticators }: Pick<Setup['config'], 'authenticators'>,
  { addresses }: Pick<Report['self'], 'addresses'>,
): Finding[] {
  return gatewaysIn(authenticators).map(({ name, from }) => {
    const check = `from inside, the gateway of header "${name}"`
    const own = addresses.filter(matchAddresses(from, 'from'))
    return own.length === 0
      ? ok(check, 'no server has its address')
      : problem(
          check,
          `is ${own.join(', ')}, which a server has too: any learner can sign in as any person. Name the gateway's own address in from.`,
        )
  })
}

/** Checks that the internal listener answers servers, serves its API only, and refuses requests without a token. */
export async function judgeInternal(setup: Setup, requests: Request[], report: Report): Promise<Finding[]> {
  const check = "from inside, the hub's internal listener"
  const [first] = requests
  if (first === undefined) return [ok(check, 'there is none (hub.internal), and servers are told of no hub')]
  const [version, ...rest] = report.answers
  const where = hostPort(first.host, first.port)
  if (!version) {
    return (await answersHere(setup))
      ? [
          problem(
            check,
            `is not reached at ${where}, which is what servers are told. Set hub.internal.url to an address that they reach.`,
          ),
        ]
      : [unknown(check, `nothing answers at ${where}. Is the hub running?`)]
  }
  const [nobody, foreign, users, login, metrics] = rest
  if (version.status !== 200 || !/"version"/.test(version.body)) {
    return [
      problem(check, `something else than a hub answers at ${where} (${version.status}). Correct hub.internal.url.`),
    ]
  }
  const isOpen = [nobody, foreign].some((answer) => answer?.status !== 403)
  if (isOpen)
    return [problem(check, `what answers at ${where} tells of users without a token. Is it the public listener?`)]
  if (users?.status !== 404 || login?.status !== 404 || metrics?.status !== 404) {
    return [
      problem(
        check,
        `${where} serves more than servers need: it is another listener of the hub. Correct hub.internal.url.`,
      ),
    ]
  }
  return [ok(check, `answers at ${where}, serves its API only, and refuses who has no token`)]
}

async function answersHere({ config, signal }: Setup): Promise<boolean> {
  const { internal } = config.hub
  if (internal === undefined) return false
  const url =
    internal.socket === undefined
      ? `http://${hostPort(callableIp(internal.ip), internal.port)}`
      : socketUrl(internal.socket)
  const init = { signal: AbortSignal.any([signal, AbortSignal.timeout(3000)]) }
  return fetchOnce(url, '/hub/health', init, async ({ status }) => status === 200).catch(() => false)
}

const isNone = (capabilities: string) => /^0+$/.test(capabilities)

export function judgeHardening(self: Report['self'], spawner: string): Finding[] {
  const option = (docker: string, kubernetes: string) => (spawner === 'kubernetes' ? kubernetes : docker)
  const secret = self.environment.filter((name) => /^(CARREL_|CONFIGPROXY_)/.test(name))
  const foreign = self.processes.filter((name) => /^(dockerd|containerd.*|kubelet|systemd|crio)$/.test(name))
  return [
    isNone(self.capabilities) && isNone(self.bounding)
      ? ok('capabilities', 'a server has none')
      : problem(
          'capabilities',
          `a server has some (${self.capabilities}, at most ${self.bounding}). ${option('Take what courses do not need out of the option capabilities.', "Leave the option security.dropCapabilities at ['ALL'].")}`,
        ),
    self.uid === 0
      ? problem(
          'user',
          `a server runs as root. ${option('Choose an image that runs as a user.', 'Set the option security.runAsNonRoot.')}`,
        )
      : ok('user', `a server runs as user ${self.uid}`),
    self.noNewPrivileges === '1'
      ? ok('new privileges', 'set-uid programs give a server none')
      : problem(
          'new privileges',
          `set-uid programs such as sudo work. ${option('Leave the option newPrivileges off.', 'Leave the option security.allowPrivilegeEscalation off.')}`,
        ),
    self.seccomp === '2'
      ? ok('seccomp', 'system calls are filtered')
      : problem(
          'seccomp',
          `system calls are not filtered. ${option("Start the engine with its default seccomp profile ('docker info' shows it).", 'Leave the option security.seccomp at RuntimeDefault.')}`,
        ),
    self.writable.length === 0
      ? ok('file system', 'the image is read-only')
      : ok(
          'file system',
          `a server may change ${self.writable.join(', ')} of its own copy of the image. The option writable makes the image read-only.`,
        ),
    self.sockets.length === 0
      ? ok('sockets', 'no engine has its socket inside')
      : problem(
          'sockets',
          `${self.sockets.join(', ')} is inside, and with it all rights on the machine. Take it out of the image and the engine's defaults.`,
        ),
    self.token.length === 0
      ? ok('service account', 'no token of one is inside')
      : problem(
          'service account',
          `${self.token.join(', ')} is inside. Leave the option automountServiceAccountToken off.`,
        ),
    secret.length === 0
      ? ok('environment', 'holds no secret of hub or proxy')
      : problem(
          'environment',
          `a server sees ${secret.join(', ')}. Take it out of the course's env and of the image, and make new secrets.`,
        ),
    foreign.length === 0
      ? ok('processes', 'a server sees its own only')
      : problem('processes', `a server sees the machine's (${foreign.slice(0, 4).join(', ')}).`),
  ]
}
