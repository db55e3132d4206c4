import { startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { rawRequest, sendRaw } from '../../../hub/raw-request.ts'
import { attacks } from '../../table.ts'

describe('attack: languages', () => {
  let hub: TestHub
  before(async () => {
    hub = await startTestHub()
  })
  after(() => hub.stop())

  const look = async (wanted: string, path = '/hub/nothing') => {
    const { status, text, headers } = await hub.browser().navigate(path, { 'accept-language': wanted })
    return [status, headers['content-language'], /<html lang="([^"]*)">/.exec(text)?.[1]]
  }

  attacks([
    {
      name: 'wants a language of markup, of a path, of a part of every object, or of odd tags and weights',
      rule: 'echo',
      async attempt() {
        const odd = [
          'fr"><script>alert(1)</script>',
          '../../etc/passwd',
          '__proto__',
          'constructor',
          'fr;q=1e9',
          'fr;q=-1',
        ]
        const odder = ['x'.repeat(9), 'fr-', '-fr', 'fr_FR', 'fr\t\t;\tq=0', '*;q=1', 'FR-ca-x-y;q=0.5, en;q=0.4']
        return Promise.all([...odd, ...odder].map((wanted) => look(wanted)))
      },
      expected: [...Array(12).fill([404, 'en', 'en']), [404, 'fr', 'fr']],
    },
    {
      name: 'wants two hundred languages, or some of 8 kB: only the first are read, or none',
      rule: 'cost',
      async attempt() {
        const many = `${'de, '.repeat(200)}fr`
        const long = `fr${'-a'.repeat(4000)}`
        const nested = `de,${' '.repeat(8000)}fr`
        return Promise.all([many, long, nested].map((wanted) => look(wanted)))
      },
      expected: Array(3).fill([404, 'en', 'en']),
    },
    {
      name: 'wants more languages than a head may hold: no page is made for them',
      rule: 'cost',
      async attempt() {
        const request = rawRequest('GET', '/hub/nothing', { 'accept-language': 'de, '.repeat(8400) })
        const { status, body } = await sendRaw(hub.address, request)
        return [status, body]
      },
      expected: [431, ''],
    },
    {
      name: 'asks the events of a launch for a language that is none of ours',
      rule: 'echo',
      async attempt() {
        const browser = hub.browser()
        const launch = await browser.open('/launch/demo')
        const asked = ['%22%3E%3Cscript%3E', '__proto__', '../fr', 'fr&language=en']
        const answers = await Promise.all(
          asked.map((language) => browser.fetch(`/hub/launches/${launch}/events?language=${language}`)),
        )
        return answers.map(({ text }) => /Your notebook is ready\./.test(text))
      },
      expected: [true, true, true, true],
    },
  ])
})
