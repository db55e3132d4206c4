import assert from 'node:assert/strict'
import { pino } from 'pino'
import { mailSchema } from '../../../config/sections/mail.ts'
import { openDatabase } from '../../../hub/db/database.ts'
import type { Database } from '../../../hub/db/dialect.ts'
import { renewHub } from '../../../hub/db/hubs.ts'
import { addressesOf, askForMails, noteHanded, retryMails, takeMail } from '../../../hub/db/mail/addresses.ts'
import { createOutbox } from '../../../hub/mail/outbox.ts'
import { withTemplate } from '../../../hub/roster/words.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type MailServerOptions, startMailServer } from '../../helpers/mail-server.ts'
import { queuePeople, statesOf, wordsOf } from './queue.ts'

onEachDatabase('the outbox', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  const { signal } = new AbortController()
  let db: Database
  let log: string[]

  beforeEach(async () => {
    const opened = await openDatabase(await makeDatabase())
    cleanup.defer(() => opened.close())
    db = opened.db
    log = []
    await renewHub(db, 'here')
  })

  const people = (...names: string[]) => queuePeople(db, ...names)

  async function open(options: MailServerOptions = {}) {
    const server = await startMailServer(cleanup, options)
    const settings = mailSchema.parse({ from: 'courses@example.org', url: server.url, perMinute: 600 })
    const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) })
    const send = createOutbox(
      { db, id: 'here', log: logger },
      withTemplate(settings, { name: 'Carrel', language: 'en' }),
      wordsOf(db),
    )
    return { server, send: () => send(signal) }
  }

  const states = (ids: string[]) => statesOf(db, ids)
  const dueNow = () => db('addresses').where({ mail: 'waiting' }).update({ due: 0 })

  it('sends each person one mail with a link of her own, and none at the second round', async () => {
    const ids = await people('ann', 'bob', 'cat')
    const { server, send } = await open()
    await send()
    await send()
    assert.deepEqual(server.mails.map(({ to }) => to).sort(), ['ann@example.org', 'bob@example.org', 'cat@example.org'])
    const links = server.mails.map(({ data }) => /secret\d/.exec(data.replaceAll('=\n', ''))?.[0])
    assert.equal(new Set(links).size, 3)
    assert.deepEqual(await states(ids), ['sent', 'sent', 'sent'])
    assert.equal(
      log.some((line) => line.includes('secret')),
      false,
      'no link is logged',
    )
  })

  it('tells why an address failed, and tries it again when it is asked to', async () => {
    const ids = await people('ann', 'bob')
    let isFull = true
    const { server, send } = await open({
      answer: (command) => (isFull && command.includes('ann@') ? '550 5.1.1 no such user' : undefined),
    })
    await send()
    assert.deepEqual(await states(ids), ['failed', 'sent'])
    assert.equal((await addressesOf(db, ids)).find(({ mail }) => mail === 'failed')?.reason, '550 5.1.1 no such user')
    isFull = false
    assert.equal(await db.transaction((trx) => retryMails(trx, ['failed'])), 1)
    await send()
    assert.deepEqual(await states(ids), ['sent', 'sent'])
    assert.equal(server.mails.length, 2)
  })

  it('tries an address later that fails for the moment, and gives up in the end', async () => {
    const ids = await people('ann')
    const { send } = await open({ answer: (command) => (command.startsWith('RCPT') ? '450 4.2.1 later' : undefined) })
    await send()
    assert.deepEqual(await states(ids), ['waiting'])
    await send()
    assert.equal((await addressesOf(db, ids))[0]?.tries, 1, 'not before it is due')
    for (let tries = 2; tries <= 7; tries += 1) {
      await dueNow()
      await send()
    }
    assert.deepEqual(await states(ids), ['failed'])
  })

  it('has all mails wait when the server takes none, and blames no address', async () => {
    const ids = await people('ann', 'bob')
    const { server, send } = await open({
      answer: (command) => (command.startsWith('MAIL') ? '530 sign in' : undefined),
    })
    await send()
    await send()
    assert.deepEqual(await states(ids), ['waiting', 'waiting'])
    assert.equal(server.commands.filter((command) => command.startsWith('MAIL')).length, 1)
  })

  it('sends a mail again that a dead hub had begun, and not one that the server may have', async () => {
    const ids = await people('ann', 'bob', 'cat')
    const begun = await takeMail(db, 'dead')
    const handed = await takeMail(db, 'dead')
    await noteHanded(db, handed?.user ?? '', 'dead')
    const { server, send } = await open()
    await send()
    const found = new Map((await addressesOf(db, ids)).map(({ user, mail }) => [user, mail]))
    assert.equal(found.get(begun?.user ?? ''), 'sent')
    assert.equal(found.get(handed?.user ?? ''), 'unsure')
    assert.equal(server.mails.length, 2)
  })

  it('leaves the mails of another hub that lives', async () => {
    await people('ann')
    await renewHub(db, 'other')
    await takeMail(db, 'other')
    const { server, send } = await open()
    await send()
    assert.deepEqual(server.mails, [])
  })

  it('is not sure of a mail whose end had no answer', async () => {
    const ids = await people('ann')
    const { send } = await open({
      answer: (command, socket) => {
        if (command === '.') socket.destroy()
        return undefined
      },
    })
    await send()
    assert.deepEqual(await states(ids), ['unsure'])
  })

  it('does not end a mail that another hub has taken over meanwhile', async () => {
    await people('ann')
    const { server, send } = await open({
      answer: async (command) => {
        if (command === 'DATA') await db('addresses').update({ holder: 'other' })
        return undefined
      },
    })
    await assert.rejects(send(), /no longer/)
    assert.deepEqual(server.mails, [])
  })

  it('asks for no other mail while the link in the first one is good, unless that failed', async () => {
    const ids = await people('ann', 'bob', 'cat')
    const { send } = await open({
      answer: (command) => (command.includes('<bob@') ? '550 5.1.1 no such user' : undefined),
    })
    await send()
    const ask = () => db.transaction((trx) => askForMails(trx, ids, 3600))
    assert.equal(await ask(), 1, 'bob, whose mail failed')
    assert.equal(await ask(), 0, 'his is on its way now')
    await db('addresses').update({ changed: 0 })
    assert.equal(await ask(), 2, 'the links of ann and cat have ended')
  })

  it('writes what became of a mail as soon as the database can be written to', async () => {
    const ids = await people('ann', 'bob')
    const { server, send } = await open({
      answer: async (command) => {
        // The answer is lost on its way to the database.
        if (command === '.' && server.mails.length === 0) await db.schema.renameTable('addresses', 'away')
        return undefined
      },
    })
    await assert.rejects(send())
    await db.schema.renameTable('away', 'addresses')
    await send()
    assert.deepEqual(await states(ids), ['sent', 'sent'])
    assert.equal(server.mails.length, 2)
  })
})
