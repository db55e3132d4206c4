import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { type PublicCarrel, startPublicCarrel } from '../../helpers/public-carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { attacks } from '../table.ts'

const domain = 'school.localhost'
const program = JSON.stringify([process.execPath, join(import.meta.dirname, 'hostile-program.ts')])
const config = `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: { ...processSpawner(), prepare: undefined },
  authenticators: [temporary()],
  courses: {
    evil: { image: '', command: ${program} },
    demo: { image: '', command: ${program} },
    framed: { image: '', command: ${program}, embed: { ancestors: ['https://lms.example'] } },
  },
})
`

/** Hub and servers under one domain: to a browser they are one site, so cookies go along with what a server's page asks of the hub. */
describe('attack: a server’s page frames its neighbour, the hub', function () {
  this.timeout(120_000)
  let carrel: PublicCarrel
  let browser: Browser
  let evil: Page

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    ;[carrel, browser] = await Promise.all([
      startPublicCarrel({ hosts: 'own', domain, config: () => config }),
      startBrowser(),
    ])
    evil = await browser.context.newPage()
    await evil.goto(`${carrel.hubUrl}/tmplogin?course=evil`)
    await evil.waitForURL((url) => carrel.isServer(url) && !url.pathname.includes('_carrel'))
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
  })

  /** How many servers the browser's user has after the page has had these in frames. */
  const frame = async (...links: string[]) => {
    await evil.evaluate(
      (urls) =>
        Promise.all(
          urls.map(
            (url) =>
              new Promise((resolve) => {
                const frame = Object.assign(document.createElement('iframe'), { src: url, onload: resolve })
                document.body.append(frame)
              }),
          ),
        ),
      links.map((link) => carrel.hubUrl + link),
    )
    const home = await browser.context.newPage()
    await home.goto(`${carrel.hubUrl}/hub/home`)
    const servers = await home.locator('form[action*="/stop"]').count()
    await home.close()
    return servers
  }

  attacks([
    {
      name: 'has links open notebooks in frames that nobody sees: none of them is begun',
      rule: 'navigation only',
      attempt: () => frame('/launch/demo', '/tmplogin?course=demo', '/launch/framed', '/hub/launch/framed'),
      expected: 1,
    },
  ])
})
