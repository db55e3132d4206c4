/** Starts and ends throw-away clusters of Kubernetes, without a client of its API. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The folder of `up`, `down`, `restart` and `image-load` for throw-away clusters; its README explains them. */
const kube = fileURLToPath(new URL('../../../../shared/kube/', import.meta.url))

export interface Instance {
  dir: string
  kubeconfig: string
  server: string
  certificateAuthority: string
  pids: Record<string, number>
  /** The node of a cluster with real pods. Undefined in a simulated cluster. */
  node?: Node
}

export interface Node {
  /** The machine's own address on the network of pods. */
  address: string
  subnet: string
}

/** Starts a cluster that ends with this process at the latest. */
export async function upCluster(...options: string[]): Promise<Instance> {
  return JSON.parse(await runKube('up', ...options, '--until-exit', String(process.pid))) as Instance
}

export async function downCluster({ dir }: Instance): Promise<void> {
  await runKube('down', dir)
}

/** Runs a program of the folder, and returns what it prints. */
export async function runKube(program: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(join(kube, program), args)).stdout
}
