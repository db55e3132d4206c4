import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { password } from '../../../authenticators/password.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { type MailServer, startMailServer } from '../../helpers/mail-server.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { carrelUser } from '../../hub/access/accounts/command.ts'
import { first, pathOf, useLink } from '../../hub/access/accounts/office.ts'
import { people } from '../../hub/people.ts'

describe('commands to a hub: carrel user import, export and mails', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let hub: TestHub
  let mailServer: MailServer
  let knowsBob: boolean

  beforeEach(async () => {
    knowsBob = false
    mailServer = await startMailServer(cleanup, {
      answer: (command) => (command.includes('<bob@') && !knowsBob ? '550 5.1.1 no such mailbox' : undefined),
    })
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    hub = await startTestHub({
      database: database.url,
      config: {
        authenticators: [password(), people],
        admins: ['root'],
        mail: { from: 'courses@example.org', url: mailServer.url, perMinute: 600 },
      },
    })
    cleanup.defer(() => hub.stop())
  })

  const carrel = (...args: string[]) => carrelUser(hub.dataDir, args)
  const inFolder = (name: string) => join(hub.dataDir, name)
  const write = async (content: string, name = 'class.csv') => {
    await writeFile(inFolder(name), content)
    return inFolder(name)
  }
  const names = () => hub.db('users').where({ authenticator: 'password' }).orderBy('name').pluck('name')
  const good = 'email,first_name,groups\nann@example.org,Ann,maths\nbob@example.org,,\n'

  it('shows what it would do, and then does it', async () => {
    const file = await write(good)
    const dry = await carrel('import', file, '--group', 'year-1', '--dry-run')
    assert.deepEqual([dry.code, dry.err], [0, ''])
    assert.deepEqual(dry.out.split('\n'), [
      'line 2: makes ann (ann@example.org), shown as Ann, joins maths, year-1',
      'line 3: makes bob (bob@example.org), shown as Bob, joins year-1',
      '2 new, 0 changed, 0 left alone, 0 not used. Nothing was written.',
      '',
    ])
    assert.deepEqual(await names(), [])
    const done = await carrel('import', file, '--group', 'year-1')
    assert.match(done.out, /\n2 new, 0 changed, 0 left alone, 0 not used\.\n$/)
    assert.deepEqual(await names(), ['ann', 'bob'])
    assert.match((await carrel('import', file)).out, /line 2: leaves alone ann .*\n0 new, 0 changed, 2 left alone/s)
    const replaced = await carrel('import', file, '--replace-groups')
    assert.match(replaced.out, /line 2: changes ann \(ann@example\.org\), leaves year-1\n/)
    const { out } = await carrel('export')
    assert.match(out, /^\ufeffemail,.*\r\nann@example\.org,ann,Ann,,maths\r\nbob@example\.org,bob,Bob,,\r\n$/)
  })

  it('names each bad line in a dry run and else, ends with an error, and writes nothing', async () => {
    const file = await write(`${good}nothing\n\u001b[2J@example.org\ncat@example.org\n`)
    const dry = await carrel('import', file, '--dry-run')
    assert.equal(dry.code, 1)
    assert.match(
      dry.out,
      /line 4: cannot be used\. “nothing” is not a mail address.*\nline 5: cannot be used\. “\?\[2J/,
    )
    assert.match(dry.err, /2 lines cannot be used\. Mend them, or go on without by --skip-bad/)
    const refused = await carrel('import', file)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /Nothing was imported.*Line 4.*Line 5/s)
    assert.deepEqual(await names(), [])
    const skipped = await carrel('import', file, '--skip-bad')
    assert.equal(skipped.code, 0)
    assert.match(skipped.out, /3 new, 0 changed, 0 left alone, 2 not used\.\n$/)
    assert.equal((dry.out + refused.err + skipped.out).includes('\u001b'), false)
  })

  it('writes a page with links for its owner only, once, by which people come in', async () => {
    const file = await write(good)
    const page = inFolder('slips.html')
    assert.equal((await carrel('import', await write('name\n', 'no.csv'), '--print', page)).code, 1)
    const done = await carrel('import', file, '--print', page)
    assert.deepEqual([done.code, done.err], [0, ''])
    assert.match(done.out, /slips\.html has a link for each person without a password \(2\)/)
    assert.doesNotMatch(done.out, /key=/)
    assert.equal((await stat(page)).mode & 0o777, 0o600)
    const html = await readFile(page, 'utf8')
    const [, link = ''] = /<code>([^<]*name=ann[^<]*)<\/code>/.exec(html) ?? []
    assert.equal((await useLink(hub.browser(), pathOf(link.replaceAll('&#38;', '&')), first)).status, 200)
    const again = await carrel('import', file, '--print', page)
    assert.equal(again.code, 2)
    assert.match(again.err, /slips\.html exists\. Name a new file, or remove it/)
    assert.equal(await readFile(page, 'utf8'), html)
    const rest = await carrel('import', file, '--print', inFolder('rest.html'))
    assert.match(rest.out, /without a password \(1\)/, 'ann has one by now')
  })

  it('mails each person one link, says which mail failed, and tries it again', async () => {
    const file = await write(good)
    assert.match((await carrel('import', file, '--mail')).out, /Mails that wait to be sent: 2\./)
    const seen = await until(async () => {
      const { out } = await carrel('mails')
      return /1 failed/.test(out) && /1 sent/.test(out) ? out : undefined
    })
    assert.match(seen, /\nbob\tbob@example\.org\tfailed\t550 5\.1\.1 no such mailbox\n$/)
    knowsBob = true
    assert.equal((await carrel('mails', '--again')).out, 'Mails that are tried again: 1\n')
    await until(() => mailServer.mails.length === 2)
    const repeated = await carrel('import', file, '--mail')
    assert.match(repeated.out, /People who get no mail, since the link in an earlier one is still good: 2\./)
    assert.deepEqual(mailServer.mails.map(({ to }) => to).sort(), ['ann@example.org', 'bob@example.org'])
  })

  it('says what is wrong with what it is told', async () => {
    const file = await write(good)
    const mistakes: [string[], RegExp, number][] = [
      [['import'], /missing required argument|name the file/, 2],
      [['import', inFolder('none.csv')], /none\.csv/, 1],
      [['import', hub.dataDir], /is a folder|EISDIR/, 1],
      [['import', file, '--mail', '--print', inFolder('x')], /either --mail or --print/, 2],
      [['import', file, '--group', 'Staff!'], /a group has up to 63/, 1],
      [['import', await write('name\nann', 'no.csv')], /names no column “email”/, 1],
      [['import', await write('email\nann@example.org', 'plain.csv'), '--replace-groups'], /has no column “groups”/, 1],
      [['import', await write('x'.repeat(3_000_000), 'big.csv')], /more than 2 MB\. Split it/, 1],
      [['import', file, '--authenticator', 'x'], /It is one of: password/, 1],
      [['export', '--authenticator', 'x'], /It is one of: password/, 1],
    ]
    for (const [args, message, code] of mistakes) {
      const refused = await carrel(...args)
      assert.match(refused.err, message, args.join(' '))
      assert.equal(refused.code, code, args.join(' '))
    }
    assert.deepEqual(await names(), [])
  })
})
