import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { temporary } from '../../../authenticators/temporary.ts'
import { findServer, type Server } from '../../../hub/db/servers/servers.ts'
import { ensureUser, type UserKind } from '../../../hub/db/users.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { serverToken } from '../../../seats/keys.ts'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import { containerName } from '../../../spawners/docker/labels.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'
import { people } from '../people.ts'

describe('settings by rules at a Docker Engine', function () {
  this.timeout(300_000)
  const options = { writable: ['/home/jovyan'] }
  let database: TestDatabase
  let parts: Parts
  let folder: string
  let clear: (() => Promise<void>) | undefined

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    folder = await mkdtemp(join(tmpdir(), 'carrel-solutions-'))
    await writeFile(join(folder, 'answers.txt'), 'forty-two')
    await chmod(folder, 0o755)
    const image = await loadedImage('jupyter')
    database = await sqliteDatabase()
    const solutions = [{ source: folder, path: '/home/jovyan/solutions' }]
    parts = await openParts(database.url, {
      spawner: dockerSpawner(options),
      authenticators: [people, temporary()],
      groups: { tutors: ['tina'] },
      courses: {
        demo: {
          image,
          staff: ['group:tutors'],
          limits: { memory: '512M' },
          rules: [{ when: { role: 'staff' }, options: { mounts: solutions }, limits: { memory: '768M' } }],
        },
      },
      rules: [{ when: { role: 'temporary' }, options: { pidsLimit: 300, internet: false } }],
    })
    const spawner = await openDocker(options)
    parts.hub.spawner = spawner
    clear = spawner.clear
  })

  after(async () => {
    await parts?.stop()
    await clear?.()
    await database?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(name: string, kind: UserKind = 'person'): Promise<Server> {
    const { hub } = parts
    const { demo } = hub.config.courses
    const authenticator = kind === 'person' ? 'local' : 'temporary'
    const user = await ensureUser(hub.db, { name, kind, authenticator, subject: name })
    assert.ok(user && demo)
    const { id } = await requestServer(hub, user, demo)
    await until(async () => {
      const { state, failureDetail } = (await findServer(hub.db, id)) as Server
      assert.notEqual(state, 'failed', failureDetail)
      return state === 'ready'
    })
    return (await findServer(hub.db, id)) as Server
  }
  const answersIn = async ({ id, run, path, target = '' }: Server) => {
    const headers = { authorization: `token ${serverToken(parts.hub.secrets.keys.all[0], id, run)}` }
    const answer = await fetch(`${target}${path}api/contents/solutions/answers.txt`, { headers })
    return answer.status === 200 ? ((await answer.json()) as { content: string }).content : answer.status
  }
  const hostConfig = async ({ id, run }: Server) =>
    (await docker.getContainer(containerName({ server: id, run })).inspect()).HostConfig

  it('show a folder of the machine to staff, and to no one else', async () => {
    const [tina, ann] = [await open('tina'), await open('ann')]
    assert.deepEqual([await answersIn(tina), await answersIn(ann)], ['forty-two', 404])
    const [staff, learner] = [await hostConfig(tina), await hostConfig(ann)]
    assert.deepEqual([staff.Memory, learner.Memory], [768 * 2 ** 20, 512 * 2 ** 20])
    assert.equal(JSON.stringify(learner).includes(folder), false)
  })

  it('give temporary users what the rule of the site says, and what the course says', async () => {
    const visitor = await open('a3bb189e-8bf9-3888-9912-ace4e6543002', 'temporary')
    const { PidsLimit, Memory } = await hostConfig(visitor)
    assert.deepEqual([PidsLimit, Memory, await answersIn(visitor)], [300, 512 * 2 ** 20, 404])
  })
})
