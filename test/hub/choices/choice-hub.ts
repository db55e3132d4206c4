/** A hub with courses that let learners choose. */
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../config/config.ts'
import { createFakeServers, forgetfulSpawner } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../people.ts'

/** The courses: `ml` has two choices, of which parts are for authors and for staff; `plain` has none. */
export const coursesWithChoices: ConfigInput['courses'] = {
  ml: {
    image: 'ml',
    title: 'Machine learning',
    staff: ['grace'],
    env: { SIZE: 'as the course has it' },
    embed: { ancestors: [lmsUrl] },
    tags: { next: { image: 'ml:next', open: 'everyone' } },
    gpuOnRequest: 'everyone',
    choices: {
      size: [
        { name: 'small', title: 'Small', description: 'Enough for all exercises.', env: { SIZE: 's' }, gpu: false },
        { name: 'large', title: 'Large', env: { SIZE: 'l' }, limits: { memory: '8G' }, cull: 'never' },
        { name: 'huge', env: { SIZE: 'h' }, open: ['group:authors'] },
      ],
      kind: [
        { name: 'usual', env: { KIND: 'u' } },
        { name: 'odd', env: { KIND: 'o' }, open: [] },
      ],
    },
  },
  plain: { image: 'plain' },
}

export interface ChoiceHub extends TestHub {
  signIn(name: string): Promise<HttpBrowser>
  /** Returns the variables that the newest server of a course has from its choices, like `s u`. */
  hasOf(course: string): string
  stopped(course: string): Promise<void>
}

export async function startChoiceHub(database?: string, config: Partial<ConfigInput> = {}): Promise<ChoiceHub> {
  const world = createFakeServers()
  const hub = await startTestHub({
    world,
    ...(database !== undefined && { database }),
    config: {
      spawner: forgetfulSpawner(world),
      authenticators: [temporary(), people, lms({ issuer: 'edx', courses: ['ml'], pages: [lmsUrl], signed: false })],
      admins: ['root'],
      groups: { authors: ['ann'] },
      courses: coursesWithChoices,
      ...config,
    },
  })
  const row = (course: string) => hub.db('servers').where({ course }).orderBy('created', 'desc').first()
  return {
    ...hub,
    async signIn(name) {
      const browser = hub.browser()
      await browser.submit('/hub/login/local', { username: name, password: 'right' })
      return browser
    },
    hasOf(course) {
      const env = [...world.objects.values()].findLast(({ spec }) => spec.course === course)?.env
      return [env?.SIZE, env?.KIND].filter((one) => one !== undefined).join(' ')
    },
    async stopped(course) {
      const { id, user } = await row(course)
      const { name } = await hub.db('users').where({ id: user }).first('name')
      const browser = hub.browser()
      await browser.fetch(`/hub/api/users/${encodeURIComponent(name)}/servers/${course}`, {
        method: 'DELETE',
        headers: { authorization: 'token culler-token-of-the-tests-0123456789ab' },
      })
      await until(async () => (await hub.db('servers').where({ id }).first('state')).state === 'stopped')
    },
    async stop() {
      await hub.stop()
      await world.close()
    },
  }
}

/** Returns the address of the page on which a person chooses how to go on with a link. */
export function choicePage(link: string, also = ''): string {
  return `/hub/choice?link=${encodeURIComponent(link)}${also}`
}

/** Returns what a page offers, choice by choice, with a star at what is chosen on it. */
export function offeredOn(page: string): string[] {
  return [...page.matchAll(/name="choice-(\w+)" value="([^"]*)"( checked)?/g)].map(
    ([, choice, word, checked]) => `${choice}=${word}${checked === undefined ? '' : '*'}`,
  )
}
