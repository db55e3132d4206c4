import assert from 'node:assert/strict'
import { addressIn, asPeopleRead, isOneAddress, linkTo } from '../../../courses/support/contact.ts'

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
      ['our page (https://example.org/help).', 'https://example.org/help'],
      ['https://example.org/(x)', 'https://example.org/(x)'],
      ['(see https://example.org/a_(b), or ask)', 'https://example.org/a_(b)'],
      ['“http://x.org”', 'http://x.org/'],
      ['« https://example.org/é »', 'https://example.org/%C3%A9'],
      ['“help@example.org”', 'mailto:help@example.org'],
      ['Jérôme Dupont, dupont@univ.example', 'mailto:dupont@univ.example'],
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

  it('leads to nobody whose address is only a part of the one that is written', () => {
    for (const contact of [
      'jérôme.dupont@univ.example',
      'je\u0301rome@univ.example',
      'a.martin@université.fr',
      'a.martin@univ.université',
      'a.martin@univ。example',
      'a.martin@uni\u00adv.example',
      "o'neil@b.org",
      'o’neil@b.org',
      'a!b@c.org',
      'a#b@c.org',
      'a*b@c.org',
      'a~b@c.org',
      `${'x'.repeat(65)}@b.org`,
    ])
      assert.equal(addressIn(contact), undefined, contact)
  })

  it('begins where its address stands, also where the same letters stand before', () => {
    for (const [contact, index] of [
      ['x.a@b.é, a@b', 9],
      ['a@b.org/x, a@b.org', 11],
      ['mailto:a@b.org', 7],
      ['see https://b.org', 4],
    ] as const)
      assert.equal(addressIn(contact)?.index, index, contact)
  })

  it('is read without mailto:, which stays where no address follows', () => {
    const rows: [contact: string, read: string][] = [
      ['mailto:a@b.org', 'a@b.org'],
      ['Ann, mailto:a@b.org, or mailto:c@d.org.', 'Ann, a@b.org, or c@d.org.'],
      ['https://b.org/?to=mailto:a@b.org', 'https://b.org/?to=mailto:a@b.org'],
      ['mailto: the desk', 'mailto: the desk'],
      ['the desk', 'the desk'],
    ]
    for (const [contact, read] of rows) assert.equal(asPeopleRead(contact), read)
  })

  it('is one address alone, or is not', () => {
    for (const one of ['help@example.org', 'https://example.org/help']) assert.equal(isOneAddress(one), true, one)
    for (const more of [
      'Ann, a@example.org',
      'a@example.org b@example.org',
      'https://a.test b',
      'mailto:a@example.org',
      '',
      'Ann',
    ])
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
