import type { RedirectAuthenticator } from '../../../../authenticators/authenticator.ts'
import { identityFromClaims } from '../../../../authenticators/oidc-identity.ts'
import { type OidcOptions, optionsSchema } from '../../../../authenticators/oidc-options.ts'
import { startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { attacks } from '../../table.ts'

describe('attack: a provider’s answer that names another person', () => {
  const told = (claims: object, options: Partial<OidcOptions> = {}) => {
    const base = { name: 'school', issuer: 'https://id.example.org', clientId: 'x' }
    const checked = optionsSchema.safeParse({ ...base, ...options })
    if (!checked.success) return 'refused at the start'
    const rules = { ...checked.data, provider: 'id.example.org', usernameClaim: checked.data.usernameClaim }
    try {
      return identityFromClaims({ sub: '1', preferred_username: 'ann', ...claims }, rules).name
    } catch {
      return 'refused'
    }
  }
  const byMail = (verified: object, more: Partial<OidcOptions> = {}) =>
    told({ email: 'ann@example.org', ...verified }, { usernameClaim: 'email', ...more })
  const google = { requiredClaims: { hd: 'example.org' } }

  attacks([
    {
      name: 'CVE-2026-33175: has an address that the provider has not verified',
      rule: 'identity',
      attempt: async () => [
        ...[false, 'false', 'true', undefined, null, 0, 'yes', 1, [true]].map((email_verified) =>
          byMail({ email_verified }),
        ),
        byMail({}),
        byMail({ email_verified: true }),
        byMail({}, { trustUnverifiedEmail: true }),
      ],
      expected: [...Array(10).fill('refused'), 'ann@example.org', 'ann@example.org'],
    },
    {
      name: 'GHSA-55m3-44xf-hg4h (CVE-2024-29033): comes from no domain, or another',
      rule: 'identity',
      attempt: async () => [
        told({}, google),
        told({ hd: 'evil.example' }, google),
        told({ hd: 'example.org.evil.example' }, google),
        told({ hd: ['evil.example'] }, google),
        told({ hd: { toString: 'example.org' } }, google),
        told({ hd: 'example.org' }, google),
        // The parameter only asks the provider, and a person can leave it out of the address.
        told({}, { authorizationParameters: { hd: 'example.org' } }),
      ],
      expected: [...Array(5).fill('refused'), 'ann', 'refused at the start'],
    },
    {
      name: 'comes from a domain that looks like one that may come in',
      rule: 'identity',
      async attempt() {
        const from = (email: unknown, verified: unknown = true) =>
          told({ email, email_verified: verified }, { allow: { emailDomains: ['kiosk.example'] } })
        const addresses = [
          ...[
            'a@evil.example',
            'a@kiosk.example.evil',
            'a@evilkiosk.example',
            'a@sub.kiosk.example',
            'a@kiosk.example.',
          ],
          ...['a@kiosk.example@evil.example', 'a@evil.example@kiosk.example', '"a@kiosk.example"@evil.example'],
          // The Kelvin sign is a k in lower case, and the full-width letters are ASCII's after NFKC.
          ...[
            'a@\u212aiosk.example',
            'a@\uff4biosk.example',
            'a@kiosk\u3002example',
            'a@kiosk.example\n',
            ' a@kiosk.example',
          ],
          ...[
            'kiosk.example',
            '@kiosk.example',
            '',
            ['a@kiosk.example'],
            { toString: 'a@kiosk.example' },
            null,
            undefined,
          ],
        ]
        const unverified = ['true', 1, 'yes', [true], {}, false, null].map((verified) =>
          from('a@kiosk.example', verified),
        )
        const refused = new Set([...addresses.map((address) => from(address)), ...unverified])
        return [[...refused], from('a@kiosk.example'), from('A@KIOSK.Example')]
      },
      expected: [['refused'], 'ann', 'ann'],
    },
    {
      name: 'has claims of other types than the rules of the config, and groups that look like its own',
      rule: 'identity',
      async attempt() {
        const rules = {
          groups: { tutors: '/school/tutors' },
          allow: { groups: ['tutors'], claims: { role: ['teacher'] } },
        }
        const odd = [
          ...['tutors', 'group:tutors', '/school/tutors/', '/school/tutors\n', '/SCHOOL/tutors', '/school/tutors/eve'],
          ...[['tutors'], [['/school/tutors']], { 0: '/school/tutors' }, true, 7, null],
          Array.from({ length: 20_000 }, (_, index) => `/school/tutors${index}`),
        ]
        const role = ['Teacher', 'teacher ', { teacher: true }, [['teacher']], 'no teacher'].map((value) =>
          told({ role: value }, rules),
        )
        const refused = new Set([...odd.map((groups) => told({ groups }, rules)), ...role, told({}, rules)])
        return [[...refused], told({ groups: ['x', '/school/tutors'] }, rules), told({ role: ['x', 'teacher'] }, rules)]
      },
      expected: [['refused'], 'ann', 'ann'],
    },
    {
      name: 'finds rules of the config that let nobody in, and takes them for rules that let all in',
      rule: 'identity',
      async attempt() {
        const wrong = [
          {},
          { names: [] },
          { emailDomains: [] },
          { emailDomains: ['@example.org'] },
          { claims: {} },
          { groups: ['x'] },
        ]
        return [...new Set(wrong.map((allow) => told({}, { allow })))]
      },
      expected: ['refused at the start'],
    },
    {
      name: 'is called like a group, a learner or a visitor, or by the name of another after the config’s map',
      rule: 'identity',
      async attempt() {
        const named = (name: unknown, more: Partial<OidcOptions> = {}) => told({ preferred_username: name }, more)
        const odd = ['group:tutors', 'lms:edx:7', '2f1c1c4e-6d63-4c4d-9a7e-0d7f7a1b2c3d', '..']
        const refused = new Set([...odd.map((name) => named(name)), named('GROUP:tutors', { lowerCaseNames: true })])
        const mapped = new Set(odd.map((name) => named('x', { nameMap: { x: name } })))
        const bob = { nameMap: { bob: 'ann' } }
        const others = ['ann', 'Bob', 'constructor', '__proto__'].map((name) => named(name, bob))
        const twice = named('bob', { nameMap: { bob: 'ann', rob: 'ann' } })
        return [[...refused], [...mapped], named('bob', bob), others, twice]
      },
      // The map gives the name ann to bob, so nobody else there is ann here.
      expected: [
        ['refused'],
        ['refused at the start'],
        'ann',
        ['refused', 'Bob', 'constructor', '__proto__'],
        'refused at the start',
      ],
    },
    {
      name: 'has a name that becomes another person’s in lower case, or looks like it',
      rule: 'identity',
      async attempt() {
        const named = (name: string) => told({ preferred_username: name }, { lowerCaseNames: true })
        // A Kelvin sign, an Ohm sign, a dotted capital I, a sharp S, a Cyrillic a, full-width letters, a combining accent.
        const odd = ['\u212aim', '\u2126', '\u0130da', 'STRA\u1e9eE', '\u0430nn', '\uff41nn', 'e\u0301va']
        const unseen = ['ann\u200b', '\u00adann', 'a\ufeffnn', 'ann\u2060', 'ann\u{e0061}', 'ann\u202e', '\u200fann']
        return [odd.map(named), new Set(unseen.map(named)).size, named(unseen[0] ?? ''), named('KIM'), named('ΆΝΝΑΣ')]
      },
      expected: [
        ['\u212aim', '\u2126', '\u0130da', 'stra\u1e9ee', '\u0430nn', '\uff41nn', 'e\u0301va'],
        ...[1, 'refused', 'kim', 'άννασ'],
      ],
    },
    {
      name: 'is in so many groups that the provider leaves them out, and would lose a role or pass a rule',
      rule: 'identity',
      async attempt() {
        const elsewhere = {
          _claim_names: { groups: 'src1' },
          _claim_sources: { src1: { endpoint: 'https://evil.example' } },
        }
        const rules = { groups: { tutors: '0a1b' } }
        return [
          told(elsewhere, rules),
          ...[true, 'true'].map((hasgroups) => told({ hasgroups }, rules)),
          told(elsewhere, { groups: { tutors: { groups: '0a1b' } } }),
          told({ ...elsewhere, groups: ['0a1b'] }, rules),
          told({ _claim_names: 'groups' }, rules),
          told({ _claim_names: { roles: 'x' } }, rules),
          told(elsewhere),
        ]
      },
      expected: [...Array(4).fill('refused'), ...Array(4).fill('ann')],
    },
    {
      name: 'makes an admin’s role of a claim of another type, or of one claim out of two',
      rule: 'roles',
      async attempt() {
        const groups = { operators: { role: 'admin', mfa: true } }
        const inside = (claims: object) => told(claims, { groups, allow: { groups: ['operators'] } })
        const refused = new Set(
          [
            {},
            { role: 'admin' },
            { mfa: true },
            { role: 'admin', mfa: 'true' },
            { role: 'admin', mfa: 1 },
            { role: [['admin']], mfa: true },
            { role: { admin: true }, mfa: true },
            { role: 'operators', mfa: true },
            { groups: ['operators', 'group:operators', 'admin'] },
          ].map(inside),
        )
        const none = told({}, { groups: { operators: {} } })
        return [[...refused], inside({ role: ['x', 'admin'], mfa: true }), none]
      },
      expected: [['refused'], 'ann', 'refused at the start'],
    },
    {
      name: 'GHSA-gprj-3p75-f996 (CVE-2024-37300): finds a rule that names no value, and takes it for one that all users meet',
      rule: 'identity',
      attempt: async () => [
        told({}, { requiredClaims: { hd: [] } }),
        told({}, { requiredClaims: { hd: '' } }),
        told({}, { requiredClaims: { hd: undefined as never } }),
        told({ hd: '' }, { requiredClaims: { hd: ['example.org'] } }),
        told({ constructor: 'x' }, { requiredClaims: { 'constructor.name': 'Object' } }),
      ],
      expected: ['refused at the start', 'refused at the start', 'refused at the start', 'refused', 'refused'],
    },
  ])
})

describe('attack: two persons of a provider who would be one here', () => {
  const rules = { lowerCaseNames: true, nameMap: { 'ann.lee': 'ann', 'ann.miller': 'root' } }
  const school: RedirectAuthenticator = {
    kind: 'redirect',
    name: 'school',
    label: 'Sign in with School',
    begin: async () => ({ redirectTo: 'https://idp.example/?state=s', pending: { state: 's' } }),
    finish: async ({ searchParams }) =>
      identityFromClaims(Object.fromEntries(searchParams), { ...rules, provider: 'School', usernameClaim: undefined }),
  }
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ config: { admins: ['root', 'kim'], authenticators: [school] } })
  })
  afterEach(() => hub.stop())

  async function comes(sub: string, name: string): Promise<string> {
    const browser = hub.browser()
    await browser.submit('/hub/login/school')
    const query = new URLSearchParams({ state: 's', code: 'x', sub, preferred_username: name })
    const { status } = await browser.navigate(`/hub/oauth_callback?${query}`)
    if (status !== 302) return String(status)
    return (await browser.navigate('/hub/admin')).status === 200 ? 'admin' : 'user'
  }

  attacks([
    {
      name: 'never share an account, and the second gets no role of the first',
      rule: 'identity',
      async attempt() {
        const answers = [
          await comes('1', 'Kim'),
          await comes('2', 'kim'),
          await comes('3', '\u212aim'),
          await comes('4', 'ann'),
          await comes('5', 'Ann.Lee'),
          await comes('6', 'ANN.LEE'),
          await comes('7', 'root'),
          await comes('8', 'ann.miller'),
          await comes('1', 'root'),
          await comes('4', 'kim'),
        ]
        const rows = await hub.db('users').orderBy('name').select('name', 'subject')
        return [answers, rows.map(({ name, subject }) => `${name}=${subject}`)]
      },
      // A name in the map is one person's, and a person who is known stays the same whatever the provider calls her.
      expected: [
        ['admin', '409', 'user', '403', 'user', '409', '403', 'admin', '403', '409'],
        ['ann=5', 'kim=1', 'root=8', '\u212aim=3'],
      ],
    },
  ])
})
