import { join } from 'node:path'
import { derivedImage } from '../../helpers/engines/derived-image.ts'
import { docker, dockerMissing, removeNetworks } from '../../helpers/engines/docker.ts'
import { requirePart } from '../../helpers/require.ts'
import { describeFiles } from '../contract-files.ts'
import { imageFiles } from '../files/world.ts'
import { open } from './hub-of-a-test.ts'

const path = '/home/jovyan/work'

describeFiles('the Docker spawner', async (test) => {
  requirePart(test, 'docker', await dockerMissing())
  const files = Object.fromEntries(Object.entries(imageFiles).map(([name, text]) => [`${path}/${name}`, text]))
  const links = { [`${path}/first`]: 'welcome.txt' }
  const withUser = (name: string, user: string) => derivedImage(name, { files, links, changes: [`USER ${user}`] })
  const installations = new Set<string>()
  const containersOf = async (id: string) => {
    const found = await Promise.all(
      ['server', 'errand'].map((key) =>
        docker.listContainers({ all: true, filters: { label: [`carrel.${key}=${id}`] } }),
      ),
    )
    return found.flat()
  }
  return {
    open(installation) {
      installations.add(installation.id)
      return open('{}', installation)
    },
    images: {
      plain: await withUser('files-plain', '1000'),
      other: await withUser('files-other', '1234:4321'),
      root: await withUser('files-root', 'root'),
    },
    missingImage: '127.0.0.1:1/absent:1',
    path,
    working: (listen) => ['httpd', '-f', '-p', String('port' in listen && listen.port), '-h', '/www'],
    async kill(server) {
      for (const { Id } of await containersOf(server)) await docker.getContainer(Id).kill()
    },
    objects: async (id) => (await containersOf(id)).map(({ Names }) => String(Names[0])),
    elsewhere: '/www',
    hub: { module: join(import.meta.dirname, 'hub-of-a-test.ts'), setting: '{}' },
    can: { absolutePaths: true, imageUsers: true, errandNetwork: 'none', sizes: false, lockedBundles: true },
    async close() {
      for (const id of installations) await removeNetworks([`carrel.installation-id=${id}`])
    },
  }
})
