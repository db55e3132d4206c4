import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { exportHome, importHome, measureHome } from '../../../hub/homes/copies.ts'
import { removeDueHomes, removeHome } from '../../../hub/homes/removal.ts'
import { serverToken } from '../../../seats/keys.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { requirePart } from '../../helpers/require.ts'
import { type HomeParts, openHomeParts } from './home-parts.ts'

describe('a home of the hub at a Docker Engine', function () {
  this.timeout(300_000)

  const options = { by: 'operator', signal: new AbortController().signal }
  let database: TestDatabase
  let parts: HomeParts
  let clear: (() => Promise<void>) | undefined

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    database = await sqliteDatabase()
    parts = await openHomeParts(database.url)
    const spawner = await openDocker()
    parts.hub.spawner = spawner
    clear = spawner.clear
    parts.demo.image = await loadedImage('jupyter')
  })

  after(async () => {
    await parts?.stop()
    await clear?.()
    await database?.remove()
  })

  const open = async (name: string) => parts.open(await parts.makePerson(name))

  async function contents({ id, run, path, target = '' }: Server, method: string, file: string, body?: object) {
    const headers = {
      authorization: `token ${serverToken(parts.hub.secrets.keys.all[0], id, run)}`,
      'content-type': 'application/json',
    }
    const sent = body && { body: JSON.stringify(body) }
    const answer = await fetch(`${target}${path}api/contents/${file}`, { method, headers, ...sent })
    return { status: answer.status, text: await answer.text() }
  }

  it('outlives containers, is copied by errands in the image, and goes when it is removed', async () => {
    const ann = await open('ann')
    const file = { type: 'file', format: 'text', content: 'hers' }
    assert.equal((await contents(ann, 'PUT', 'mine.txt', file)).status, 201)
    await parts.close(ann)
    const again = await open('ann')
    assert.deepEqual([again.run, again.home], [2, ann.home])
    assert.match((await contents(again, 'GET', 'mine.txt')).text, /hers/)
    await parts.close(again)
    const size = await measureHome(parts.hub, ann.home ?? '', options.signal)
    assert.ok(size !== undefined && size.bytes >= 4)

    const bob = await open('bob')
    assert.equal((await contents(bob, 'GET', 'mine.txt')).status, 404)
    await parts.close(bob)
    const archive = new PassThrough()
    const [bytes] = await Promise.all([buffer(archive), exportHome(parts.hub, ann.home ?? '', archive, options)])
    await importHome(parts.hub, bob.home ?? '', Readable.from([bytes]), options)
    const back = await open('bob')
    assert.match((await contents(back, 'GET', 'mine.txt')).text, /hers/)
    assert.equal((await contents(back, 'DELETE', 'mine.txt')).status, 204, 'the files are the user’s own')
    await parts.close(back)

    const volumes = async (home = '') =>
      ((await docker.listVolumes({ filters: { label: [`carrel.home=${home}`] } })).Volumes ?? []).length
    assert.equal(await volumes(ann.home), 1)
    await removeHome(parts.hub, ann.home ?? '', { by: 'operator', reason: 'the end', milliseconds: 0 })
    await removeDueHomes(parts.hub)
    assert.deepEqual([await volumes(ann.home), await volumes(bob.home)], [0, 1])
    assert.deepEqual(
      (await parts.homes()).map(({ id }) => id),
      [bob.home],
    )
    assert.match((await contents(await open('bob'), 'GET', '')).text, /"content"/)
  })
})
