import type { Page } from 'playwright-core'
import { stageForAll } from '../../helpers/browsers/stage.ts'
import { attacks } from '../table.ts'
import { hostileConfig } from './hostile-config.ts'

/**
 * Runs hub and servers under one domain. A browser takes them for one site, so it sends cookies with the requests of a
 * server's page to the hub.
 */
describe('attack: a server’s page frames its neighbour, the hub', function () {
  this.timeout(300_000)
  let evil: Page

  const stage = stageForAll({
    needs: ['chromium'],
    hosts: 'own',
    domain: 'school.localhost',
    config: () => hostileConfig(['demo', 'evil'], ['https://lms.example']),
  })

  before(async () => {
    evil = await stage.browser.context.newPage()
    await evil.goto(`${stage.carrel.hubUrl}/tmplogin?course=evil`)
    await evil.waitForURL((url) => stage.carrel.isServer(url) && !url.pathname.includes('_carrel'))
  })

  /** Opens these links in frames of the page, and returns how many servers the browser's user has then. */
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
      links.map((link) => stage.carrel.hubUrl + link),
    )
    const home = await stage.browser.context.newPage()
    await home.goto(`${stage.carrel.hubUrl}/hub/home`)
    const servers = await home.locator('a[href*="/stop"]').count()
    await home.close()
    return servers
  }

  attacks([
    {
      name: 'has links open notebooks in invisible frames: none of them is begun',
      rule: 'navigation only',
      attempt: () => frame('/launch/demo', '/tmplogin?course=demo', '/launch/framed', '/hub/launch/framed'),
      expected: 1,
    },
  ])
})
