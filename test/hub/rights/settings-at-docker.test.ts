import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { serverToken } from '../../../seats/keys.ts'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import { containerName } from '../../../spawners/docker/labels.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { requirePart } from '../../helpers/require.ts'
import { secrets } from '../../helpers/test-hub.ts'
import { type AtEngine, openAtEngine } from './at-engine.ts'

describe('settings by rules at a Docker Engine', function () {
  this.timeout(300_000)
  const options = { writable: ['/home/jovyan'] }
  let hub: AtEngine
  let folder: string
  let clear: (() => Promise<void>) | undefined

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    folder = await mkdtemp(join(tmpdir(), 'carrel-solutions-'))
    await writeFile(join(folder, 'answers.txt'), 'forty-two')
    await chmod(folder, 0o755)
    const spawner = await openDocker(options)
    clear = spawner.clear
    const solutions = [{ source: folder, path: '/home/jovyan/solutions' }]
    hub = await openAtEngine(spawner, {
      spawner: dockerSpawner(options),
      courses: {
        demo: {
          image: await loadedImage('jupyter'),
          staff: ['group:tutors'],
          limits: { memory: '512M' },
          rules: [{ when: { role: 'staff' }, options: { mounts: solutions }, limits: { memory: '768M' } }],
        },
      },
      rules: [{ when: { role: 'temporary' }, options: { pidsLimit: 300, internet: false } }],
    })
  })

  after(async () => {
    await hub?.stop()
    await clear?.()
    if (folder !== undefined) await rm(folder, { recursive: true })
  })

  const answersIn = async ({ id, run, path, target = '' }: Server) => {
    const headers = { authorization: `token ${serverToken(secrets.keys.all[0], id, run)}` }
    const answer = await fetch(`${target}${path}api/contents/solutions/answers.txt`, { headers })
    return answer.status === 200 ? ((await answer.json()) as { content: string }).content : answer.status
  }
  const hostConfig = async ({ id, run }: Server) =>
    (await docker.getContainer(containerName({ server: id, run })).inspect()).HostConfig

  it('show a folder of the machine to staff, and to no one else', async () => {
    const [tina, ann] = [await hub.open('tina'), await hub.open('ann')]
    assert.deepEqual([await answersIn(tina), await answersIn(ann)], ['forty-two', 404])
    const [staff, learner] = [await hostConfig(tina), await hostConfig(ann)]
    assert.deepEqual([staff.Memory, learner.Memory], [768 * 2 ** 20, 512 * 2 ** 20])
    assert.equal(JSON.stringify(learner).includes(folder), false)
  })

  it('give temporary users what the rule of the site says, and what the course says', async () => {
    const visitor = await hub.open('a3bb189e-8bf9-3888-9912-ace4e6543002', 'temporary')
    const { PidsLimit, Memory } = await hostConfig(visitor)
    assert.deepEqual([PidsLimit, Memory, await answersIn(visitor)], [300, 512 * 2 ** 20, 404])
  })
})
