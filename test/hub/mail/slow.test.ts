import assert from 'node:assert/strict'
import { pino } from 'pino'
import { mailSchema } from '../../../config/sections/mail.ts'
import { openDatabase } from '../../../hub/db/database.ts'
import type { Database } from '../../../hub/db/dialect.ts'
import { renewHub } from '../../../hub/db/hubs.ts'
import { addressesOf } from '../../../hub/db/mail/addresses.ts'
import { createOutbox } from '../../../hub/mail/outbox.ts'
import { openMailLine, type Patience } from '../../../hub/mail/smtp.ts'
import { withTemplate } from '../../../hub/roster/words.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type MailServerOptions, startMailServer } from '../../helpers/mail-server.ts'
import { queuePeople, statesOf, wordsOf } from './queue.ts'

const never = () => new Promise<never>(() => undefined)

onEachDatabase('the outbox, at a mail server that is down or slow', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let db: Database

  beforeEach(async () => {
    const opened = await openDatabase(await makeDatabase())
    cleanup.defer(() => opened.close())
    db = opened.db
    await renewHub(db, 'here')
  })

  async function open(options: MailServerOptions, changed: Partial<Patience> = {}, url?: string) {
    const server = await startMailServer(cleanup, options)
    const settings = mailSchema.parse({ from: 'courses@example.org', url: url ?? server.url, perMinute: 600 })
    const log = pino({ level: 'silent' })
    const patience = { connect: 60_000, silence: 60_000, mail: 60_000, ...changed }
    return {
      server,
      send: createOutbox(
        { db, id: 'here', log },
        withTemplate(settings, { name: 'Carrel', language: 'en' }),
        wordsOf(db),
        patience,
      ),
    }
  }
  const { signal } = new AbortController()
  const reasons = async (ids: string[]) => (await addressesOf(db, ids)).map(({ reason }) => reason)
  const triesOf = async (ids: string[]) => (await addressesOf(db, ids)).map(({ tries }) => tries)

  it('keeps all mails while the server is down, and sends each once when it is up', async () => {
    const ids = await queuePeople(db, 'ann', 'bob')
    const down = await open({}, {}, 'smtp://127.0.0.1:1')
    await down.send(signal)
    assert.deepEqual(await statesOf(db, ids), ['waiting', 'waiting'])
    assert.match((await reasons(ids)).join(), /ECONNREFUSED/)
    assert.deepEqual(await triesOf(ids), [0, 0], 'no address is to blame')
    await db('addresses').update({ due: 0 })
    const up = await open({})
    await up.send(signal)
    assert.deepEqual(await statesOf(db, ids), ['sent', 'sent'])
    assert.equal(up.server.mails.length, 2)
  })

  it('waits no longer than it says for a server that never greets', async () => {
    const ids = await queuePeople(db, 'ann')
    const { send } = await open({ answer: (command) => (command === 'hello' ? never() : undefined) }, { connect: 100 })
    await send(signal)
    assert.deepEqual([await statesOf(db, ids), await triesOf(ids)], [['waiting'], [0]])
  })

  it('tries a mail later whose receiver a server never answers', async () => {
    const ids = await queuePeople(db, 'ann')
    const { send } = await open(
      { answer: (command) => (command.startsWith('RCPT') ? never() : undefined) },
      { silence: 200 },
    )
    await send(signal)
    assert.deepEqual([await statesOf(db, ids), await triesOf(ids)], [['waiting'], [1]])
  })

  it('is not sure of a mail whose end a server never answers, and does not send it again', async () => {
    const ids = await queuePeople(db, 'ann')
    const { server, send } = await open(
      { answer: (command) => (command === '.' ? never() : undefined) },
      { silence: 200 },
    )
    await send(signal)
    await send(signal)
    assert.deepEqual(await statesOf(db, ids), ['unsure'])
    assert.equal(server.commands.filter((command) => command === '.').length, 1)
  })

  it('is not held up by a server that says a letter now and then', async () => {
    const ids = await queuePeople(db, 'ann')
    const { send } = await open(
      {
        answer: (command, socket) => {
          if (!command.startsWith('RCPT')) return undefined
          const drip = setInterval(() => socket.write('2'), 20)
          socket.once('close', () => clearInterval(drip))
          return never()
        },
      },
      { mail: 300 },
    )
    await send(signal)
    assert.deepEqual(await statesOf(db, ids), ['waiting'])
    assert.match((await reasons(ids)).join(), /took too long/)
  })

  it('lets a mail end that is being sent when the hub stops, and begins no other', async () => {
    const ids = await queuePeople(db, 'ann', 'bob')
    const stopping = new AbortController()
    const { server, send } = await open({
      answer: (command) => {
        if (command === 'DATA') stopping.abort()
        return undefined
      },
    })
    await send(stopping.signal)
    assert.deepEqual((await statesOf(db, ids)).sort(), ['sent', 'waiting'])
    assert.equal(server.mails.length, 1)
  })

  it('does not keep a hub that stops waiting for a silent server, and leaves the mail to the next one', async () => {
    const ids = await queuePeople(db, 'ann')
    const stopping = new AbortController()
    const silent = await open({
      answer: (command) => {
        if (!command.startsWith('RCPT')) return undefined
        stopping.abort()
        return never()
      },
    })
    await silent.send(stopping.signal)
    assert.deepEqual([await statesOf(db, ids), await triesOf(ids)], [['waiting'], [0]])
    const next = await open({})
    await next.send(signal)
    assert.deepEqual(await statesOf(db, ids), ['sent'])
  })

  it('is cut from a silent server, and says so', async () => {
    const stopping = new AbortController()
    const server = await startMailServer(cleanup, {
      answer: (command) => {
        if (command !== 'hello') return undefined
        stopping.abort()
        return never()
      },
    })
    const settings = { from: 'courses@example.org', insecure: false, url: server.url }
    await assert.rejects(openMailLine(settings, { signal: stopping.signal }), /The hub stopped/)
    await assert.rejects(openMailLine(settings, { signal: stopping.signal }), /abort/)
  })
})
