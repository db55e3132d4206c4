import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { readNewPassword } from '../../../bin/admin/typed-secret.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { carrelUser } from '../../hub/access/accounts/command.ts'
import { first, type Office, openOffice, pathOf, second, useLink } from '../../hub/access/accounts/office.ts'

describe('commands to a hub: carrel user', function () {
  this.timeout(300_000)
  let database: TestDatabase
  let office: Office
  beforeEach(async () => {
    database = await sqliteDatabase()
    office = await openOffice(database.url)
  })
  afterEach(async () => {
    await office.hub.stop()
    await database.remove()
  })

  const carrel = (args: string[], input = '') => carrelUser(office.hub.dataDir, args, input)

  it('adds several accounts, shows their links once, and lists them', async () => {
    const { code, out, err } = await carrel(['add', 'ann', 'Bob'])
    assert.deepEqual([code, err], [0, ''])
    const lines = out.trim().split('\n')
    assert.deepEqual(
      lines.map((line) => line.split('\t')[0]),
      ['ann', 'bob'],
    )
    const [, link = ''] = lines[0]?.split('\t') ?? []
    assert.equal((await useLink(office.hub.browser(), pathOf(link), first)).status, 200)
    const list = await carrel(['list'])
    assert.match(list.out, /^ann\tpassword\t-\nbob\tno password\tlink until \d{4}-/)
    const listed = JSON.parse((await carrel(['list', '--json'])).out)
    assert.deepEqual(Object.keys(listed[0]), ['name', 'has_password', 'link_ends'])
    assert.match((await carrel(['add', 'ann'])).out, /ann has an account already\. carrel user passwd --link ann/)
    const events = await office.hub.db('events').where({ kind: 'account-made' })
    assert.equal(JSON.parse(events[0].detail).by, 'operator')
  })

  it('sets a password from the input, or makes a link', async () => {
    await carrel(['add', 'ann'])
    const set = await carrel(['passwd', 'ann'], `${first}\n`)
    assert.deepEqual([set.code, set.out], [0, 'ann has the new password, and is signed out everywhere.\n'])
    assert.equal((await office.signIn('ann', first)).status, 303)
    const { out } = await carrel(['passwd', '--link', 'ann'])
    assert.equal((await useLink(office.hub.browser(), pathOf(out.split('\t')[1] ?? ''), second)).status, 200)
    assert.equal((await office.signIn('ann', second)).status, 303)
  })

  it('says what is wrong, and changes nothing', async () => {
    await carrel(['add', 'ann'])
    const mistakes: [string[], string, RegExp, number][] = [
      [['add'], '', /missing required argument|name the account/, 2],
      [['add', 'lms:edx:7'], '', /cannot be the name of an account/, 1],
      [['add', 'root'], '', /already a user here/, 1],
      [['passwd', 'ann'], '', /there is no password/, 2],
      [['passwd', 'ann'], 'short\n', /at least 12 characters/, 1],
      [['passwd', 'bob'], `${first}\n`, /There is no account bob/, 1],
      [['passwd', 'ann', 'a-secret'], '', /one argument too many/, 2],
      [['remove', 'ann'], '', /removes ann for good.*Nothing was removed/s, 2],
      [['remove', '--yes', 'bob'], '', /There is no account bob/, 1],
      [['list', '--authenticator', 'x'], '', /It is one of: password/, 1],
    ]
    for (const [args, input, message, code] of mistakes) {
      const refused = await carrel(args, input)
      assert.match(refused.err, message, args.join(' '))
      assert.equal(refused.code, code, args.join(' '))
    }
    assert.equal(JSON.parse((await carrel(['list', '--json'])).out).length, 1)
    assert.deepEqual((await carrel(['remove', '--yes', 'ann'])).out, 'ann is being removed.\n')
    assert.equal((await carrel(['list'])).out, 'There are no accounts.\n')
  })

  it('prints everything, however slowly it is read', async () => {
    const value = JSON.stringify({ subject: 'x' })
    const rows = Array.from({ length: 2000 }, (_, at) => ({ key: `account:pupil-${at}`, value, version: 'x' }))
    await office.hub.db.batchInsert(
      'entries',
      rows.map((row) => ({ authenticator: 'password', ...row })),
      500,
    )
    const all = ['bin/carrel.js', 'user', 'list', '--data', office.hub.dataDir]
    const child = spawn(process.execPath, all, { cwd: projectDir, stdio: ['ignore', 'pipe', 'inherit'] })
    // From then on the command has printed, and only the first lines were read.
    await once(child.stdout, 'readable')
    assert.equal((await text(child.stdout)).trimEnd().split('\n').length, 2000)
  })

  it('asks at a terminal twice, and shows nothing of what is typed', async () => {
    const type = async (...lines: string[]) => {
      const [input, output] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()]
      const typed = readNewPassword('ann', { input, output })
      let shown = ''
      output.on('data', (piece) => {
        shown += piece
        if (/: $/.test(String(piece))) input.write(`${lines.shift()}\r`)
      })
      return { typed: await typed.catch((error: Error) => error.message), shown }
    }
    assert.deepEqual(await type(first, first), { typed: first, shown: 'New password of ann: \nThe same again: \n' })
    assert.match((await type(first, second)).typed, /differ\. Nothing was changed/)
  })
})
