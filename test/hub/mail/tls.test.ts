import assert from 'node:assert/strict'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { dnsCache } from 'nodemailer/lib/shared'
import { MailServerError, type OutgoingMail, openMailLine } from '../../../hub/mail/smtp.ts'
import { selfSigned } from '../../helpers/certificate.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { type MailServerOptions, startMailServer } from '../../helpers/mail-server.ts'

const mail: OutgoingMail = {
  to: { name: 'Ann Lee', address: 'ann@example.org' },
  subject: 'Your account',
  text: 'https://hub.example.org/x?key=secret',
  messageId: '<1@hub.example.org>',
}
/** The name of a mail server elsewhere, which the tests have lead to 127.0.0.1. */
const host = 'mail.example.org'
const account = { name: 'courses', password: 'right' }

describe('openMailLine, with TLS', () => {
  const cleanup = cleanupAfterEach()
  const usual = getCACertificates('default')
  const good = selfSigned([host])
  const ofAnother = selfSigned(['other.example.org'])
  const unknown = selfSigned([host])
  before(() => {
    setDefaultCACertificates([...usual, good.cert.toString(), ofAnother.cert.toString()])
    dnsCache.set(host, { value: { addresses: ['127.0.0.1'] }, expires: Number.POSITIVE_INFINITY })
  })
  after(() => {
    setDefaultCACertificates(usual)
    dnsCache.delete(host)
  })

  const settings = { from: 'courses@example.org', insecure: false }
  async function attempt(options: MailServerOptions, more: { insecure?: boolean } = {}) {
    const server = await startMailServer(cleanup, { host, account, ...options })
    const open = async () => {
      const line = await openMailLine({ ...settings, ...more, url: server.url })
      cleanup.defer(() => line.close())
      return line.send(mail, async () => undefined)
    }
    return { server, open }
  }

  for (const from of ['start', 'starttls'] as const) {
    describe(from === 'start' ? 'from the start' : 'by STARTTLS', () => {
      it('sends a mail, and nothing of it without encryption', async () => {
        const { server, open } = await attempt({ tls: { ...good, from } })
        assert.equal((await open()).state, 'sent')
        assert.equal(server.mails.length, 1)
        const clear = server.commands.filter((command) => command.startsWith('clear '))
        assert.deepEqual(
          clear.map((command) => command.split(' ')[1]),
          from === 'start' ? [] : ['EHLO', 'STARTTLS'],
        )
      })

      for (const [what, pair] of [
        ['a certificate that no authority has signed', unknown],
        ['the certificate of another server', ofAnother],
      ] as const) {
        it(`refuses ${what}, and tells it neither password nor mail`, async () => {
          const { server, open } = await attempt({ tls: { ...pair, from } })
          await assert.rejects(
            open(),
            (error) => error instanceof MailServerError && /certificat|altnames/.test(error.message),
          )
          assert.deepEqual(
            server.commands.filter((command) => /AUTH|MAIL|RCPT/.test(command)),
            [],
          )
        })
      }
    })
  }

  it('does not go on without TLS where the server, or a machine on the way, offers none', async () => {
    const { server, open } = await attempt({})
    await assert.rejects(open(), MailServerError)
    assert.deepEqual(
      server.commands.filter((command) => /AUTH|MAIL|RCPT/.test(command)),
      [],
    )
  })

  it('forgets what came in clear behind the answer to STARTTLS', async () => {
    const { server, open } = await attempt({
      tls: { ...good, from: 'starttls' },
      answer: (command) => (command === 'STARTTLS' ? '220 go on\r\n250 evil.example\r\n250 evil.example' : undefined),
    })
    assert.equal((await open()).state, 'sent')
    assert.equal(server.commands.includes('AUTH'), true, 'what the server itself offers is used')
  })

  it('goes on without TLS where the config says so', async () => {
    const { server, open } = await attempt({}, { insecure: true })
    assert.equal((await open()).state, 'sent')
    assert.equal(server.mails.length, 1)
  })

  it('needs no TLS to a server of the same machine', async () => {
    const { open } = await attempt({ host: '127.0.0.1' })
    assert.equal((await open()).state, 'sent')
  })
})
