import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stageForAll } from '../helpers/browsers/stage.ts'
import { projectDir } from '../helpers/carrel.ts'

describe('a course page whose hub is reached by http over a network', function () {
  this.timeout(300_000)
  let plain: Server
  let school: string

  before(async () => {
    plain = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><title>A course page</title><iframe src="${stage.carrel.hubUrl}${link}"></iframe>`)
    }).listen(0, '127.0.0.1')
    await once(plain, 'listening')
    school = `http://lms.school.test:${(plain.address() as AddressInfo).port}`
  })
  after(() => {
    plain.close()
    plain.closeAllConnections()
  })

  const link = '/ipythonExercice/demo/welcome/7'
  const stage = stageForAll({
    needs: ['chromium'],
    tls: 'none',
    domain: 'notebooks.test',
    args: ['--insecure-http'],
    sites: ['secure'],
    config: ({ site }) => `
      import { lms } from 'carrel/authenticators/lms'
      const pages = ['${school}', '${site('secure').origin}']
      export default {
        // No learner gets as far as a server.
        spawner: { name: 'none', open: async () => ({ listen: () => ({ port: 1 }), list: async () => [] }) },
        authenticators: [lms({ issuer: 'school', courses: ['demo'], pages, signed: false })],
        courses: { demo: { image: '${projectDir}' } },
        embed: { ancestors: pages },
      }`,
  })
  const reason = /reached by http.*browsers keep no cookies in a frame.*the site needs https/s

  it('is told of at the start', () => {
    assert.match(
      stage.carrel.output(),
      /Warning: embed\.ancestors: no course opens in a frame, because hub\.url is http/,
    )
  })

  it('shows the true reason in its frame', async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(school)
    const frame = page.frameLocator('iframe')
    await frame.getByText('needs https').waitFor()
    assert.match((await frame.locator('body').textContent()) ?? '', reason)
    await page.close()
  })

  it('leads to the true reason from a link of a page by https, which says nothing of itself then', async () => {
    stage.site('secure').show(`<a href="${stage.carrel.hubUrl}${link}">Open the notebook</a>`)
    const page = await stage.browser.context.newPage()
    await page.goto(stage.site('secure').origin)
    await page.getByText('Open the notebook').click()
    await page.getByText('needs https').waitFor()
    assert.match((await page.locator('body').textContent()) ?? '', reason)
    await page.close()
  })
})
