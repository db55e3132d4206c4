import assert from 'node:assert/strict'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { bindAdminSocket } from '../../../hub/http/admin-socket.ts'
import { until } from '../../helpers/until.ts'

describe('the socket for commands', () => {
  let parent: string

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'carrel-socket-'))
    await mkdir(join(parent, 'data'))
  })
  afterEach(() => rm(parent, { recursive: true }))

  it('touches nothing beside the data folder, which may be all that the account can write to', async () => {
    const seen: string[] = []
    const watching = watch(parent, (_, name) => seen.push(name ?? ''))
    try {
      const listener = await bindAdminSocket(join(parent, 'data'), { log: pino({ enabled: false }), unanswered: 8 })
      assert.deepEqual(await readdir(join(parent, 'data')), ['admin.sock'])
      await writeFile(join(parent, 'afterwards'), '')
      await until(() => seen.includes('afterwards'))
      assert.deepEqual([...new Set(seen)], ['afterwards'])
      await listener.close()
      assert.deepEqual(await readdir(join(parent, 'data')), [])
    } finally {
      const closed = once(watching, 'close')
      watching.close()
      await closed
    }
  })
})
