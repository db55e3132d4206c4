import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'

export interface FakeApi {
  kubeconfig: string
  /** The requests, such as `GET /api/v1/nodes?limit=250`. */
  asked: string[]
  close(): Promise<void>
}

/** Starts an API that answers who may do what, and that there is nothing. Its kubeconfig names the namespace `notebooks`. */
export async function startFakeApi(mayDo: (verb: string, resource: string) => boolean = () => true): Promise<FakeApi> {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const isReview = request.method === 'POST'
    response.writeHead(isReview ? 201 : 200, { 'content-type': 'application/json' })
    if (!isReview) return void response.end('{"items":[]}')
    const { spec } = (await json(request)) as { spec: { resourceAttributes: { verb: string; resource: string } } }
    const status = { allowed: mayDo(spec.resourceAttributes.verb, spec.resourceAttributes.resource) }
    response.end(
      JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec, status }),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'carrel-kubeconfig-'))
  const kubeconfig = join(folder, 'config.json')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const content = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'x' },
    clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'notebooks' } }],
  }
  await writeFile(kubeconfig, JSON.stringify(content))
  return {
    kubeconfig,
    asked,
    async close() {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true })
    },
  }
}
