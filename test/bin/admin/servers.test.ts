import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDir } from '../../helpers/carrel.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../../hub/people.ts'

describe('commands to a hub: carrel servers', function () {
  this.timeout(300_000)
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ config: { authenticators: visitorsAndPeople(), admins: ['root'] } })
  })
  afterEach(() => hub.stop())

  const carrel = (args: string[], env: Record<string, string> = {}) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const options = { cwd: projectDir, env: { PATH: process.env.PATH ?? '', ...env } }
      const child = execFile(process.execPath, ['bin/carrel.js', ...args], options, (_error, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      )
    })
  const here = () => ['--data', hub.dataDir]
  const enter = async () => {
    await hub.browser().enter('/tmplogin?course=demo')
    const user: { name: string } = await hub.db('users').where({ kind: 'temporary' }).first()
    return user.name
  }
  const tokenOf = async (name: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    const { text } = await browser.submit('/hub/token', { note: 'commands', days: '7' })
    return /carrel-user-[\w-]{43}/.exec(text)?.[0] ?? ''
  }

  it('list and stop servers by the socket of the data folder, and the history names the operator', async () => {
    assert.equal((await carrel(['servers', 'list', ...here()])).out, 'No server runs.\n')
    const user = await enter()
    const { out, code } = await carrel(['servers', 'list', '--json', ...here()])
    assert.equal(code, 0)
    const [listed] = JSON.parse(out)
    assert.deepEqual([listed.user, listed.course, listed.state], [user, 'demo', 'ready'])
    const stopped = await carrel(['servers', 'stop', user, 'demo', '--reason', 'exam', ...here()])
    assert.deepEqual([stopped.code, stopped.err], [0, ''])
    assert.match(stopped.out, /demo: stopp(ing|ed)\n$/)
    await until(async () => (await carrel(['servers', 'list', ...here()])).out === 'No server runs.\n')
    const event = await hub.db('events').where({ kind: 'stopped' }).first()
    assert.deepEqual(JSON.parse(event.detail), { reason: 'exam', by: 'operator' })
  })

  it('reach a hub elsewhere with an admin’s token from the environment, and say why others do not', async () => {
    const elsewhere = ['servers', 'list', '--hub', hub.address]
    const with_ = (token: string) => carrel(elsewhere, { CARREL_HUB_TOKEN: token })
    assert.deepEqual(await with_(await tokenOf('root')), { code: 0, out: 'No server runs.\n', err: '' })
    const refusals: [string, RegExp, number][] = [
      [await tokenOf('ann'), /good, but not an admin's/, 1],
      [`carrel-user-${'x'.repeat(43)}`, /does not know the token in CARREL_HUB_TOKEN/, 1],
      ['', /needs CARREL_HUB_TOKEN in the environment/, 2],
      ['a\nb', /is no API token/, 2],
    ]
    for (const [token, message, code] of refusals) {
      const refused = await with_(token)
      assert.match(refused.err, message)
      assert.equal(refused.code, code)
    }
    const open = await carrel(['servers', 'list', '--hub', 'http://hub.example.org'], { CARREL_HUB_TOKEN: 'x' })
    assert.match(open.err, /read the token/)
  })

  it('say what to do where no hub runs, and what the hub has said', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'carrel-none-'))
    try {
      const none = await carrel(['servers', 'list', '--data', empty])
      assert.match(none.err, /no hub runs here with the data folder .* Start it, name its folder with --data/)
      assert.equal(none.code, 1)
      const long = await carrel(['servers', 'list', '--data', join(empty, 'x'.repeat(120))])
      assert.match(long.err, /too long for a socket.*--hub/)
    } finally {
      await rm(empty, { recursive: true })
    }
    const unknown = await carrel(['servers', 'stop', 'no-such-user', 'demo', ...here()])
    assert.match(unknown.err, /There is no user no-such-user/)
    assert.equal(unknown.code, 1)
  })
})

describe('the socket for commands', () => {
  it('goes with its hub', async () => {
    const hub = await startTestHub()
    const hidden = (await readdir(hub.dataDir)).filter((name) => name.startsWith('.'))
    const found = await stat(join(hub.dataDir, 'admin.sock'))
    await hub.stop()
    assert.deepEqual([found.isSocket(), hidden], [true, []])
  })

  it('leaves a file alone that is no socket, and is taken over by a later hub, whatever became of the one before', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'carrel-file-'))
    await writeFile(join(dir, 'admin.sock'), 'precious')
    const { bindAdminSocket } = await import('../../../hub/http/admin-socket.ts')
    const { pino } = await import('pino')
    const listening = { log: pino({ level: 'silent' }), unanswered: 8 }
    try {
      await assert.rejects(bindAdminSocket(dir, listening), /is no socket of this account/)
      await rm(join(dir, 'admin.sock'))
      const older = await bindAdminSocket(dir, listening)
      const newer = await bindAdminSocket(dir, listening)
      // The older one's end must not take the newer one's socket away.
      await older.close()
      assert.deepEqual(await readdir(dir), ['admin.sock'])
      await newer.close()
      assert.deepEqual(await readdir(dir), [])
      // A killed process leaves its socket behind.
      const killed = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
      spawnSync(process.execPath, ['-e', killed, join(dir, 'admin.sock')])
      assert.deepEqual(await readdir(dir), ['admin.sock'])
      await (await bindAdminSocket(dir, listening)).close()
      assert.deepEqual(await readdir(dir), [])
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})
