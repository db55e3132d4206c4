import { makeJupyterEnvironment } from '../../spawners/process/jupyter/environment.ts'
import { demoFolder } from '../../test/helpers/carrel.ts'
import { dockerMissing, loadedImage, removeAll } from '../../test/helpers/engines/docker.ts'
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
  place: Place
  close(): Promise<void>
}

/** Where servers run, for a config file. */
export interface Place {
  spawner: 'process' | 'docker' | 'kubernetes'
  /** What the spawner is made with. */
  options: object
  /** What courses have as image. */
  image: string
  /** An address of this machine that servers reach, where they need one. */
  ip?: string | undefined
}

const installation = testInstallation()

export const benchSpawners: BenchSpawner[] = [
  {
    name: 'process',
    async open(report) {
      await makeJupyterEnvironment({ report, signal: new AbortController().signal })
      const place = { spawner: 'process', options: {}, image: demoFolder } as const
      return { config: undefined, place, close: async () => undefined }
    },
  },
  {
    name: 'docker',
    async open() {
      const missing = await dockerMissing()
      if (missing !== undefined) throw new Error(missing)
      const place = { spawner: 'docker', options: { pull: 'never' }, image: await loadedImage('jupyter') } as const
      return { config: configOf(place), place, close: () => removeAll([`carrel.installation=${installation}`]) }
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
        const options = { kubeconfig, namespace, imagePullPolicy: 'Never', security }
        const place = { spawner: 'kubernetes', options, image, ip: cluster.instance?.node?.address } as const
        return {
          config: configOf(place),
          place,
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
function configOf(place: Place): string {
  const { image } = place
  return configAt(place, { demo: { image, start: 'welcome.ipynb', limits: { memory: '1G', cpu: 1 } } })
}

/** Returns a config with these courses, which every visitor may open. */
export function configAt(
  { spawner, options, ip }: Place,
  courses: Record<string, object>,
  limits: object = {},
): string {
  return `import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { ${spawner}Spawner } from 'carrel/spawners/${spawner}'

export default defineConfig({
  installation: '${installation}',
  ${ip === undefined ? '' : `hub: { internal: { ip: '${ip}', port: 0 } },`}
  spawner: ${spawner}Spawner(${JSON.stringify(options)}),
  authenticators: [temporary()],
  git: { hosts: ['127.0.0.1'] },
  courses: ${JSON.stringify(courses)},
  limits: ${JSON.stringify(limits)},
})
`
}
