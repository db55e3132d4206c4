import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { adminSocketOf } from '../../../../net/machine/admin-socket.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { createHttpBrowser, type HttpBrowser, lmsUrl, secrets } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { openSchool, type School } from '../../../hub/access/guests/school.ts'
import { attacks } from '../../table.ts'

const home = { path: '/home/jovyan/work' }

describe('attack: the files of others that last', () => {
  let database: TestDatabase
  let school: School
  /** The homes of ann and of eve in the course demo, and that of eve for all her courses. */
  let id: string
  let evesForAll: string

  beforeEach(async () => {
    database = await sqliteDatabase()
    const embed = { ancestors: [lmsUrl] }
    const courses = {
      demo: { image: 'demo', staff: ['grace'], embed, home },
      other: { image: 'other', staff: ['otto'], home },
      wide: { image: 'wide', staff: ['otto'], home: { ...home, per: 'user' as const } },
    }
    school = await openSchool(database.url, { courses })
    const eve = await school.as('eve')
    await eve.enter('/launch/wide')
    await school.hub.db('servers').whereNot({ id: school.server.id }).update({ path: '/x/' })
    const idOf = async (course: string) => (await school.hub.db('homes').where({ course }).first('id')).id
    ;[id, evesForAll] = [await idOf('demo'), await idOf('')]
    await school.ann.submit(`/hub/servers/${school.server.id}/stop`)
    await until(async () => (await school.hub.db('homes').where({ id }).first('holder')).holder === null)
  })
  afterEach(async () => {
    await school.hub.stop()
    await database.remove()
  })

  const tokenOf = async (name: string) => {
    const made = await (await school.as(name)).submit('/hub/token', { note: 'x', days: '1' })
    return /carrel-user-[\w-]{43}/.exec(made.text)?.[0] ?? ''
  }
  /** Returns the answers to every request about the home, and whether anything has changed. */
  const useApi = async (token: string | undefined, homeId = id) => {
    const before = await changed()
    const calls: [method: string, path: string][] = [
      ['GET', ''],
      ['GET', `/${homeId}`],
      ['GET', `/${homeId}/files`],
      ['PUT', `/${homeId}/files`],
      ['DELETE', `/${homeId}`],
      ...['measure', 'keep', 'release', 'adopt'].map((act): [string, string] => ['POST', `/${homeId}/${act}`]),
    ]
    const seen = new Set<number>()
    for (const [method, path] of calls) {
      const headers = {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `token ${token}` }),
      }
      const answer = await createHttpBrowser(school.hub.address).fetch(`/hub/api/homes${path}`, {
        ...{ method, headers },
        ...(method !== 'GET' && { body: '{}' }),
      })
      seen.add(answer.status)
      if (answer.text.includes('ann') || answer.text.includes('volume')) seen.add(0)
    }
    return [[...seen].sort(), (await changed()) === before ? 'unchanged' : 'changed']
  }
  const changed = async () => JSON.stringify([await school.hub.db('homes'), await school.hub.db('errands')])
  /** Returns the answers of the pages about the home. */
  const usePages = async (
    browser: HttpBrowser,
    course: string,
    homeId: string,
    headers: Record<string, string> = {},
  ) => {
    const before = await changed()
    const base = `/hub/course/${course}/homes`
    const { last_used } = await school.hub.db('homes').where({ id }).first('last_used')
    const fields = { q: '', state: 'all', page: '1', seen: String(last_used) }
    const answers = [
      await browser.navigate(base),
      await browser.navigate(`${base}/${homeId}/remove`),
      await browser.submit(`${base}/${homeId}/remove`, fields, headers),
      await browser.submit(`${base}/${homeId}/keep`, fields, headers),
    ]
    return [answers.map(({ status }) => status), (await changed()) === before ? 'unchanged' : 'changed']
  }
  /** Sends a request to the socket for commands. */
  const command = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const socketPath = adminSocketOf(school.hub.dataDir)
    const asked = request({ socketPath, method, path, headers, agent: false }, async (answer) => {
      const body = await text(answer)
      resolve(`${answer.statusCode} ${JSON.parse(body).error ?? ''}`)
    })
    asked.once('error', reject)
    asked.end()
    return promise
  }

  const none = [[403], 'unchanged']
  const noneOnPages = [[403, 403, 403, 403], 'unchanged']

  attacks([
    {
      name: 'is no admin, and lists, reads, copies or removes files of learners by the API',
      rule: 'homes',
      async attempt() {
        const tokens = [undefined, 'x', secrets.proxyToken, secrets.cullerToken, secrets.metricsToken]
        for (const name of ['ann', 'eve', 'grace', 'otto']) tokens.push(await tokenOf(name))
        const seen: unknown[] = []
        for (const token of tokens) seen.push(await useApi(token))
        return seen.map((one) => JSON.stringify(one).replace('405,', '').replace(',405', ''))
      },
      expected: Array.from({ length: 9 }, () => JSON.stringify(none)),
    },
    {
      name: 'is a learner, staff of another course or a visitor, and uses the page for staff',
      rule: 'homes',
      async attempt() {
        const seen: unknown[] = []
        for (const name of ['ann', 'eve', 'otto']) seen.push(await usePages(await school.as(name), 'demo', id))
        const visitor = school.hub.browser()
        await visitor.enter('/tmplogin?course=demo')
        seen.push(await usePages(visitor, 'demo', id))
        const learner = school.hub.browser()
        await learner.enter('/ipythonExercice/demo/a/grace', { framed: true, referer: `${lmsUrl}/` })
        return [...seen, await usePages(learner, 'demo', id)]
      },
      expected: [noneOnPages, noneOnPages, noneOnPages, noneOnPages, noneOnPages],
    },
    {
      name: 'is staff, and names a home of another course, one for all courses, or none in its own page',
      rule: 'homes',
      async attempt() {
        const otto = await school.as('otto')
        const words = [id, evesForAll, `${id}'--`, '..%2f..%2fusers', '%00', 'a'.repeat(4000)]
        const seen: unknown[] = []
        for (const word of words) seen.push((await usePages(otto, 'other', word)).flat().slice(1).join(' '))
        seen.push(await usePages(otto, 'wide', evesForAll))
        return seen
      },
      expected: [
        ...Array.from({ length: 4 }, () => '404 404 404 unchanged'),
        '400 400 400 unchanged',
        '404 404 404 unchanged',
        [[404, 404, 404, 404], 'unchanged'],
      ],
    },
    {
      name: 'has staff’s browser remove files from another site',
      rule: 'homes',
      async attempt() {
        const grace = await school.as('grace')
        const foreign = [
          { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
          { 'sec-fetch-site': 'same-site', origin: 'http://label.nb.test' },
          { 'sec-fetch-site': '', origin: 'http://label.nb.test' },
        ]
        const seen: unknown[] = []
        for (const headers of foreign) seen.push(await usePages(grace, 'demo', id, headers))
        return seen
      },
      expected: Array.from({ length: 3 }, () => [[200, 200, 403, 403], 'unchanged']),
    },
    {
      name: 'sends an archive to the public listener, one too long to the socket, or one for another path',
      rule: 'homes',
      async attempt() {
        const root = await tokenOf('root')
        const fetched = await createHttpBrowser(school.hub.address).fetch(`/hub/api/homes/${id}/files`, {
          method: 'PUT',
          headers: { authorization: `token ${root}`, 'content-type': 'application/x-tar' },
          body: 'x'.repeat(20_000),
        })
        const path = `/hub/api/homes/${id}/files`
        return [
          fetched.status,
          await command('PUT', path, { 'content-length': String(2 ** 37) }),
          await command('PUT', path, { 'transfer-encoding': 'chunked' }),
          await command('PUT', `${path}/`, { 'content-length': '20000' }),
          await command('POST', '/hub/api/sweep', { 'content-length': '20000' }),
          await command('PUT', `/hub/api/homes/..%2f${id}/files`, { 'content-length': '20000' }),
          await command('PUT', path, { 'content-length': '20000', origin: 'https://evil.example' }),
        ]
      },
      expected: [
        413,
        '413 too_large',
        '411 length_required',
        '413 too_large',
        '413 too_large',
        '413 too_large',
        '403 not_a_command',
      ],
    },
    {
      name: 'is an admin, and has an image that no course has read the files',
      rule: 'homes',
      async attempt() {
        const root = await tokenOf('root')
        const ask = async (query: string) => {
          const answer = await createHttpBrowser(school.hub.address).fetch(`/hub/api/homes/${id}/files${query}`, {
            headers: { authorization: `token ${root}` },
          })
          return answer.status
        }
        return [
          await ask('?image=evil'),
          await ask('?course=evil'),
          await ask('?course=../demo'),
          await ask('?course=demo'),
        ]
      },
      expected: [400, 404, 404, 200],
    },
  ])
})
