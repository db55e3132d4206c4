import assert from 'node:assert/strict'
import { type MailLine, MailServerError, type OutgoingMail, openMailLine } from '../../../hub/mail/smtp.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { type MailServerOptions, startMailServer } from '../../helpers/mail-server.ts'

const mail: OutgoingMail = {
  to: { name: 'Zoë Lee', address: 'zoe@example.org' },
  subject: 'Your account',
  text: 'Hello\n.\nhttps://hub.example.org/x?key=secret\n',
  messageId: '<1@hub.example.org>',
}

describe('openMailLine', () => {
  const cleanup = cleanupAfterEach()
  const settings = { from: 'Courses <courses@example.org>', replyTo: 'help@example.org', insecure: false }

  async function open(options: MailServerOptions = {}) {
    const server = await startMailServer(cleanup, options)
    const line = await openMailLine({ ...settings, url: server.url })
    cleanup.defer(() => line.close())
    return { server, line }
  }
  const nothing = async () => undefined
  const outcome = async (line: MailLine, changed: Partial<OutgoingMail> = {}) =>
    line.send({ ...mail, ...changed }, nothing)

  it('sends mails on one connection, with its headers and its text', async () => {
    const { server, line } = await open()
    assert.deepEqual(await outcome(line), { state: 'sent', reason: '' })
    assert.deepEqual(await outcome(line, { to: { name: 'Bob', address: 'bob@example.org' } }), {
      state: 'sent',
      reason: '',
    })
    assert.deepEqual(
      server.mails.map(({ from, to }) => [from, to]),
      [
        ['courses@example.org', 'zoe@example.org'],
        ['courses@example.org', 'bob@example.org'],
      ],
    )
    assert.equal(server.commands.filter((command) => command.startsWith('EHLO')).length, 1)
    const { data = '' } = server.mails[0] ?? {}
    for (const header of [
      /^From: Courses <courses@example\.org>$/m,
      /^To: =\?UTF-8\?Q\?Zo=C3=AB_Lee\?= <zoe@example\.org>$/m,
      /^Reply-To: help@example\.org$/m,
      /^Message-ID: <1@hub\.example\.org>$/m,
      /^Auto-Submitted: auto-generated$/m,
    ]) {
      assert.match(data, header)
    }
    assert.match(data, /\n\nHello\n\.\nhttps:/)
  })

  it('signs in', async () => {
    const account = { name: 'courses@example.org', password: 'a:b/c@d %' }
    const { line } = await open({ account })
    assert.equal((await outcome(line)).state, 'sent')
  })

  it('refuses to begin without the right password, and never repeats the one it has', async () => {
    const server = await startMailServer(cleanup, { account: { name: 'a', password: 'right' } })
    const url = server.url.replace('right', 'wrong-password')
    await assert.rejects(openMailLine({ ...settings, url }), (error: Error) => {
      assert.ok(error instanceof MailServerError)
      assert.match(error.message, /^535 5\.7\.8 wrong name or password$/)
      return !error.message.includes('wrong-password')
    })
  })

  it('says that a server cannot be reached', async () => {
    const { server } = await open()
    const url = server.url.replace(/\d+$/, '1')
    await assert.rejects(openMailLine({ ...settings, url }), (error) => error instanceof MailServerError)
  })

  it('says that the server takes no mail from this sender', async () => {
    const { line } = await open({ answer: (command) => (command.startsWith('MAIL') ? '550 not you' : undefined) })
    await assert.rejects(outcome(line), /550 not you/)
  })

  const outcomes: Record<string, [command: RegExp, answer: string, state: string]> = {
    'an address that the server does not know': [/^RCPT/, '550 5.1.1 unknown', 'refused'],
    'an address that is full at the moment': [/^RCPT/, '452 4.2.2 full', 'later'],
    'a mail that the server will not have': [/^\.$/, '554 5.7.1 spam', 'refused'],
    'a mail that the server will not have now': [/^\.$/, '451 4.3.0 try later', 'later'],
  }
  for (const [what, [command, answer, state]] of Object.entries(outcomes)) {
    it(`tells ${what}`, async () => {
      const { server, line } = await open({ answer: (given) => (command.test(given) ? answer : undefined) })
      assert.deepEqual(await outcome(line), { state, reason: answer })
      assert.equal(line.isOpen, false, 'the next mail gets a line of its own')
      assert.deepEqual(server.mails, [])
    })
  }

  it('does not know what became of a mail whose end had no answer', async () => {
    const { server, line } = await open({
      answer: (command, socket) => {
        if (command === '.') socket.destroy()
        return undefined
      },
    })
    assert.equal((await outcome(line)).state, 'unknown')
    assert.equal(server.commands.at(-1), '.')
  })

  it('knows that the server has not taken a mail that broke off before its end', async () => {
    const { server, line } = await open({
      answer: (command, socket) => {
        if (command === 'DATA') socket.destroy()
        return undefined
      },
    })
    assert.equal((await outcome(line)).state, 'later')
    assert.deepEqual(server.mails, [])
  })

  it('ends no mail before it may, and none at all when it may not', async () => {
    const { server, line } = await open()
    const refused = new Error('not any more')
    const before: string[][] = []
    const sending = line.send(mail, async () => {
      before.push([...server.commands])
      throw refused
    })
    await assert.rejects(sending, refused)
    assert.equal(before.flat().includes('.'), false)
    assert.deepEqual(server.mails, [])
    assert.equal(server.commands.includes('.'), false)
  })

  it('makes no header of a name, a subject or an address', async () => {
    const { server, line } = await open()
    await outcome(line, {
      to: { name: 'Ann\r\nBcc: evil@example.com', address: 'ann@example.org' },
      subject: 'Hello\r\nBcc: evil@example.com\r\n\r\nbody',
    })
    assert.deepEqual(
      server.mails.map(({ to, data }) => [to, /^Bcc:/im.test(data)]),
      [['ann@example.org', false]],
    )
    assert.equal(server.commands.filter((command) => command.startsWith('RCPT')).length, 1)
    await outcome(line, { to: { name: '', address: 'a@example.org>\r\nRCPT TO:<evil@example.com' } }).catch(
      () => undefined,
    )
    assert.equal(
      server.commands.some((command) => /RCPT TO:<evil@example\.com>/.test(command)),
      false,
    )
  })
})
