import { makeJupyterEnvironment } from '../../spawners/process/jupyter/environment.ts'
import { dockerMissing, loadedImage, removeNetworks } from '../../test/helpers/engines/docker.ts'
import { endCluster, makeNamespace, openCluster, removeNamespace } from '../../test/helpers/engines/kubernetes.ts'
import { testInstallation } from '../../test/helpers/engines/started.ts'

/** A spawner to measure. */
export interface BenchSpawner {
  name: 'process' | 'docker' | 'kubernetes'
  /** Prepares what the spawner needs. Throws an error that says what is missing. */
  open(report: (line: string) => void): Promise<ReadySpawner>
}

export interface ReadySpawner {
  /** Text of a config file with a course `demo`. With undefined, the default config is used. */
  config: string | undefined
  close(): Promise<void>
}

const installation = testInstallation()

export const benchSpawners: BenchSpawner[] = [
  {
    name: 'process',
    async open(report) {
      await makeJupyterEnvironment({ report, signal: new AbortController().signal })
      return { config: undefined, close: async () => undefined }
    },
  },
  {
    name: 'docker',
    async open() {
      const missing = await dockerMissing()
      if (missing !== undefined) throw new Error(missing)
      const config = configOf('docker', { pull: 'never' }, await loadedImage('jupyter'))
      return { config, close: () => removeNetworks([`carrel.installation=${installation}`]) }
    },
  },
  {
    name: 'kubernetes',
    async open() {
      const cluster = await openCluster()
      try {
        const image = await cluster.image('jupyter')
        const namespace = await makeNamespace(cluster)
        const { kubeconfig } = cluster
        const security = { runAsNonRoot: true }
        const config = configOf('kubernetes', { kubeconfig, namespace, imagePullPolicy: 'Never', security }, image)
        return {
          config,
          async close() {
            await removeNamespace(cluster, namespace)
            await endCluster(cluster)
          },
        }
      } catch (error) {
        await endCluster(cluster)
        throw error
      }
    },
  },
]

/** Returns a config with one course, which every visitor may open: the notebook of the test image. */
function configOf(spawner: 'docker' | 'kubernetes', options: object, image: string): string {
  return `import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { ${spawner}Spawner } from 'carrel/spawners/${spawner}'

export default defineConfig({
  installation: '${installation}',
  spawner: ${spawner}Spawner(${JSON.stringify(options)}),
  authenticators: [temporary()],
  courses: { demo: { image: '${image}', start: 'welcome.ipynb', limits: { memory: '1G', cpu: 1 } } },
})
`
}
