import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from 'mocha'
import type { DockerOptionsInput } from '../../../spawners/docker/options.ts'
import { derivedImage } from '../../helpers/engines/derived-image.ts'
import { docker, dockerMissing, removeNetworks } from '../../helpers/engines/docker.ts'
import { requirePart } from '../../helpers/require.ts'
import { describeFiles } from '../contract-files.ts'
import { type FilesWorld, imageFiles } from '../files/world.ts'
import { open } from './hub-of-a-test.ts'

const path = '/home/jovyan/work'

describeFiles('the Docker spawner', (test) => worldWith(test, {}))

describeFiles('the Docker spawner with homes in folders', worldWithFolders, { homesOnly: true })

async function worldWithFolders(test: Context): Promise<FilesWorld> {
  requirePart(test, 'docker', await dockerMissing())
  const folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  const world = await worldWith(test, { homes: { folder: `${folder}/{id}/{user}` } })
  return {
    ...world,
    async close() {
      await world.close?.()
      await rm(folder, { recursive: true })
    },
  }
}

async function worldWith(test: Context, options: DockerOptionsInput): Promise<FilesWorld> {
  requirePart(test, 'docker', await dockerMissing())
  const setting = JSON.stringify(options)
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
      return open(setting, installation)
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
    hub: { module: join(import.meta.dirname, 'hub-of-a-test.ts'), setting },
    can: { absolutePaths: true, imageUsers: true, errandNetwork: 'none', sizes: false, lockedBundles: true },
    async close() {
      for (const id of installations) await removeNetworks([`carrel.installation-id=${id}`])
    },
  }
}
