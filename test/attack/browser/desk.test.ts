import type { Page } from 'playwright-core'
import { stageForAll } from '../../helpers/browsers/stage.ts'
import { attacks } from '../table.ts'
import { deskAttacks, openDeskPage } from './desk-attacks.ts'
import { hostileConfig } from './hostile-config.ts'

/** Runs the servers of a browser on one host, where script of any of them has what the browser's learner has there. */
describe('attack: a notebook at the strip of its neighbour on a shared host, in a browser', function () {
  this.timeout(300_000)
  let desk: Page
  let evil: Page
  let deskUrl = ''

  const stage = stageForAll({ needs: ['chromium'], config: () => hostileConfig(['desk', 'evil']) })

  before(async () => {
    const { context } = stage.browser
    const link = (course: string) => `${stage.carrel.hubUrl}/tmplogin?course=${course}`
    ;[desk, deskUrl] = await openDeskPage(await context.newPage(), link('desk'))
    evil = await context.newPage()
    await evil.goto(link('evil'))
    await evil.waitForURL((url) => stage.carrel.isServer(url) && !url.pathname.includes('_carrel'))
  })

  attacks(deskAttacks({ evil: () => evil, desk: () => desk, deskUrl: () => deskUrl }, true))
})
