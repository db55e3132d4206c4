import { setTimeout as sleep } from 'node:timers/promises'
import type { MailSettings } from '../../config/sections/mail.ts'
import { type LetterWords, letterOf } from '../../roster/letter.ts'
import { kept } from '../../words/kept.ts'
import { freeMails, type MailAddress, noteHanded, putBack, settleMail, takeMail } from '../db/mail/addresses.ts'
import type { Hub } from '../hub.ts'
import { type MailLine, type MailOutcome, MailServerError, openMailLine, type Patience } from './smtp.ts'

/** Makes a new first-use link for a user, and returns the words of the mail; undefined when the user needs none. */
export type WordsFor = (user: string) => Promise<LetterWords | undefined>

/** How long a mail waits after a try that failed for the moment. After the last of them it has failed. */
const waits = [1, 5, 15, 60, 240, 720].map((minutes) => minutes * 60_000)

/** How long all mails wait when the server could not be used at all. */
const serverWait = 60_000

/** How long a mail that is being sent when the hub stops may still take, in milliseconds. */
const stopWait = 5000

/**
 * Returns what sends all mails that are due, one after the other and not faster than the config allows. A hub that ends
 * at any instruction loses no mail: the next one sends it, unless the server may have taken it already, which people are
 * told.
 */
export function createOutbox(
  hub: Pick<Hub, 'db' | 'id' | 'log'>,
  settings: MailSettings & { template: string },
  wordsFor: WordsFor,
  patience?: Patience,
): (signal: AbortSignal) => Promise<void> {
  let notBefore = 0
  /** Writes what became of a mail, where the database could not be written to when it was known. */
  let unsettled: (() => Promise<void>) | undefined

  return async function act(signal: AbortSignal): Promise<void> {
    await unsettled?.()
    unsettled = undefined
    const freed = await freeMails(hub.db, hub.id)
    if (freed.again + freed.unsure > 0) hub.log.warn(freed, 'mails that a hub had in hand when it ended')
    if (performance.now() < notBefore) return
    const cut = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const stop = () => {
      timer = setTimeout(() => cut.abort(), stopWait)
    }
    signal.addEventListener('abort', stop, { once: true })
    let line: MailLine | undefined
    try {
      while (!signal.aborted) {
        const mail = await takeMail(hub.db, hub.id)
        if (mail === undefined) return
        const took = performance.now()
        line = await lineFor(mail, line, cut.signal)
        if (line === undefined) return
        await send(mail, line, cut.signal)
        if (performance.now() < notBefore) return
        const pace = 60_000 / settings.perMinute - (performance.now() - took)
        if (pace > 0) await sleep(pace, undefined, { signal }).catch(() => undefined)
      }
    } finally {
      line?.close()
      signal.removeEventListener('abort', stop)
      clearTimeout(timer)
    }
  }

  /** Returns a line to the server. Without one, puts the mail back, which is not to blame, and has all mails wait. */
  async function lineFor(
    mail: MailAddress,
    line: MailLine | undefined,
    signal: AbortSignal,
  ): Promise<MailLine | undefined> {
    if (line?.isOpen) return line
    try {
      return await openMailLine(settings, { signal, ...(patience && { patience }) })
    } catch (error) {
      await serverFailed(mail, error)
      return undefined
    }
  }

  /** Puts a mail back of which nothing was tried. Where the server is to blame, has all mails wait; throws other errors. */
  async function serverFailed({ user }: MailAddress, error: unknown): Promise<void> {
    const isServers = error instanceof MailServerError
    if (isServers) notBefore = performance.now() + serverWait
    const reason = isServers ? error.message : kept`The mail could not be made.`
    await putBack(hub.db, { user, holder: hub.id }, { reason, later: serverWait })
    if (!isServers) throw error
    hub.log.warn({ reason }, 'the mail server cannot be used; its mails wait')
  }

  async function send(mail: MailAddress, line: MailLine, cut: AbortSignal): Promise<void> {
    const { user, email } = mail
    try {
      const words = await wordsFor(user)
      if (words === undefined) {
        const reason = kept`The person has a password already, or is gone.`
        await settleMail(hub.db, { user, holder: hub.id }, { mail: 'failed', reason })
        return
      }
      const outcome = await line.send(
        {
          to: { name: words.name, address: email },
          ...letterOf(settings.template, words),
          messageId: `<${user}.${mail.changed}@${new URL(words.address).hostname}>`,
        },
        () => noteHanded(hub.db, user, hub.id),
      )
      const { state, reason } = outcome
      hub.log.info({ user, mail: state, ...(reason !== '' && { reason }) }, 'mail')
      unsettled = () => settle(mail, outcome, cut.aborted)
      await unsettled()
      unsettled = undefined
    } catch (error) {
      await serverFailed(mail, error)
    }
  }

  async function settle({ user, tries }: MailAddress, { state, reason }: MailOutcome, wasCut: boolean): Promise<void> {
    const held = { user, holder: hub.id }
    const later = waits[tries - 1]
    if (state === 'sent') await settleMail(hub.db, held, { mail: 'sent' })
    else if (state === 'unknown') await settleMail(hub.db, held, { mail: 'unsure', reason })
    // The address is not to blame for a hub that stops.
    else if (state === 'later' && wasCut) await putBack(hub.db, held, { reason, later: 0 })
    else if (state === 'later' && later !== undefined)
      await settleMail(hub.db, held, { mail: 'waiting', reason, later })
    else await settleMail(hub.db, held, { mail: 'failed', reason })
  }
}
