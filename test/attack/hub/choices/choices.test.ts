/** Attacks on what a course lets its learners choose: for more than is offered, and with another's click. */
import assert from 'node:assert/strict'
import type { HttpBrowser } from '../../../helpers/test-hub.ts'
import { launchPageData, lmsUrl } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { type ChoiceHub, choicePage, startChoiceHub } from '../../../hub/choices/choice-hub.ts'
import { type Attack, attacks } from '../../table.ts'

describe('attack: a user who wants what the course does not offer to the user', () => {
  let hub: ChoiceHub
  let ben: HttpBrowser
  beforeEach(async () => {
    hub = await startChoiceHub()
    ben = await hub.signIn('ben')
  })
  afterEach(() => hub.stop())

  const link = '/launch/ml'
  const remembered = async () =>
    (await hub.db('choices').select('chosen')).map(({ chosen }) => JSON.parse(chosen) as object)
  const traces = async () => [hub.world.made.length, await remembered()]
  const tokenOf = async (browser: HttpBrowser) =>
    /carrel-user-[\w-]{43}/.exec((await browser.submit('/hub/token', { note: 'x', days: '1' })).text)?.[0] ?? ''
  const start = async (browser: HttpBrowser, address: string) => {
    const page = await browser.navigate(address)
    assert.equal(page.status, 200)
    await browser.follow(launchPageData(page.text).launch)
    return hub.hasOf('ml')
  }
  const foreign = [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]

  const table: Attack[] = [
    {
      name: 'asks for it by links of every kind, by the form and by the API, in every spelling',
      rule: 'choices',
      attempt: async () => {
        const token = await tokenOf(ben)
        const words = ['huge', 'HUGE', 'h%75ge', 'huge&size=small', 'small&size=huge']
        const links = words.flatMap((word) => [
          `/launch/ml?size=${word}`,
          `/launch/ml/a.ipynb?x=1&%73ize=${word}`,
          `/tmplogin?course=ML&size=${word}`,
          `/hub/spawn/ben/ml?size=${word}`,
          `/hub/spawn/ben/ml?opt-size=${word}`,
          `/hub/at/ml/spawn?size=${word}`,
          `/hub/at/user/ben/ml/spawn?opt-size=${word}&next=/user/ben/ml/lab`,
          `/ipythonExercice/ml/week1/a/ben?size=${word}`,
          `/containerKill/ml/ben?size=${word}`,
          `/launch/ml?tag=next&needs_gpu=1&size=${word}`,
        ])
        const statuses = new Set<number>()
        for (const one of links) {
          statuses.add((await ben.navigate(one)).status)
          statuses.add((await ben.navigate(choicePage(one))).status)
          statuses.add((await ben.post('/hub/launches', { link: one, confirmed: true, framed: true })).status)
          statuses.add((await ben.submit('/hub/choice', { link: one })).status)
        }
        for (const size of ['huge', 'HUGE', 'none', '__proto__']) {
          statuses.add((await ben.submit('/hub/choice', { link, 'choice-size': size })).status)
          for (const body of [{ size }, { user_options: { size } }, { tag: 'next', needs_gpu: true, size }]) {
            const answer = await hub.browser().fetch('/hub/api/users/ben/servers/ml', {
              method: 'POST',
              headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
              body: JSON.stringify(body),
            })
            statuses.add(answer.status)
          }
        }
        return [[...statuses], ...(await traces())]
      },
      expected: [[400], 0, []],
    },
    {
      name: 'posts fields that are no choices of the course: the form takes none of them',
      rule: 'choices',
      attempt: async () => {
        const fields = {
          'choice-__proto__': 'x',
          'choice-constructor': 'x',
          'choice-tag': 'next',
          'choice-': 'x',
          size: 'huge',
        }
        const { status } = await ben.submit('/hub/choice', { link, 'choice-size': 'small', ...fields })
        return [status, await remembered(), await start(ben, link)]
      },
      expected: [303, [{ size: 'small' }], 's u'],
    },
    {
      name: 'has chosen it as an author, and is none any more: neither a launch nor a restart gives it',
      rule: 'choices',
      attempt: async () => {
        const ann = await hub.signIn('ann')
        const had = [await start(ann, `${link}?size=huge&kind=usual`)]
        await hub.db('users').where({ name: 'ann' }).update({ name: 'carl' })
        const restarted = await ann.post('/hub/launches', { link: '/hub/restart?to=/user/ann/ml/', confirmed: true })
        await until(async () => (await hub.db('servers').first('run')).run === 2)
        await ann.follow(restarted.json().launch)
        had.push(hub.hasOf('ml'))
        await hub.stopped('ml')
        return [...had, await start(ann, link)]
      },
      expected: ['h u', 's u', 's u'],
    },
    {
      name: 'leads a learner to a link or a page that asks for another choice: nothing stops, and nothing is remembered',
      rule: 'choices',
      attempt: async () => {
        await start(ben, `${link}?size=small&kind=usual`)
        const large = `${link}?size=large`
        const answers = [
          await ben.navigate(large, { 'sec-fetch-site': 'cross-site' }),
          await ben.navigate(choicePage(large), { 'sec-fetch-site': 'cross-site' }),
          await ben.navigate(choicePage(link, '&chosen=1&choice-size=large'), { 'sec-fetch-site': 'cross-site' }),
          await ben.navigate(choicePage(link, '&change=1&choice-size=large'), { 'sec-fetch-site': 'cross-site' }),
          await ben.post('/hub/launches', { link: large, confirmed: true, make: true }),
        ]
        return [answers.map(({ status }) => status), hub.world.stops, await remembered()]
      },
      expected: [[303, 200, 302, 200, 409], [], [{ size: 'small', kind: 'usual' }]],
    },
    {
      name: 'sends the form from another site, with the learner’s session',
      rule: 'choices',
      attempt: async () => {
        await start(ben, `${link}?size=small&kind=usual`)
        const statuses = []
        for (const headers of foreign)
          for (const fields of [
            { link, 'choice-size': 'large' },
            { link: `${link}?size=large`, stop: 'ml' },
          ])
            statuses.push((await ben.submit('/hub/choice', fields, headers)).status)
        return [statuses, hub.world.stops, await remembered()]
      },
      expected: [[403, 403, 403, 403], [], [{ size: 'small', kind: 'usual' }]],
    },
    {
      name: 'loads a link that chooses as a picture or a script of another site',
      rule: 'choices',
      attempt: async () => {
        const loads = { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', 'sec-fetch-site': 'cross-site' }
        await ben.navigate(`${link}?size=large&kind=usual`, loads)
        return traces()
      },
      expected: [0, []],
    },
    {
      name: 'chooses in the name of another: by the address of that one’s server, and by an LMS’s link',
      rule: 'choices',
      attempt: async () => {
        const carl = await hub.signIn('carl')
        await start(carl, `${link}?size=small&kind=usual`)
        const others = [
          '/user/carl/ml/lab',
          '/hub/open?to=/user/carl/ml/',
          '/hub/spawn/carl/ml',
          '/ipythonExercice/ml/a/0123',
        ]
        for (const one of others) {
          await ben.submit('/hub/choice', { link: one, 'choice-size': 'large' })
          await ben.submit('/hub/choice', { link: one, stop: 'ml' })
        }
        const unsigned = await hub.browser().submit('/hub/choice', { link, 'choice-size': 'large' })
        const [theirs] = await hub
          .db('choices')
          .join('users', 'users.id', 'choices.user')
          .where({ name: 'carl' })
          .select('chosen')
        return [unsigned.status, hub.world.stops, JSON.parse(theirs.chosen)]
      },
      expected: [401, [], { size: 'small', kind: 'usual' }],
    },
    {
      name: 'puts markup into a choice: the refusal shows it as text',
      rule: 'choices',
      attempt: async () => {
        const { text } = await ben.navigate(`${link}?size=${encodeURIComponent('"><script>alert(1)</script>')}`)
        const page = await ben.navigate(choicePage(`${link}?x=${encodeURIComponent('"><script>alert(1)</script>')}`))
        return [text.includes('<script>alert'), text.includes('&#60;script&#62;'), page.text.includes('<script>alert')]
      },
      expected: [false, true, false],
    },
    {
      name: 'frames the form in a page of its own: only the course’s ancestors may show it',
      rule: 'choices',
      attempt: async () => {
        const page = await ben.navigate(choicePage(link))
        return String(page.headers['content-security-policy']).match(/frame-ancestors ([^;]*)/)?.[1]
      },
      expected: lmsUrl,
    },
  ]
  attacks(table)
})
