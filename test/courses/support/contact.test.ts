import assert from 'node:assert/strict'
import { addressIn, isOneAddress, linkTo } from '../../../courses/support/contact.ts'

describe('whom people ask for help', () => {
  it('is words, in which the first address leads to a mail or a page', () => {
    const rows: [contact: string, href: string | undefined][] = [
      ['help@example.org', 'mailto:help@example.org'],
      ['mailto:help@example.org', 'mailto:help@example.org'],
      ['first.last+tag@mail-1.example.org', 'mailto:first.last+tag@mail-1.example.org'],
      ['Prof. Martin, martin@example.org.', 'mailto:martin@example.org'],
      ['Prof. Martin (martin@example.org), room 12', 'mailto:martin@example.org'],
      ['https://help.example.org/?a=b&c=d#e', 'https://help.example.org/?a=b&c=d#e'],
      ['our page: http://help.example.org/x.', 'http://help.example.org/x'],
      ['Prof. Martin', undefined],
      ['@martin', undefined],
    ]
    for (const [contact, href] of rows) assert.equal(addressIn(contact)?.href, href, contact)
  })

  it('has no address of another kind, and none that brings more than whom a mail is for', () => {
    for (const contact of [
      'javascript:alert(1)',
      'data:text/html,<script>alert(1)</script>',
      'javascript:help@example.org',
      'help@example.org?bcc=all@example.org',
      'help@example.org&bcc=all',
      'help%0d%0aBcc:all@example.org',
      'help@example.org%0abcc:x',
      'help@example.org%0a',
      'mailto:?bcc=all@example.org',
      'https://user:secret@example.org/',
      'https://',
    ])
      assert.equal(addressIn(contact), undefined, contact)
    assert.equal(addressIn('help@example.org\r\nBcc: all@example.org')?.href, 'mailto:help@example.org')
  })

  it('is one address alone, or is not', () => {
    for (const one of ['help@example.org', 'https://example.org/help']) assert.equal(isOneAddress(one), true, one)
    for (const more of ['Ann, a@example.org', 'a@example.org b@example.org', 'https://a.test b', '', 'Ann'])
      assert.equal(isOneAddress(more), false, more)
  })

  it('gets a mail with a subject of one line, whatever is in it', () => {
    const address = addressIn('help@example.org')
    const page = addressIn('https://example.org/help')
    assert.ok(address && page)
    const subject = (text: string) => linkTo(address, text)
    assert.equal(subject('Data & more? (a-1)'), 'mailto:help@example.org?subject=Data%20%26%20more%3F%20(a-1)')
    assert.equal(subject('a\r\nBcc: b@c.test\u2028d'), 'mailto:help@example.org?subject=a%20Bcc%3A%20b%40c.test%20d')
    assert.equal(subject(`${'x'.repeat(149)}\u{1f600}`), `mailto:help@example.org?subject=${'x'.repeat(149)}%EF%BF%BD`)
    assert.equal(linkTo(page, 'Data'), 'https://example.org/help')
  })
})
