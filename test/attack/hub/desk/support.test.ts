import { addStoredCode } from '../../../../hub/db/servers/support-codes.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { type HttpBrowser, lmsUrl } from '../../../helpers/test-hub.ts'
import { openSchool, type School } from '../../../hub/access/guests/school.ts'
import { attacks } from '../../table.ts'

const secret = '5f3a9c0d-learner'

describe('attack: support codes', () => {
  let database: TestDatabase
  let school: School
  let grace: HttpBrowser
  let otto: HttpBrowser
  beforeEach(async () => {
    database = await sqliteDatabase()
    school = await openSchool(database.url)
    await school.hub.browser().enter(`/ipythonExercice/demo/a/${secret}`, { referer: `${lmsUrl}/` })
    const { id } = await school.hub.db('servers').where('path', 'like', `%${secret}%`).first()
    await addStoredCode(school.hub.db, { server: id, code: '7KQ4MX', lasts: 60_000 })
    ;[grace, otto] = [await school.as('grace'), await school.as('otto')]
  })
  afterEach(async () => {
    await school.hub.stop()
    await database.remove()
  })

  const look = (browser: HttpBrowser, code: string) => browser.submit('/hub/support', { code })
  const told = ({ status, text }: { status: number; text: string }) => [
    status,
    text.replace(/value="[^"]*"/, '').replace(/in \d+ s|\d+ seconds/, ''),
  ]

  attacks([
    {
      name: 'staff of another course tell a code of this one from none, or from one that has ended',
      rule: 'enumeration',
      async attempt() {
        const answers = [await look(otto, '7KQ-4MX'), await look(otto, 'AAA-AAA'), await look(otto, 'no code at all')]
        await school.hub.db('support_codes').update({ expires: 1000 })
        answers.push(await look(otto, '7KQ-4MX'))
        return [new Set(answers.map((one) => JSON.stringify(told(one)))).size, answers[0]?.status]
      },
      expected: [1, 404],
    },
    {
      name: 'staff guess codes without end',
      rule: 'limits',
      async attempt() {
        const statuses: number[] = []
        for (let tries = 0; tries < 14; tries += 1) statuses.push((await look(grace, `AAA-A${tries + 10}`)).status)
        const others = (await look(otto, 'AAA-AAA')).status
        return [statuses.filter((status) => status === 404).length, statuses.at(-1), others]
      },
      expected: [10, 429, 404],
    },
    {
      name: 'staff guess on by looking a good code up in between',
      rule: 'limits',
      async attempt() {
        const statuses: number[] = []
        for (let tries = 0; tries < 14; tries += 1) {
          statuses.push((await look(grace, `AAA-A${tries + 10}`)).status)
          await look(grace, '7KQ-4MX')
        }
        return statuses.filter((status) => status === 404).length
      },
      expected: 10,
    },
    {
      name: 'another site has a browser of staff spend her tries',
      rule: 'own pages',
      async attempt() {
        const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.org' }
        const sent = await grace.submit('/hub/support', { code: 'AAA-AAA' }, foreign)
        return [sent.status, (await grace.navigate('/hub/support?code=7KQ-4MX')).text.includes('demo of')]
      },
      expected: [403, false],
    },
    {
      name: 'staff look for the LMS’s id in what a code shows, and in what the program printed',
      rule: 'learners',
      async attempt() {
        const { id, path } = await school.hub.db('servers').where('path', 'like', `%${secret}%`).first()
        const failure = { failure: `The start of lms:edx:${secret} failed.`, failure_detail: `GET ${path}api` }
        await school.hub.db('servers').where({ id }).update(failure)
        const { status, text } = await look(grace, '7KQ-4MX')
        return [status, text.includes(secret), /of Learner [a-z2-7]{6}</.test(text)]
      },
      expected: [200, false, true],
    },
    {
      name: 'a learner looks up the code of another, or her own',
      rule: 'roles',
      async attempt() {
        const { status, text } = await look(school.ann, '7KQ-4MX')
        return [status, text.includes('demo of')]
      },
      expected: [403, false],
    },
  ])
})
