import assert from 'node:assert/strict'
import type { LaunchRequest } from '../../authenticators/authenticator.ts'
import { type LmsOptions, lms } from '../../authenticators/lms.ts'
import { assertRefused } from '../helpers/refused.ts'
import { describeLaunch } from './contract.ts'

const options: LmsOptions = {
  issuer: 'edx',
  courses: ['Python-MOOC', 'flotbioinfo'],
  pages: ['https://lms.example.org', 'https://studio.example.org'],
  signed: false,
}
const learner = '5f4dcc3b5aa765d61d8327deb882cf99'
const accepted: LaunchRequest = {
  course: 'python-mooc',
  learner,
  referrer: 'https://lms.example.org',
  ancestors: ['https://studio.example.org', 'https://lms.example.org'],
}

describe('lms', () => {
  describeLaunch('lms()', () => ({
    authenticator: lms(options),
    accepted,
    ignored: [
      { ...accepted, course: 'another' },
      { ...accepted, referrer: undefined },
      { ...accepted, ancestors: [] },
    ],
  }))

  it('takes the id as it is', () => {
    assert.deepEqual(lms(options).identify(accepted), { subject: learner, name: `lms:edx:${learner}` })
    for (const id of [
      'first.last',
      '17_8a7f',
      'ann@example.org',
      'Zoë Ω',
      "o'hara",
      ' ',
      'a:b',
      '..',
      '%2f',
      'STUDENT',
    ]) {
      assert.deepEqual(lms(options).identify({ ...accepted, learner: id }), { subject: id, name: `lms:edx:${id}` })
    }
  })

  it('believes only a page of exactly one of the ancestors', () => {
    for (const referrer of [
      undefined,
      '',
      'null',
      'https://evil.example',
      'https://lms.example.org.evil.example',
      'https://evil-lms.example.org',
      'https://lms.example.or',
      'https://lms.example.org/',
      'https://lms.example.org:8443',
      'http://lms.example.org',
      'https://LMS.example.org',
    ]) {
      assert.equal(lms(options).identify({ ...accepted, referrer }), undefined, String(referrer))
    }
    assert.ok(lms(options).identify({ ...accepted, referrer: 'https://studio.example.org' }))
  })

  it('believes a page of its own that a wildcard among the ancestors covers', () => {
    const takes = (referrer: string) =>
      lms(options).identify({ ...accepted, referrer, ancestors: ['https://*.example.org'] }) !== undefined
    assert.ok(takes('https://lms.example.org'))
    for (const referrer of ['https://moodle.example.org', 'https://a.lms.example.org', 'https://example.org'])
      assert.ok(!takes(referrer), referrer)
  })

  it('refuses the pages of a site that may only frame the course', () => {
    const ancestors = [...accepted.ancestors, 'https://moodle.example.org', 'https://a.lms.example.org']
    for (const referrer of ['https://moodle.example.org', 'https://a.lms.example.org'])
      assert.equal(lms(options).identify({ ...accepted, ancestors, referrer }), undefined, referrer)
  })

  it('allows a star for the first label of its pages, and nowhere else', () => {
    const many = lms({ ...options, pages: ['https://*.lms.example.org:8443'] })
    const takes = (referrer: string) => many.identify({ ...accepted, referrer, ancestors: [referrer] }) !== undefined
    assert.ok(takes('https://a.lms.example.org:8443'))
    for (const other of [
      'https://lms.example.org:8443',
      'https://.lms.example.org:8443',
      'https://a.b.lms.example.org:8443',
      'https://a.lms.example.org',
      'http://a.lms.example.org:8443',
      'https://evil.example/.lms.example.org:8443',
      'https://evil.example#.lms.example.org:8443',
      'https://u@x.lms.example.org:8443',
      'https://a.lms.example.org:84430',
      'https://alms.example.org:8443',
    ])
      assert.ok(!takes(other), other)
    for (const page of [
      '*',
      'https://*',
      'https://*.org',
      'https://*.co.uk',
      'https://a.*.org',
      'https://*a.example.org',
      'https://*.*.example.org',
    ])
      assertRefused(lms({ ...options, pages: [page] }), /looks like/, page)
    for (const page of [
      'https://lms.example.org/',
      'lms.example.org',
      'https://LMS.example.org',
      'ftp://lms.example.org',
    ])
      assertRefused(lms({ ...options, pages: [page] }), /looks like/, page)
    assertRefused(lms({ ...options, pages: [] }), /name the sites/)
    assertRefused(lms({ issuer: 'edx', courses: ['demo'], signed: false } as never), /pages/)
  })

  it('opens the courses of its list in any case of letters, and no other course', () => {
    for (const course of ['Python-MOOC', 'PYTHON-mooc', 'FlotBioInfo']) {
      assert.ok(lms(options).identify({ ...accepted, course }), course)
    }
    for (const course of ['', 'python', 'python-mooc2', 'toString', '__proto__']) {
      assert.equal(lms(options).identify({ ...accepted, course }), undefined, course)
    }
  })

  it('accepts ids of 1 to 255 characters, and none with a slash or a control character', () => {
    for (const id of ['a', 'a'.repeat(255)])
      assert.equal(lms(options).identify({ ...accepted, learner: id })?.subject, id)
    for (const id of ['', 'a'.repeat(256), 'a/b', '/', 'a\nb', 'a\0', '\u007f', '\u0085', 'a\u2028b', '\u202eann']) {
      assert.equal(lms(options).identify({ ...accepted, learner: id }), undefined, JSON.stringify(id))
    }
  })

  it('gives different learners different accounts, also with long ids and with ids like digests', () => {
    const name = (id: string) => lms(options).identify({ ...accepted, learner: id })?.name ?? ''
    const long = 'x'.repeat(200)
    const ids = [long, `${long}y`, name(long).slice('lms:edx:'.length), 'x'.repeat(64), 'x'.repeat(65), learner]
    assert.equal(new Set(ids.map(name)).size, ids.length)
    for (const id of ids) assert.ok(name(id).length <= 128)
  })

  it('keeps learners of two LMSs apart', () => {
    const [one, other] = [lms(options), lms({ ...options, issuer: 'moodle.example.org' })]
    assert.notEqual(one.name, other.name)
    assert.equal(other.identify(accepted)?.name, `lms:moodle.example.org:${learner}`)
  })

  it("marks Studio's preview", () => {
    assert.equal(lms(options).identify({ ...accepted, learner: 'student' })?.preview, true)
    assert.equal('preview' in (lms(options).identify(accepted) ?? {}), false)
  })

  it('requires the option signed: false', () => {
    assertRefused(lms({ issuer: 'edx', courses: ['demo'], pages: ['https://lms.example.org'] } as never), /signed/)
    assertRefused(lms({ ...options, signed: true } as never), /signed/)
  })

  it('refuses unknown options, an empty list of courses and an invalid issuer', () => {
    assertRefused(lms({ ...options, secret: 'x' } as never), /secret/)
    assertRefused(lms({ ...options, courses: [] }), /name the courses/)
    for (const issuer of ['', 'a:b', 'Edx', 'a/b', '-a', 'a'.repeat(41)]) {
      assertRefused(lms({ ...options, issuer }), /up to 40/, issuer)
    }
  })
})
