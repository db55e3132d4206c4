import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Header, pack } from 'tar-stream'
import { insideFolder } from '../../../../courses/inside/inside.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { onSqlite } from '../../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../../helpers/fake-spawners.ts'
import { filesIn } from '../../../helpers/fakes/files-in.ts'
import { startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { type ContentWorld, notebook, openContentWorld, pullEnded } from '../../../hub/content/content-world.ts'
import { type Attack, attacks } from '../../table.ts'

onSqlite('attack: a repository and the files of servers', (makeDatabase) => {
  let content: ContentWorld
  let world: FakeServers
  const cleanup = cleanupAfterEach()
  beforeEach(async () => {
    content = await openContentWorld(cleanup)
    world = createFakeServers()
    cleanup.defer(() => world.close())
  })

  const open = async (): Promise<TestHub> => {
    const hub = await startTestHub({ database: await makeDatabase(), world, config: content.config })
    cleanup.defer(() => hub.stop())
    await pullEnded(hub)
    return hub
  }
  const tarOf = async (...headers: Partial<Header>[]) => {
    const packing = pack()
    for (const header of headers) {
      if (header.type === undefined) packing.entry({ name: '', ...header }, 'evil')
      else packing.entry({ name: '', ...header })
    }
    packing.finalize()
    return Buffer.concat((await Array.fromAsync(packing)) as Buffer[])
  }

  const table: Attack[] = [
    {
      name: 'names places outside of the repository as data, and folders of servers as links: they get none of these',
      rule: 'bundles',
      attempt: async () => {
        const mappings = [
          ['data', '../../../etc'],
          ['data', 'data/../../..'],
          ['../../.bashrc', 'data'],
          ['/etc/cron.d', 'data'],
          ['"a\\nb"', 'data'],
          ['sound', 'data'],
        ].map(
          ([source, destination]) =>
            `  - { source: ${source?.startsWith('"') ? source : `"${source}"`}, destination: "${destination}" }`,
        )
        await content.course.commit({
          'nbhosting/nbhosting.yaml': `static-mappings:\n${mappings.join('\n')}\n`,
          'a.ipynb': notebook('A'),
          'data/real.csv': '1',
          'data/passwd': { link: '../../../etc/passwd' },
          'data/shadow': { link: '/etc/shadow' },
          'data/notebook': { link: '../a.ipynb' },
        })
        const hub = await open()
        await hub.browser().enter('/tmplogin?course=demo')
        const [object] = [...world.objects.values()]
        const [bundle, ...others] = object?.spec.bundles ?? []
        const files = await filesIn(Buffer.from(world.bundles.get(bundle?.digest ?? '') ?? '', 'base64'))
        const links = object?.spec.links?.flatMap(({ to }) => to.map(({ name, path }) => `${name} ${path}`))
        return [bundle?.path, others.map(({ path }) => path), files.map(({ name }) => name), links]
      },
      expected: [
        '/srv/carrel/content/data',
        [insideFolder],
        ['real.csv'],
        ['sound /srv/carrel/content/data', 'static/data /srv/carrel/content/data'],
      ],
    },
    {
      name: 'has put another archive into the database, with names that lead out, devices, or a link to write through: no start takes it',
      rule: 'bundles',
      attempt: async () => {
        await content.course.commit({ 'a.ipynb': notebook('A'), 'modules/helper.py': 'x = 1\n' })
        const hub = await open()
        const { digest, archive } = await hub.db('bundles').first('digest', 'archive')
        const seen: string[] = []
        for (const evil of [
          await tarOf({ name: 'helper.py' }),
          await tarOf({ name: '../../../etc/cron.d/evil' }),
          await tarOf({ name: '/etc/cron.d/evil' }),
          await tarOf({ name: 'disk', type: 'block-device', devmajor: 8, devminor: 0 }),
          await tarOf({ name: 'up', type: 'symlink', linkname: '/etc' }, { name: 'up/evil' }),
          Buffer.from('no archive'),
        ]) {
          await rm(join(hub.dataDir, 'archives', `${digest}.tar`), { force: true })
          await hub.db('parts').where({ archive }).update({ content: evil })
          const browser = hub.browser()
          const { state, message } = await browser.follow(await browser.open('/tmplogin?course=demo'))
          seen.push(`${state}: ${/^Files of this course are missing/.test(message ?? '')}`)
        }
        return [[...new Set(seen)], [...world.bundles.keys()]]
      },
      expected: [['failed: true'], []],
    },
  ]
  attacks(table)
})
