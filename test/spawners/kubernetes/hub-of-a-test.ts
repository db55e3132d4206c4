import { kubernetesSpawner } from '../../../spawners/kubernetes/kubernetes.ts'
import type { Installation, Spawner } from '../../../spawners/spawner.ts'

/** Opens the spawner of a hub with options as JSON, also for `test/spawners/files/hub-process.ts`. */
export function open(options: string, installation: Installation): Promise<Spawner> {
  const warn = (message: string) => {
    throw new Error(`a spawner with all rights warns: ${message}`)
  }
  return kubernetesSpawner(JSON.parse(options)).open({ installation, dataDir: '', hubUrl: '', serversUrl: '', warn })
}
