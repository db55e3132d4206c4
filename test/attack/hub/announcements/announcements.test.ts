import { wholeSite } from '../../../../hub/db/announcements.ts'
import { type HttpBrowser, serversUrl, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { people } from '../../../hub/people.ts'
import { attacks } from '../../table.ts'

describe('attack: announcements', () => {
  let hub: TestHub
  beforeEach(async () => {
    const courses = {
      demo: { image: 'demo', staff: ['tina'] },
      other: { image: 'other', staff: ['otto'] },
      exam: { image: 'exam', open: ['ann'] },
      later: { image: 'later', opens: '2090-01-02T08:00Z' },
      account: { image: 'account', open: 'signed-in' as const },
    }
    hub = await startTestHub({
      config: { authenticators: [people], admins: ['root'], courses, servers: { url: 'http://*.nb.test' } },
    })
  })
  afterEach(() => hub.stop())

  const signIn = async (name: string): Promise<HttpBrowser> => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }
  const rows = () => hub.db('announcements').orderBy('made').select('course', 'text')

  attacks([
    {
      name: 'writes markup, script and addresses of other kinds into an announcement',
      rule: 'echo',
      async attempt() {
        const root = await signIn('root')
        const text = `<script>alert(1)</script> "' https://a.test/"onclick=x javascript:alert(1) data:text/html,x http://b.test &lt; https://c.test/?x=<b>`
        await root.submit('/hub/admin/announcements', { text, level: 'info' })
        const page = (await (await signIn('ann')).navigate('/hub/home')).text
        const line = /<div class="notice announcement[^>]*>(.*?)<\/div>/s.exec(page)?.[1] ?? ''
        return [
          [...line.matchAll(/<(\/?\w+)/g)].map(([, tag]) => tag),
          [...line.matchAll(/href="([^"]*)"/g)].map(([, href]) => href),
          [...line.matchAll(/ (target|rel|on\w+)=/g)].map(([, name]) => name),
        ]
      },
      expected: [
        ['p', 'a', '/a', 'a', '/a', '/p', 'button', '/button'],
        ['https://a.test/', 'https://c.test/?x='],
        ['target', 'rel', 'target', 'rel'],
      ],
    },
    {
      name: 'is a learner, staff of another course or of this one, and announces where that is not for them',
      rule: 'roles',
      async attempt() {
        const [ann, tina] = [await signIn('ann'), await signIn('tina')]
        const say = (browser: HttpBrowser, path: string) =>
          browser.submit(path, { text: 'forged', level: 'info' }).then(({ status }) => status)
        const statuses = [
          await say(ann, '/hub/admin/announcements'),
          await say(ann, '/hub/my-courses/demo/announcements'),
          await say(tina, '/hub/admin/announcements'),
          await say(tina, '/hub/my-courses/other/announcements'),
          await say(hub.browser(), '/hub/admin/announcements'),
          await say(tina, '/hub/my-courses/demo/announcements'),
        ]
        return [statuses, await rows()]
      },
      expected: [[403, 403, 403, 403, 401, 303], [{ course: 'demo', text: 'forged' }]],
    },
    {
      name: 'removes an announcement of the site, or of another course, by its id at the own course',
      rule: 'roles',
      async attempt() {
        const [root, otto, tina] = [await signIn('root'), await signIn('otto'), await signIn('tina')]
        await root.submit('/hub/admin/announcements', { text: 'of the site', level: 'info' })
        await otto.submit('/hub/my-courses/other/announcements', { text: 'of other', level: 'info' })
        const ids: { id: string }[] = await hub.db('announcements').orderBy('made').select('id')
        const statuses = await Promise.all(
          ids.map(async ({ id }) => (await tina.submit(`/hub/my-courses/demo/announcements/${id}/remove`, {})).status),
        )
        return [statuses, await rows()]
      },
      expected: [
        [404, 404],
        [
          { course: wholeSite, text: 'of the site' },
          { course: 'other', text: 'of other' },
        ],
      ],
    },
    {
      name: 'has another site’s page, or a learner’s notebook, announce something as an admin',
      rule: 'own pages',
      async attempt() {
        const root = await signIn('root')
        const foreign = { origin: serversUrl, 'sec-fetch-site': 'cross-site' }
        const { status } = await root.submit('/hub/admin/announcements', { text: 'forged', level: 'info' }, foreign)
        return [status, await rows()]
      },
      expected: [403, []],
    },
    {
      name: 'opens the link of a course that is for others, or the page of another’s launch, to read what the course is told',
      rule: 'opening',
      async attempt() {
        const [root, ann, eve] = [await signIn('root'), await signIn('ann'), await signIn('eve')]
        for (const course of ['exam', 'later', 'account'])
          await root.submit(`/hub/my-courses/${course}/announcements`, { text: `room of ${course}`, level: 'info' })
        const launch = await ann.open('/launch/exam')
        const told = async (browser: HttpBrowser, path: string) => {
          const { text } = await browser.navigate(path)
          return /room of (\w+)/.exec(text)?.[1] ?? '-'
        }
        const paths = ['/launch/exam', '/launch/later', '/launch/account', `/hub/launches/${launch}`]
        const row = (browser: HttpBrowser) => Promise.all(paths.map((path) => told(browser, path)))
        return { visitor: await row(hub.browser()), eve: await row(eve), ann: await row(ann) }
      },
      expected: {
        visitor: ['-', '-', '-', '-'],
        eve: ['-', '-', 'account', '-'],
        ann: ['exam', '-', 'account', 'exam'],
      },
    },
    {
      name: 'announces without end, too long, in odd characters, and for a time that is over',
      rule: 'sizes',
      async attempt() {
        const root = await signIn('root')
        const say = async (fields: Record<string, string>) =>
          (await root.submit('/hub/admin/announcements', { level: 'info', ...fields })).status
        const odd = ['', ' ', 'x'.repeat(501), 'a\u0000b', 'a\u202eb', 'a\nb']
        return [
          await Promise.all(odd.map((text) => say({ text }))),
          await say({ text: 'x', level: 'loud' }),
          await say({ text: 'x', ends: '2020-01-01T00:00' }),
          await say({ text: 'x', begins: '2999-01-02T00:00', ends: '2999-01-01T00:00' }),
          await say({ text: 'x', begins: 'now' }),
          [await say({ text: '1' }), await say({ text: '2' }), await say({ text: '3' })],
          [await say({ text: '4' }), await say({ text: '5' }), await say({ text: '6' })],
        ]
      },
      expected: [[400, 400, 400, 400, 400, 400], 400, 400, 400, 400, [303, 303, 303], [303, 303, 409]],
    },
  ])
})
