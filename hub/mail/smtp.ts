/** Hands mails to a mail server, and says of each what became of it as far as the server tells. */
import { Readable } from 'node:stream'
import type { MailSettings } from '../../config/sections/mail.ts'
import { isOwnMachine } from '../../seats/host.ts'
import { kept } from '../../words/kept.ts'

export interface OutgoingMail {
  to: { name: string; address: string }
  subject: string
  text: string
  /** Another one for each try, since each try has a link of its own. */
  messageId: string
}

/**
 * `sent`: the server has taken the mail. `refused`: it never will. `later`: it has not, and may take it at another time.
 * `unknown`: it was given everything, and never answered.
 */
export type MailOutcome = { state: 'sent' | 'refused' | 'later' | 'unknown'; reason: string }

/** The mail server could not be used at all, which is about no mail in particular. */
export class MailServerError extends Error {
  override name = 'MailServerError'
}

export interface MailLine {
  /**
   * Sends one mail. `beforeEnd` is awaited when the server has all of it but the mark of its end, before which no server
   * takes a mail. When that rejects, the server does not get the mail, and the error is thrown.
   */
  send(mail: OutgoingMail, beforeEnd: () => Promise<void>): Promise<MailOutcome>
  /** Says whether the line can take another mail. */
  readonly isOpen: boolean
  close(): void
}

/** How long a mail server may take, in milliseconds. */
export interface Patience {
  /** To be reached, to greet, and to begin TLS. */
  connect: number
  /** To say anything, at any time after that. Servers look for spam before they answer the end of a mail. */
  silence: number
  /** To take one mail altogether. A server could otherwise hold all others up by a letter now and then. */
  mail: number
}

/** RFC 5321 has clients wait for ten minutes after the end of a mail. */
const usualPatience: Patience = { connect: 60_000, silence: 600_000, mail: 900_000 }

/** Connects to the mail server and signs in. Throws a `MailServerError`. The line is cut when the signal aborts. */
export async function openMailLine(
  settings: Pick<MailSettings, 'url' | 'insecure' | 'from' | 'replyTo'>,
  { signal, patience = usualPatience }: { signal?: AbortSignal; patience?: Patience } = {},
): Promise<MailLine> {
  const { from, replyTo, insecure } = settings
  // Few hubs send mails, and this takes each of them 40 ms of the processors to load.
  const { default: SMTPConnection } = await import('nodemailer/lib/smtp-connection')
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const url = new URL(settings.url)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const isStartTls = url.protocol === 'smtp:'
  const isHere = isOwnMachine(`http://${url.host}`)
  const connection = new SMTPConnection({
    host,
    ...(url.port !== '' && { port: Number(url.port) }),
    secure: url.protocol === 'smtps:',
    requireTLS: isStartTls && !isHere && !insecure,
    // This machine's own server seldom has a certificate for the name `localhost`, and would be refused.
    ignoreTLS: isStartTls && isHere,
    connectionTimeout: patience.connect,
    greetingTimeout: patience.connect,
    socketTimeout: patience.silence,
    dnsTimeout: patience.connect,
  })
  let isOpen = true
  const cutOff = Promise.withResolvers<never>()
  // Between two mails nothing waits for it.
  cutOff.promise.catch(() => undefined)
  const cut = (error: unknown) => {
    isOpen = false
    cutOff.reject(error)
    connection.close()
  }
  const stop = () => cut(new Error(kept`The hub stopped.`))
  connection.once('end', () => {
    isOpen = false
    signal?.removeEventListener('abort', stop)
  })
  connection.on('error', cut)
  const orCut = (act: Promise<void>) => Promise.race([cutOff.promise, act])
  try {
    signal?.throwIfAborted()
    signal?.addEventListener('abort', stop, { once: true })
    await orCut(settled((done) => connection.connect(done)))
    if (url.username !== '') {
      const auth = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
      await orCut(settled((done) => connection.login(auth, done)))
    }
  } catch (error) {
    cut(error)
    throw serverError(error)
  }
  return {
    get isOpen() {
      return isOpen
    },
    async send({ to, subject, text, messageId }, beforeEnd) {
      const message = await new MailComposer({
        from,
        to,
        subject,
        text,
        messageId,
        ...(replyTo !== undefined && { replyTo }),
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        disableFileAccess: true,
        disableUrlAccess: true,
      })
        .compile()
        .build()
      const part = { isWhole: false, problem: undefined as unknown }
      const body = Readable.from(parts(message, beforeEnd, part), { objectMode: false })
      const tooLong = setTimeout(() => cut(new Error(kept`The mail server took too long.`)), patience.mail)
      try {
        await orCut(settled((done) => connection.send({ from: bareAddress(from), to: [to.address] }, body, done)))
        return { state: 'sent', reason: '' }
      } catch (error) {
        // What the server still expects is not known, so the next mail gets a line of its own.
        cut(error)
        if (part.problem !== undefined) throw part.problem
        // The server refuses the sender, and would refuse every other mail in the same way.
        if (errorFields(error).command === 'MAIL FROM') throw serverError(error)
        return outcomeOf(error, part.isWhole)
      } finally {
        clearTimeout(tooLong)
      }
    },
    close() {
      isOpen = false
      connection.quit()
    },
  }
}

/** Yields a message. Nothing that reads it comes to its end before `beforeEnd` has resolved. */
async function* parts(message: Buffer, beforeEnd: () => Promise<void>, part: { isWhole: boolean; problem: unknown }) {
  yield message
  try {
    await beforeEnd()
  } catch (error) {
    part.problem = error
    throw error
  }
  part.isWhole = true
}

/** Returns what an error says about the mail. The server has taken a mail only after its end was sent. */
function outcomeOf(error: unknown, isWhole: boolean): MailOutcome {
  const { permanent, responseCode } = errorFields(error)
  const reason = reasonOf(error)
  if (responseCode !== undefined) return { state: permanent === true ? 'refused' : 'later', reason }
  return { state: isWhole ? 'unknown' : 'later', reason }
}

/** Returns an error in one short line: the server's own words, where there are any. */
function reasonOf(error: unknown): string {
  const { response } = errorFields(error)
  const text = response ?? (error instanceof Error ? error.message : String(error))
  return text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 300)
}

function serverError(error: unknown): MailServerError {
  return new MailServerError(reasonOf(error), { cause: error })
}

function errorFields(error: unknown): {
  permanent?: unknown
  command?: unknown
  responseCode?: number
  response?: string
} {
  if (typeof error !== 'object' || error === null) return {}
  return {
    ...('permanent' in error && { permanent: error.permanent }),
    ...('command' in error && { command: error.command }),
    ...('responseCode' in error && typeof error.responseCode === 'number' && { responseCode: error.responseCode }),
    ...('response' in error && typeof error.response === 'string' && { response: error.response }),
  }
}

function bareAddress(from: string): string {
  return /<([^<>]+)>$/.exec(from)?.[1] ?? from
}

/** Turns a call with a callback into a promise. */
function settled(call: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(error) : resolve()))
  })
}
