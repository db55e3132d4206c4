/**
 * Enforces the example's network policy on the pods of a test cluster, in place of its network plug-ins, which support
 * no policies. The rules of iptables are derived from the text of the policy, as Calico or Cilium would derive theirs.
 *
 * The rules only forbid: a packet that a chain lets pass returns to the chain from which it came. They concern only one
 * cluster's subnet, and are in two chains with its name, so that any later run can remove them.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { isIPv4 } from 'node:net'
import {
  loadAllYaml,
  type V1NetworkPolicy,
  type V1NetworkPolicyPeer,
  type V1NetworkPolicyPort,
} from '@kubernetes/client-node'
import { ownAddresses } from '../../../doctor/listening.ts'
import { isPublic } from '../../../net/address.ts'
import type { Node } from './kube.ts'
import type { TestCluster } from './kubernetes.ts'

/** Returns what is missing to enforce a policy, for `requirePart`, or undefined when nothing is. */
export async function policyMissing({ instance }: TestCluster): Promise<string | undefined> {
  if (instance?.node === undefined) return 'it is a foreign network, in which tests make no rules'
  if (process.getuid?.() !== 0) return 'rules for the network of pods need root'
  if ((await rules().catch(() => undefined)) === undefined) return 'iptables does not work here'
  // Two pods of one node are ports of one bridge, which uses iptables only with this setting, as Kubernetes requires.
  const sysctl = 'net.bridge.bridge-nf-call-iptables'
  const isAsked = await readFile(`/proc/sys/${sysctl.replaceAll('.', '/')}`, 'utf8').catch(() => '')
  return isAsked.trim() === '1' ? undefined : `bridges pass iptables by: sysctl -w ${sysctl}=1`
}

export interface PolicyNode extends Node {
  /** The port of the hub's internal listener in place of the usual one, since no test uses a fixed port. */
  internalPort: number
}

/** Returns those policies of a file of the Kubernetes example that choose pods with these labels. */
export async function policiesFor(
  labels: Record<string, string>,
  file = 'network-policy.yaml',
): Promise<V1NetworkPolicy[]> {
  const text = await readFile(new URL(`../../../examples/kubernetes/${file}`, import.meta.url), 'utf8')
  const all = loadAllYaml(text) as V1NetworkPolicy[]
  return all.filter(({ spec }) => {
    const { matchLabels = {}, matchExpressions = [] } = spec?.podSelector ?? {}
    const wanted = Object.entries(matchLabels)
    if (wanted.length === 0) throw new Error('a policy chooses all pods')
    return (
      wanted.every(([name, value]) => labels[name] === value) &&
      matchExpressions.every(({ key, operator, values = [] }) => {
        const isIn = values.includes(labels[key] ?? '')
        if (operator === 'In') return isIn
        if (operator === 'NotIn') return !isIn
        throw new Error(`the test cluster knows no selector with ${operator}`)
      })
    )
  })
}

/**
 * Enforces `examples/kubernetes/network-policy.yaml` until `liftPolicy`, for pods of usual servers. Hub, proxies and DNS are
 * on the machine.
 */
export async function enforcePolicy(node: PolicyNode): Promise<void> {
  await liftPolicy(node)
  const servers = { 'app.kubernetes.io/name': 'carrel', 'app.kubernetes.io/component': 'singleuser-server' }
  const rules = (await policiesFor(servers)).flatMap(({ spec }) => spec ?? [])
  const [into, out] = chainsOf(node)
  const answers = '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN'
  const ingress = rules
    .flatMap(({ ingress = [] }) => ingress)
    .flatMap(({ _from = [], ports }) => _from.map((peer) => ({ peer, ports })))
  const egress = rules
    .flatMap(({ egress = [] }) => egress)
    .flatMap(({ to = [], ports }) => to.map((peer) => ({ peer, ports })))
  const named = egress.filter(({ peer }) => peer.ipBlock === undefined)
  // The exceptions of a block forbid nothing that a named peer allows.
  const blocks = egress.filter(({ peer }) => peer.ipBlock !== undefined)
  const except = blocks.flatMap(({ peer }) => peer.ipBlock?.except ?? []).filter((range) => !range.includes(':'))
  // The comment in the policy requires this where nodes have public addresses.
  const own = ownAddresses().filter((ip) => isIPv4(ip) && isPublic(ip))
  await restore([
    `:${into} - [0:0]`,
    `:${out} - [0:0]`,
    `-A ${into} ${answers}`,
    ...ingress.flatMap((rule) => allow(`-A ${into} -s`, rule, node)),
    `-A ${into} -j DROP`,
    `-A ${out} ${answers}`,
    ...named.flatMap((rule) => allow(`-A ${out} -d`, rule, node)),
    ...[...except, ...own].map((range) => `-A ${out} -d ${range} -j DROP`),
    ...blocks.flatMap((rule) => allow(`-A ${out} -d`, rule, node)),
    `-A ${out} -j DROP`,
    // The machine's own address is in the subnet too, but its traffic to itself does not come from a pod.
    `-I INPUT -s ${node.subnet} ! -i lo -j ${out}`,
    `-I OUTPUT -d ${node.subnet} ! -o lo -j ${into}`,
    `-I FORWARD -d ${node.subnet} -j ${into}`,
    `-I FORWARD -s ${node.subnet} -j ${out}`,
  ])
}

/** Removes the rules for this subnet, of any run. Does nothing when there are none. */
export async function liftPolicy(node: Node): Promise<void> {
  const chains = chainsOf(node)
  const made = await rulesOf(node)
  const jumps = made.filter((rule) => rule.startsWith('-A ') && !chains.some((name) => rule.startsWith(`-A ${name} `)))
  const left = chains.filter((name) => made.includes(`-N ${name}`))
  if (made.length === 0) return
  await restore([
    ...jumps.map((rule) => rule.replace('-A', '-D')),
    ...left.map((name) => `-F ${name}`),
    ...left.map((name) => `-X ${name}`),
  ])
}

/** Returns all rules and chains for this subnet. */
export async function rulesOf(node: Node): Promise<string[]> {
  const chains = chainsOf(node)
  return (await rules()).filter((rule) => rule.split(' ').some((word) => chains.includes(word)))
}

const chainsOf = ({ subnet }: Node): [string, string] => {
  const [ip = ''] = subnet.split('/')
  return [`CARREL-${ip}-IN`, `CARREL-${ip}-OUT`]
}

interface Rule {
  peer: V1NetworkPolicyPeer
  ports: V1NetworkPolicyPort[] | undefined
}

function allow(start: string, { peer, ports }: Rule, node: PolicyNode): string[] {
  const range = peer.ipBlock?.cidr ?? whereIs(peer, node)
  // Pods of the test cluster have only IPv4.
  if (range.includes(':')) return []
  if (ports === undefined) return [`${start} ${range} -j RETURN`]
  return ports.map(({ protocol = 'TCP', port }) => {
    const here = port === 8082 ? node.internalPort : port
    return `${start} ${range} -p ${protocol.toLowerCase()} --dport ${here} -j RETURN`
  })
}

/** Returns the addresses of a peer. Throws for an unknown peer, which must be added here when the policy names it. */
function whereIs({ namespaceSelector, podSelector }: V1NetworkPolicyPeer, node: Node): string {
  const who = `${namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name']}/${
    podSelector?.matchLabels?.['app.kubernetes.io/name'] ?? podSelector?.matchLabels?.['k8s-app']
  }`
  if (who === 'carrel/carrel' || who === 'kube-system/kube-dns') return `${node.address}/32`
  throw new Error(`the test cluster has no peer ${who}`)
}

async function rules(): Promise<string[]> {
  return (await iptables('iptables', ['-w', '-S'])).split('\n')
}

/** Applies all lines or none. */
async function restore(lines: string[]): Promise<void> {
  await iptables('iptables-restore', ['-w', '--noflush'], ['*filter', ...lines, 'COMMIT', ''].join('\n'))
}

function iptables(program: string, args: string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, (error, stdout) => (error ? reject(error) : resolve(stdout)))
    // A program that ends before it has read its input reports the reason itself.
    child.stdin?.on('error', () => undefined).end(input)
  })
}
