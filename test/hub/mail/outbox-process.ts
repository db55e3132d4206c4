/** Sends the mails that are due as a hub does, in a process of its own, for tests that kill it. */
import { pino } from 'pino'
import { mailSchema } from '../../../config/sections/mail.ts'
import { openDatabase } from '../../../hub/db/database.ts'
import { renewHub } from '../../../hub/db/hubs.ts'
import { createOutbox } from '../../../hub/mail/outbox.ts'
import { withTemplate } from '../../../hub/roster/words.ts'
import { wordsOf } from './queue.ts'

const [, , database = '', url = '', id = ''] = process.argv
const { db, close } = await openDatabase(database)
await renewHub(db, id)
const settings = mailSchema.parse({ from: 'courses@example.org', url, perMinute: 600 })
const send = createOutbox(
  { db, id, log: pino({ level: 'silent' }) },
  withTemplate(settings, { name: 'Carrel', language: 'en' }),
  wordsOf(db),
)
await send(new AbortController().signal)
await close()
