import { createFakeServers, failingSpawner } from '../../../helpers/fake-spawners.ts'
import { startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { attacks } from '../../table.ts'

describe('attack: whom to ask for help', () => {
  const world = createFakeServers()
  const contacts = [
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    '"><script>alert(1)</script> a@b.test',
    'a@b.test?bcc=all@b.test&body=x',
    'a%0d%0aBcc:all@b.test',
    'a@b.test%0d%0aBcc:c@d.test',
    'a@b.test\r\nBcc: c@d.test',
    'https://user:secret@b.test/',
    'https://b.test/"onclick=alert(1)',
  ]
  let hub: TestHub
  before(async () => {
    const ofContacts = contacts.map((contact, index) => [`c${index}`, { image: '', contact }] as const)
    const title = 'x\r\nBcc: all@b.test\u2028<b>&body=y?cc=z'
    hub = await startTestHub({
      world,
      config: {
        spawner: failingSpawner(world, new Error('no')),
        site: { support: 'help@example.org' },
        courses: { ...Object.fromEntries(ofContacts), titled: { image: '', title } },
      },
    })
  })
  after(async () => {
    await hub?.stop()
    await world.close()
  })

  const line = async (course: string) => {
    const browser = hub.browser()
    const launch = await browser.open(`/launch/${course}`)
    await browser.follow(launch)
    const { text } = await browser.navigate(`/hub/launches/${launch}`)
    return /<p id="contact"[^>]*>(.*?)<\/p>/s.exec(text)?.[1] ?? ''
  }

  attacks([
    {
      name: 'makes a course whose contact is a script, markup, or a mail with headers of its own',
      rule: 'echo',
      async attempt() {
        const lines = await Promise.all(contacts.map((_, index) => line(`c${index}`)))
        return lines.map((text) =>
          [...text.matchAll(/<(\w+)(?: href="([^"]*)")?/g)].map(([, tag, href]) => [tag, href]),
        )
      },
      expected: [
        [],
        [],
        [['a', 'mailto:a@b.test?subject=c2']],
        [],
        [],
        [],
        [['a', 'mailto:a@b.test?subject=c6']],
        [],
        [['a', 'https://b.test/']],
      ],
    },
    {
      name: 'gives a course a title that goes on with headers in the subject of a mail',
      rule: 'echo',
      attempt: async () => /href="([^"]*)"/.exec(await line('titled'))?.[1],
      expected: 'mailto:help@example.org?subject=x%20Bcc%3A%20all%40b.test%20%3Cb%3E%26body%3Dy%3Fcc%3Dz',
    },
  ])
})
