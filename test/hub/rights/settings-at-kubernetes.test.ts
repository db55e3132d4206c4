import assert from 'node:assert/strict'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'
import {
  makeNamespace,
  podsOf,
  removeNamespace,
  requireCluster,
  type TestCluster,
} from '../../helpers/engines/kubernetes.ts'
import { type AtEngine, openAtEngine } from './at-engine.ts'

describe('settings by rules on Kubernetes', function () {
  this.timeout(300_000)
  let cluster: TestCluster
  let namespace: string
  let hub: AtEngine

  before(async function () {
    cluster = await requireCluster(this)
    namespace = await makeNamespace(cluster)
    const key = { metadata: { name: 'keys' }, stringData: { api: 'of the solutions' } }
    await cluster.core.createNamespacedSecret({ namespace, body: key })
    const plugin = kubernetesSpawner({
      kubeconfig: cluster.kubeconfig,
      namespace,
      security: { runAsNonRoot: true },
      labels: { team: 'all' },
    })
    const context = { installation: { name: 'carrel', id: namespace }, dataDir: '', hubUrl: '', serversUrl: '' }
    const spawner = await plugin.open({ ...context, warn: () => undefined })
    // The program shows its own environment.
    const script = 'env > /tmp/env.txt; exec httpd -f -p {port} -h /tmp'
    hub = await openAtEngine(spawner, {
      spawner: plugin,
      courses: {
        demo: {
          image: await cluster.image('tiny'),
          program: { command: ['sh', '-c', script], prefix: 'stripped', ready: '/env.txt', listens: 'port' },
          staff: ['group:tutors'],
          limits: { memory: '64M' },
          rules: [
            {
              when: { role: 'staff' },
              options: { secretEnv: { API_KEY: { secret: 'keys', key: 'api' } }, labels: { team: 'staff' } },
              limits: { memory: '96M' },
            },
          ],
        },
      },
    })
  })

  after(async () => {
    await hub?.stop()
    if (namespace !== undefined) await removeNamespace(cluster, namespace)
  })

  const inside = async ({ id, target }: Server) => {
    const [pod] = await podsOf(cluster, namespace, id)
    const environment = await (await fetch(`${target}/env.txt`)).text()
    return {
      team: pod?.metadata?.labels?.team,
      memory: pod?.spec?.containers[0]?.resources?.limits?.memory,
      key: /^API_KEY=(.*)$/m.exec(environment)?.[1],
    }
  }

  it('give staff a secret of the cluster, a label and more memory, and no one else', async () => {
    assert.deepEqual(await inside(await hub.open('tina')), {
      team: 'staff',
      memory: String(96 * 2 ** 20),
      key: 'of the solutions',
    })
    const ofLearner = { team: 'all', memory: String(64 * 2 ** 20), key: undefined }
    assert.deepEqual(await inside(await hub.open('ann')), ofLearner)
    assert.deepEqual(await inside(await hub.open('a3bb189e-8bf9-3888-9912-ace4e6543002', 'temporary')), ofLearner)
    const { content } = await hub.hub.db('definitions').whereLike('content', '%API_KEY%').first('content')
    assert.doesNotMatch(content, /of the solutions/)
  })
})
