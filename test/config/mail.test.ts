import assert from 'node:assert/strict'
import { mailSchema } from '../../config/sections/mail.ts'
import { masked } from '../../config/show.ts'

const good = { from: 'Courses <courses@example.org>', url: 'smtps://courses%40example.org:p%40ss@smtp.example.org' }

describe('the settings of mail', () => {
  it('have defaults', () => {
    const { perMinute, insecure, template } = mailSchema.parse(good)
    assert.deepEqual([perMinute, insecure, template], [30, false, undefined])
  })

  const bad: Record<string, [change: object, message: RegExp]> = {
    'a sender that is no address': [{ from: 'courses' }, /looks like courses@example\.org/],
    'a sender of two lines': [{ from: 'Courses\r\nBcc: x <courses@example.org>' }, /looks like/],
    'two senders': [{ from: 'a@example.org, b@example.org' }, /looks like/],
    'a missing variable': [{ url: undefined }, /set the environment variable/],
    'another protocol': [{ url: 'https://smtp.example.org' }, /smtp or smtps/],
    'options of the library': [{ url: 'smtp://smtp.example.org?tls.rejectUnauthorized=false' }, /smtp or smtps/],
    'a name without a password': [{ url: 'smtps://me@smtp.example.org' }, /without a password/],
    'a password with a bare @': [{ url: 'smtps://me:s3cret@word@smtp.example.org' }, /%40/],
    'a template without a link': [{ template: 'Subject: x\n\nHello' }, /never names \{\{link\}\}/],
    'no pace': [{ perMinute: 0 }, />0/],
    'a word that is not a setting': [{ port: 25 }, /port/],
  }
  for (const [what, [change, message]] of Object.entries(bad)) {
    it(`refuse ${what}, and show no password`, () => {
      const { error } = mailSchema.safeParse({ ...good, ...change })
      assert.match(String(error?.message), message)
      assert.doesNotMatch(String(error?.message), /s3cret|p%40ss/)
    })
  }

  it('are shown without the password', () => {
    assert.equal(masked(good.url, 'url'), 'smtps://courses%40example.org:(hidden)@smtp.example.org')
  })
})
