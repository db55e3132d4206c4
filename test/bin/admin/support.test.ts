import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { addStoredCode } from '../../../hub/db/servers/support-codes.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { openSchool, type School } from '../../hub/access/guests/school.ts'

describe('commands to a hub: carrel support', () => {
  let database: TestDatabase
  let school: School
  before(async () => {
    database = await sqliteDatabase()
    school = await openSchool(database.url)
    await addStoredCode(school.hub.db, { server: school.server.id, code: '7KQ4MX', lasts: 60_000 })
  })
  after(async () => {
    await school.hub.stop()
    await database.remove()
  })

  const support = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const all = ['bin/carrel.js', 'support', '--data', school.hub.dataDir, ...args]
      const child = execFile(process.execPath, all, { cwd: projectDir }, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })

  it('shows the server of a code, and why its last run has failed', async () => {
    const failure = { failure: 'It\u001b[2J ran out of memory.', failure_detail: 'exit code 137\nKilled' }
    await school.hub.db('servers').update(failure)
    const { code, out } = await support('7kq4mx')
    assert.equal(code, 0)
    assert.match(out, /^course: demo \(demo\)\ncode: 7KQ-4MX\n/)
    assert.match(out, /\nowner: ann\nserver: \w+-1\n.*state: ready\n/s)
    assert.match(out, /\nlast failure: It\?\[2J ran out of memory\. \(\w+-0\)\n {2}exit code 137\n {2}Killed\n$/)
    const told = JSON.parse((await support('7KQ-4MX', '--json')).out)
    assert.deepEqual([told.owner, told.state, told.server], ['ann', 'ready', school.server.id])
    const events = await school.hub.db('events').where({ kind: 'support-code-looked-up' }).pluck('user')
    assert.deepEqual(events, ['operator', 'operator'])
  })

  it('says that a code means nothing, however often', async () => {
    for (let tries = 0; tries < 2; tries += 1) {
      const { code, err } = await support('AAA-AAA')
      assert.deepEqual([code, /No notebook of your courses has this code/.test(err)], [1, true], err)
    }
    assert.equal((await support()).code, 2)
    assert.equal((await support('7KQ', '4MX')).code, 2)
  })
})
