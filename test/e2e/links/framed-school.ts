import assert from 'node:assert/strict'
import type { Frame } from 'playwright-core'
import { type Browser, startBrowser } from '../../helpers/browsers/browser.ts'
import { startForeignSite } from '../../helpers/browsers/foreign-site.ts'
import { loadedImage, removeNetworks } from '../../helpers/engines/docker.ts'
import { testInstallation } from '../../helpers/engines/started.ts'
import { type PublicCarrel, startPublicCarrel } from '../../helpers/public-carrel.ts'

export interface FramedSchool {
  carrel: PublicCarrel
  browser: Browser
  /** Opens the school's page with a link of the hub in a frame, and returns the frame. */
  show(link: string): Promise<Frame>
  close(): Promise<void>
}

/**
 * Starts Carrel with containers, and the site of a school that names the learners of `course`. `settings` are the courses
 * and what else the config says, for an image with Jupyter.
 */
export async function startFramedSchool(course: string, settings: (image: string) => string): Promise<FramedSchool> {
  const installation = testInstallation()
  const image = await loadedImage('jupyter')
  const school = await startForeignSite('school')
  const carrel = await startPublicCarrel({
    config: () => `
import { lms } from 'carrel/authenticators/lms'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { dockerSpawner } from 'carrel/spawners/docker'

export default defineConfig({
  installation: '${installation}',
  spawner: dockerSpawner({ pull: 'never' }),
  authenticators: [
    temporary(),
    lms({ issuer: 'school', courses: ['${course}'], pages: ['${school.origin}'], signed: false }),
  ],
  embed: { ancestors: ['${school.origin}'] },
  ${settings(image)}
})
`,
  })
  const browser = await startBrowser()
  const page = await browser.context.newPage()
  return {
    carrel,
    browser,
    async show(link) {
      school.show(`<iframe src="${carrel.hubUrl}${link}" width="900" height="600"></iframe>`)
      await page.goto(school.origin)
      const frame = page.frames().find((one) => one !== page.mainFrame())
      assert(frame !== undefined)
      return frame
    },
    async close() {
      await browser.close()
      await carrel.stop()
      await school.close()
      await removeNetworks([`carrel.installation=${installation}`])
    },
  }
}
