import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import type { Installation, Spawner } from '../../../spawners/spawner.ts'

/** Opens the spawner of a hub with options as JSON, also for `test/spawners/files/hub-process.ts`. */
export function open(options: string, installation: Installation): Promise<Spawner> {
  return dockerSpawner(JSON.parse(options)).open({
    installation,
    dataDir: '',
    hubUrl: 'http://127.0.0.1:8000',
    serversUrl: 'http://localhost:8000',
    warn: () => undefined,
  })
}
