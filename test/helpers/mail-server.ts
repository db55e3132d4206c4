import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import type { Cleanup } from './cleanup.ts'

export interface ReceivedMail {
  from: string
  to: string
  /** Headers and text, as they came, without the doubling of dots. */
  data: string
}

export interface MailServerOptions {
  /** Returns the answer to a command, such as `550 5.1.1 unknown`; undefined for the usual one. May take its time. */
  answer?(command: string, socket: Socket): string | undefined | Promise<string | undefined>
  /** Name and password that it wants. */
  account?: { name: string; password: string }
  /** Speaks TLS with this certificate: from the start, or when it is told STARTTLS. */
  tls?: { key: Buffer; cert: Buffer; from: 'start' | 'starttls' }
  /** The name by which it is called. */
  host?: string
}

export interface MailServer {
  url: string
  mails: ReceivedMail[]
  /** All commands that came, on all connections. One that came without encryption to a server with TLS has `clear ` before it. */
  commands: string[]
}

/**
 * Starts a mail server on 127.0.0.1. A mail counts as received when its end has come, as in real servers. The command of
 * the end is called `.`, and the beginning of a connection `hello`: their answers may be errors, or never come.
 */
export async function startMailServer(
  cleanup: Cleanup,
  { answer = () => undefined, account, tls, host = '127.0.0.1' }: MailServerOptions = {},
): Promise<MailServer> {
  const mails: ReceivedMail[] = []
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const begin = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    // A client that leaves in the middle of a line ends the talk.
    greet(socket).catch(() => undefined)
  }
  const server = tls?.from === 'start' ? createTlsServer(tls, begin) : createServer(begin)

  async function greet(socket: Socket): Promise<void> {
    const text = (await answer('hello', socket)) ?? '220 mail.test'
    if (socket.writable) socket.write(`${text}\r\n`)
    if (!(await talk(socket)) || tls === undefined) return
    const begun = (await answer('STARTTLS', socket)) ?? '220 go on'
    const secured = new TLSSocket(socket, { isServer: true, key: tls.key, cert: tls.cert })
    secured.on('error', () => undefined)
    socket.write(`${begun}\r\n`)
    await talk(secured)
  }

  /** Answers commands. Returns true when the client wants to begin TLS. */
  async function talk(socket: Socket): Promise<boolean> {
    const isSecured = socket instanceof TLSSocket
    const extensions = [
      ...(account === undefined ? [] : ['AUTH PLAIN']),
      ...(tls?.from === 'starttls' && !isSecured ? ['STARTTLS'] : []),
    ]
    let mail = { from: '', to: '', data: '' }
    let isData = false
    const reply = async (command: string, usual: string) => {
      commands.push(`${tls !== undefined && !isSecured ? 'clear ' : ''}${command}`)
      const text = (await answer(command, socket)) ?? usual
      if (socket.writable) socket.write(`${text}\r\n`)
      return /^[23]/.test(text)
    }
    for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (isData && line !== '.') {
        mail.data += `${line.replace(/^\./, '')}\n`
      } else if (isData) {
        isData = false
        if (await reply('.', '250 taken')) mails.push(mail)
        mail = { from: '', to: '', data: '' }
      } else if (/^EHLO/i.test(line)) {
        const lines = ['mail.test', ...extensions].map(
          (text, at, all) => `250${at < all.length - 1 ? '-' : ' '}${text}`,
        )
        await reply(line, lines.join('\r\n'))
      } else if (/^STARTTLS/i.test(line) && extensions.includes('STARTTLS')) {
        commands.push('clear STARTTLS')
        return true
      } else if (/^AUTH PLAIN /i.test(line)) {
        const given = Buffer.from(line.slice('AUTH PLAIN '.length), 'base64').toString()
        const isRight = given === `\0${account?.name}\0${account?.password}`
        await reply('AUTH', isRight ? '235 welcome' : '535 5.7.8 wrong name or password')
      } else if (/^MAIL FROM:/i.test(line)) {
        mail.from = addressIn(line)
        await reply(line, '250 fine')
      } else if (/^RCPT TO:/i.test(line)) {
        if (await reply(line, '250 fine')) mail.to = addressIn(line)
      } else if (/^DATA/i.test(line)) {
        isData = await reply(line, '354 go on')
      } else if (/^QUIT/i.test(line)) {
        await reply(line, '221 bye')
        socket.end()
      } else await reply(line, '250 fine')
    }
    return false
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.defer(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the mail server has no port')
  const login =
    account === undefined ? '' : `${encodeURIComponent(account.name)}:${encodeURIComponent(account.password)}@`
  return { url: `smtp${tls?.from === 'start' ? 's' : ''}://${login}${host}:${address.port}`, mails, commands }
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? ''
}
