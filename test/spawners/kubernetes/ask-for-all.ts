// A hub's spawner in a process of its own: asks for all that a hub asks for again and again, and prints by how many bytes the
// process has grown at most.
import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'

const [kubeconfig = '', namespace = '', emptyNamespace = '', name = '', id = ''] = process.argv.slice(2)

async function askForAll(where: string): Promise<number> {
  const plugin = kubernetesSpawner({ kubeconfig, namespace: where })
  const context = { installation: { name, id }, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined }
  const spawner = await plugin.open(context)
  const signal = new AbortController().signal
  const key = { server: 'abcdefabcdef', run: 1 }
  for (let round = 0; round < 5; round++) {
    await Promise.all([
      spawner.list(),
      spawner.errands?.list(),
      spawner.homes?.list(),
      spawner.bundles?.list(),
      spawner.images?.find([{ image: 'registry.test/a:1', uses: [] }], { signal }),
      spawner.poll(key, undefined),
      spawner.stop(key, undefined, { graceSeconds: 1 }),
    ])
  }
  const found = await spawner.list()
  await spawner.close?.()
  return found.length
}

await askForAll(emptyNamespace)
const before = process.resourceUsage().maxRSS
const servers = await askForAll(namespace)
process.stdout.write(JSON.stringify({ servers, grownKilobytes: process.resourceUsage().maxRSS - before }))
