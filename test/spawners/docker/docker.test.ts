import { once } from 'node:events'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import { docker, dockerMissing, loadedImage, removeNetworks } from '../../helpers/engines/docker.ts'
import { requirePart } from '../../helpers/require.ts'
import { describeSpawner, greedyCommand, rememberingCommand } from '../contract.ts'

describeSpawner('the Docker spawner', 2, async (test) => {
  requirePart(test, 'docker', await dockerMissing())
  const image = await loadedImage('tiny')
  const containersOf = (server: string) =>
    docker.listContainers({ all: true, filters: { label: [`carrel.server=${server}`] } })

  const installations = new Set<string>()

  return {
    plugin: dockerSpawner(),
    measuresMemory: true,
    missingImage: '127.0.0.1:1/absent:1',
    open(installation) {
      installations.add(installation.id)
      return dockerSpawner().open({
        installation,
        dataDir: '',
        hubUrl: 'http://127.0.0.1:8000',
        serversUrl: 'http://localhost:8000',
        warn: () => undefined,
      })
    },
    async close() {
      for (const id of installations) await removeNetworks([`carrel.installation-id=${id}`])
    },
    working: (listen) => ({
      image,
      command: ['httpd', '-f', '-p', String('port' in listen && listen.port), '-h', '/www'],
    }),
    // The program lasts two seconds, since a container that has ended has no address any more.
    exiting: (_listen, code, line) => ({ image, command: ['sh', '-c', `sleep 2; echo '${line}'; exit ${code}`] }),
    killed: () => ({ image, command: ['sh', '-c', 'sleep 2; kill -9 $$'] }),
    greedy: () => ({ image, command: greedyCommand, limits: { memory: 32 * 2 ** 20 } }),
    async freeze(server) {
      const [found] = await containersOf(server)
      // All processes but the first, which the system protects, and `kill` itself.
      const kill = await docker.getContainer(found?.Id ?? '').exec({ Cmd: ['kill', '-STOP', '-1'], AttachStdout: true })
      const output = await kill.start({})
      await once(output.resume(), 'end')
    },
    remembering: (listen) => ({ image, command: rememberingCommand('port' in listen ? listen.port : 0) }),
    impossible: () => ({ image: '127.0.0.1:1/absent:1', command: [] }),
    async objects(server) {
      return (await containersOf(server)).map(({ Names }) => String(Names[0]))
    },
    async visible(server) {
      const found = await containersOf(server)
      const inside = await Promise.all(found.map(({ Id }) => docker.getContainer(Id).inspect()))
      return JSON.stringify([found, inside.map(({ Args, Path, Name }) => ({ Args, Path, Name }))])
    },
  }
})
