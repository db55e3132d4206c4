import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { projectDir } from '../../helpers/carrel.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../../hub/people.ts'

describe('commands to a hub: carrel users', function () {
  this.timeout(300_000)
  let hub: TestHub
  before(async () => {
    hub = await startTestHub({ config: { authenticators: visitorsAndPeople(), admins: ['root'] } })
    for (const name of ['ann', 'root']) assert.equal(await signIn(name), 303)
  })
  after(() => hub.stop())

  const signIn = async (username: string) =>
    (await hub.browser().submit('/hub/login/local', { username, password: 'right' })).status
  const users = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const all = ['bin/carrel.js', 'users', ...args, '--data', hub.dataDir]
      const child = execFile(process.execPath, all, { cwd: projectDir }, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })
  const known = async () => (await hub.db('users').orderBy('name')).map(({ name }) => name)

  it('list all users, or those with a word in the name', async () => {
    await hub.browser().enter('/tmplogin?course=demo')
    const { out } = await users('list')
    assert.equal(out.split('\n').length, 4)
    assert.match(out, /^ann\t-\t-\t20/m)
    assert.match(out, /^root\tadmin\t-\t20/m)
    assert.match(out, /\ttemporary\tdemo\t20/)
    assert.deepEqual(
      JSON.parse((await users('list', '--name', 'OO', '--json')).out).map(({ name }: { name: string }) => name),
      ['root'],
    )
    assert.equal((await users('list', '--name', 'zzz')).out, 'There is no such user.\n')
  })

  it('sign out, block and unblock, and the history names the operator', async () => {
    assert.match((await users('sign-out', 'ann')).out, /^ann is signed out in every browser\.\n$/)
    assert.match((await users('block', 'ann')).out, /^ann is blocked\./)
    assert.equal(await signIn('ann'), 403)
    assert.match((await users('unblock', 'ann')).out, /^ann may come in again\./)
    assert.equal(await signIn('ann'), 303)
    const blocked = await hub.db('events').where({ kind: 'user-blocked' }).first()
    assert.deepEqual(JSON.parse(blocked.detail), { by: 'operator' })
  })

  it('remove the earlier versions of one user’s notebooks, only with --yes, and the history says how many', async () => {
    await hub.db('blobs').insert({ digest: 'b', bytes: Buffer.from('x'), size: 1 })
    const version = { course: 'demo', path: 'a.ipynb', digest: 'b', size: 1, at: 1 }
    for (const account of ['local:ann', 'local:ann', 'local:root'])
      await hub.db('versions').insert({ ...version, account })
    const asked = await users('remove-versions', 'ann')
    assert.equal(asked.code, 2)
    assert.match(asked.err, /removes all earlier versions of notebooks of ann, for good\. Nothing was removed/)
    assert.equal((await hub.db('versions')).length, 3)
    assert.match((await users('remove-versions', 'ann', '--yes')).out, /^ann has no earlier versions/)
    assert.deepEqual(await hub.db('versions').pluck('account'), ['local:root'])
    const { detail } = await hub.db('events').where({ kind: 'versions-removed' }).first()
    assert.deepEqual(JSON.parse(detail), { by: 'operator', versions: 2 })
  })

  it('remove only with --yes, and say what the hub says of a user that is not there', async () => {
    const asked = await users('remove', 'ann')
    assert.equal(asked.code, 2)
    assert.match(
      asked.err,
      /removes ann for good, with all notebooks and the files in them\. Files that last stay, .* Nothing was removed/,
    )
    assert.ok((await known()).includes('ann'))
    assert.match((await users('remove', 'ann', '--yes')).out, /^ann is being removed\./)
    await until(async () => !(await known()).includes('ann'))
    const none = await users('block', 'no-such-user')
    assert.equal(none.code, 1)
    assert.match(none.err, /There is no user no-such-user/)
  })
})
