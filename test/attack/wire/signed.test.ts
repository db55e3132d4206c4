import { z } from 'zod'
import { codeKind } from '../../../hub/access/codes.ts'
import { signingKey } from '../../../seats/keys.ts'
import { landingKind } from '../../../seats/landing.ts'
import { lastUserKind } from '../../../seats/last-user.ts'
import { seatKind } from '../../../seats/seat.ts'
import { onlyKey, opened, type SignedKind, sealed } from '../../../seats/signed.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { hubUrl, launchPageData, lmsUrl, secrets } from '../../helpers/test-hub.ts'
import { foreignLink, ownPage } from '../../proxy/world.ts'
import { type AttackSite, type Seated, startAttackSite } from '../browser/site.ts'
import { type Attack, attacks } from '../table.ts'

type Purpose = SignedKind<unknown>['purpose']

const kinds: Record<Purpose, { kind: SignedKind<unknown>; payload: unknown }> = {
  seat: { kind: seatKind, payload: ['s1', 1, 'i', 'u1', false, 1, 2] },
  landing: { kind: landingKind, payload: ['/user/ann/', 1] },
  code: { kind: codeKind, payload: { code: { for: 'tab', link: '/a', authenticator: 'lms' }, id: 'i', until: 1 } },
  'last-user': { kind: lastUserKind, payload: [] },
}
const purposes = Object.keys(kinds) as Purpose[]
const pairs = purposes.flatMap((from) => purposes.map((to) => [from, to] as const))

describe('attack: a text that is signed for one purpose, shown for another', () => {
  const key = signingKey(secrets.keys.all[0], 'seat', 's1', 1)

  attacks(
    pairs.map(([from, to]): Attack => {
      const { kind, payload } = kinds[to]
      return {
        name: `has ${from} signed with the right payload and by the right key, and shows it as ${to}`,
        rule: 'keys',
        attempt: async () => {
          const text = sealed({ purpose: from, payload: z.unknown() }, key, payload, 'ann')
          return opened(kind, onlyKey(key), text, 'ann') !== undefined
        },
        expected: from === to,
      }
    }),
  )

  describe('at proxy and hub', () => {
    const cleanup = cleanupAfterAll()
    const exercise = '/ipythonExercice/Python/week%201/a.ipynb/ann'
    let site: AttackSite
    let ann: Seated
    let words: Record<Purpose, string>

    before(async () => {
      site = await startAttackSite(cleanup)
      ann = await site.seat()
      const page = await site.browser().navigate(exercise, { referer: `${lmsUrl}/` })
      const again = await site.enter((await ann.browser.enter('/tmplogin?course=demo')).ticket)
      const lastUser = /seat-last-user=([^;]+)/.exec(String(again.headers['set-cookie']))?.[1]
      words = {
        seat: ann.cookie.slice(ann.cookie.indexOf('=') + 1),
        landing: ann.location.split('to=')[1] ?? '',
        code: launchPageData(page.text).proof,
        'last-user': lastUser ?? '',
      }
    })

    /** Shows a text as one of each purpose, and returns whether it is accepted. */
    const doors: Record<Purpose, (text: string) => Promise<boolean>> = {
      async seat(text) {
        const cookie = `${ann.cookie.split('=')[0]}=${text}`
        return (await site.send(`${ann.path}api/kernels`, { headers: { ...ownPage, cookie } })).status === 200
      },
      async landing(text) {
        const headers = { ...foreignLink, referer: `${hubUrl}/`, cookie: ann.cookie }
        return (await site.send(`${ann.path}_carrel/seated?to=${text}`, { headers })).status === 200
      },
      async code(text) {
        const browser = site.browser()
        browser.setNonce()
        return (await browser.post('/hub/launches', { link: exercise, proof: text })).status === 201
      },
      async 'last-user'(text) {
        const { ticket } = await ann.browser.enter('/tmplogin?course=demo')
        const answer = await site.enter(ticket, { cookie: `seat-last-user=${text}` })
        return answer.status === 303 && answer.headers['clear-site-data'] === undefined
      },
    }

    attacks(
      pairs.map(([from, to]) => ({
        name: `shows a genuine ${from} as ${to}`,
        rule: 'keys',
        attempt: () => doors[to](words[from]),
        expected: from === to,
      })),
    )
  })
})
