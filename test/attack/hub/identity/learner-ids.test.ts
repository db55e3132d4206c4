import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { type HttpBrowser, lmsUrl } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { openSchool, type School } from '../../../hub/access/guests/school.ts'
import { attacks } from '../../table.ts'

/** The id by which a person with it could come as its learner. */
const secret = '5f3a9c0d-learner'
const path = '/home/jovyan/work'

describe('attack: staff of a course who want the id that an LMS has for a learner', () => {
  let database: TestDatabase
  let school: School
  let grace: HttpBrowser
  before(async () => {
    database = await sqliteDatabase()
    const embed = { ancestors: [lmsUrl] }
    school = await openSchool(database.url, {
      courses: { demo: { image: 'demo', staff: ['grace'], embed, home: { path } }, other: { image: 'other' } },
    })
    await school.hub.browser().enter(`/ipythonExercice/demo/a/${secret}`, { referer: `${lmsUrl}/` })
    grace = await school.as('grace')
  })
  after(async () => {
    await school.hub.stop()
    await database.remove()
  })

  const serverOfLearner = () => school.hub.db('servers').where('path', 'like', `%${secret}%`).first()
  /** Returns those of these pages that show the id. */
  const showing = async (addresses: string[]) => {
    const seen: string[] = []
    for (const address of addresses) if ((await grace.navigate(address)).text.includes(secret)) seen.push(address)
    return seen
  }
  /** Returns what is found of these guesses, on the page of notebooks and on that of files. */
  const found = async (guesses: string[]) => {
    const pages = guesses.flatMap((guess) =>
      ['/hub/course/demo?state=all', '/hub/course/demo/homes?state=all'].map(
        (page) => `${page}&q=${encodeURIComponent(guess)}`,
      ),
    )
    const hits: string[] = []
    for (const page of pages) if ((await grace.navigate(page)).text.includes('1 to ')) hits.push(page)
    return hits
  }

  attacks([
    {
      name: 'have her program print the id alone, in a name of a file, or in another spelling',
      rule: 'learners',
      async attempt() {
        const { id } = await serverOfLearner()
        const servers = school.hub.db('servers').where({ id })
        const before = await servers.clone().first('state', 'failure', 'failure_detail')
        const failure = `No file /home/jovyan/${secret}.log`
        const spelled = `lms%3Aedx%3A${secret} lms%3aedx%3a${secret} ${secret.toUpperCase()} lms~3aedx~3a${secret}`
        await servers.clone().update({ state: 'failed', failure, failure_detail: spelled })
        const { text } = await grace.navigate('/hub/course/demo?state=failed')
        await servers.clone().update(before)
        return [text.includes('No file /home/jovyan/….log'), text.toLowerCase().includes(secret)]
      },
      expected: [true, false],
    },
    {
      name: 'read the source of every page that names her, with its buttons and questions',
      rule: 'learners',
      async attempt() {
        const { id } = await serverOfLearner()
        const { id: home } = await school.hub.db('homes').where('name', 'like', `%${secret}`).first()
        const pages = [
          ...['/hub/course/demo?state=all', `/hub/course/demo/servers/${id}/stop`],
          ...['/hub/course/demo/homes', `/hub/course/demo/homes/${home}/remove`],
        ]
        return showing(pages)
      },
      expected: [],
    },
    {
      name: 'guess it letter by letter in the search',
      rule: 'learners',
      attempt: () => found(['lms', 'lms:edx:5', secret.slice(0, 3), secret, 'edx', '%5f3%', 'lms-edx']),
      expected: [],
    },
    {
      name: 'stop her notebook, and read what is said of it and what her program printed',
      rule: 'learners',
      async attempt() {
        const { id, path, name } = await serverOfLearner()
        const stopped = await grace.submit(`/hub/course/demo/servers/${id}/stop?q=&state=all&page=1`)
        const notice = String(stopped.headers.location)
        await until(async () => (await serverOfLearner()).state === 'stopped')
        const failure = {
          failure: `The start of lms:edx:${secret} failed.`,
          failure_detail: `GET ${path}api of ${name}`,
        }
        await school.hub
          .db('servers')
          .where({ id })
          .update({ state: 'failed', ...failure })
        const said = await showing([notice, '/hub/course/demo?state=failed'])
        const { id: home } = await school.hub.db('homes').where('name', 'like', `%${secret}`).first()
        await school.hub.db('users').where('name', 'like', `%${secret}`).update({ name: 'lms:edx:gone' })
        return [said, await showing(['/hub/course/demo/homes', `/hub/course/demo/homes/${home}/remove`])]
      },
      expected: [[], []],
    },
  ])
})
