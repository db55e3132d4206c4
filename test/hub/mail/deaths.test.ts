import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openDatabase } from '../../../hub/db/database.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { startMailServer } from '../../helpers/mail-server.ts'
import { lookInto } from '../../helpers/test-hub.ts'
import { queuePeople, statesOf } from './queue.ts'

const script = join(import.meta.dirname, 'outbox-process.ts')
/** What the server hears when the hub that sends is killed. The last one is the mail after the one that it has taken. */
const moments = ['hello', 'EHLO', 'MAIL', 'RCPT', 'DATA', '.', 'MAIL after another']

onEachDatabase('a hub that is killed while it sends mails', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('loses no mail, and sends none twice', async () => {
    const url = await makeDatabase()
    const names = Array.from({ length: moments.length + 4 }, (_, at) => `person${at}`)
    const opened = await openDatabase(url)
    const ids = await queuePeople(opened.db, ...names)
    await opened.close()

    let child: ChildProcess | undefined
    let moment: string | undefined
    let taken = 0
    const server = await startMailServer(cleanup, {
      answer: async (command) => {
        if (command === '.') taken += 1
        const [wanted = 'none', after] = moment?.split(' ') ?? []
        if (!command.startsWith(wanted) || (after !== undefined && taken === 0)) return undefined
        child?.kill('SIGKILL')
        if (child !== undefined) await once(child, 'exit')
        return undefined
      },
    })
    for (const next of [...moments, undefined]) {
      moment = next
      taken = 0
      child = spawn(process.execPath, [script, url, server.url, `hub${next}`], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      const [code, signal] = await once(child, 'exit')
      assert.deepEqual([code, signal], next === undefined ? [0, null] : [null, 'SIGKILL'])
      const db = lookInto(url)
      await db('hubs').update({ seen: 0 })
      await db.destroy()
    }

    const counts = names.map((name) => server.mails.filter(({ to }) => to === `${name}@example.org`).length)
    const again = await openDatabase(url)
    const states = await statesOf(again.db, ids)
    await again.close()
    assert.deepEqual(
      counts.filter((count) => count !== 1),
      [],
      'each person has one mail',
    )
    const unsure = states.filter((state) => state === 'unsure').length
    assert.ok(unsure <= 2, 'only those are not sure of which the hub had not heard the end')
    assert.equal(states.filter((state) => state === 'sent').length, names.length - unsure)
  })
})
