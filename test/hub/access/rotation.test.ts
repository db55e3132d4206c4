import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { openKeyFile, type WatchedKeys } from '../../../bin/key-file.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import {
  areOpen,
  closedBy,
  type FrontDoors,
  openAt,
  openCourse,
  type SeatedUser,
  startDoor,
  startFrontDoors,
} from '../../helpers/front-doors.ts'
import { type HttpBrowser, secrets } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { ask, silent } from '../../proxy/world.ts'

/** Runs `carrel keys` as a program, and returns its output. */
async function carrelKeys(...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, ['bin/carrel.js', 'keys', ...args], { cwd: projectDir })).stdout
}

onEachDatabase('rotating the keys of one hub and three proxies', (makeDatabase) => {
  let world: FrontDoors
  let dir: string
  let file: string
  let ann: SeatedUser
  const stops: (() => unknown)[] = []
  const seated: SeatedUser[] = []

  /** Opens the key file as each process does for itself. */
  function watching(): WatchedKeys {
    const keys = openKeyFile(file)
    keys.watch(silent)
    stops.push(() => keys.close())
    return keys
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-keys-'))
    file = join(dir, 'keys')
    await writeFile(file, `k1:${Buffer.alloc(32, 1).toString('base64url')}\n`, { mode: 0o600 })
    const { proxyToken: token } = secrets
    world = await startFrontDoors({
      database: await makeDatabase(),
      secrets: { ...secrets, keys: watching() },
      async open(hub) {
        const doors = await Promise.all([1, 2, 3].map(() => startDoor({ hubs: [hub], token, keys: watching() })))
        stops.push(...doors.map((door) => () => door.stop()))
        return doors
      },
    })
    ann = await openCourseAs()
  })
  afterEach(async () => {
    for (const socket of seated.splice(0).flatMap((one) => one.sockets)) socket.terminate()
    await world?.stop()
    for (const stop of stops.splice(0).reverse()) await stop()
    await rm(dir, { recursive: true })
  })

  async function openCourseAs(browser?: HttpBrowser): Promise<SeatedUser> {
    const user = await openCourse(world, browser)
    seated.push(user)
    return user
  }

  const serverOf = ({ path }: SeatedUser) => world.hub.db('servers').where({ path }).first()

  it('uses the new key for new runs only, and a drop of the old key ends only its seats', async () => {
    const before = await readFile(file, 'utf8')
    assert.equal(await carrelKeys('rotate', '--file', file), 'k2  mints\nk1\n')
    await until(async () => {
      // A user who comes after the hub has read the file gets the new key, even if no proxy has read it.
      return (await serverOf(await openCourseAs())).kid === 'k2'
    })
    const bob = await openCourseAs()
    assert.ok(areOpen(ann.sockets))
    ann.sockets.push(await openAt(world.doors[0] ?? assert.fail(), ann))
    assert.equal((await serverOf(ann)).kid, 'k1')

    await closedBy(world.hub.db, ann.sockets, () => carrelKeys('drop', 'k1', '--file', file))
    for (const door of world.doors) await assert.rejects(openAt(door, ann))
    assert.ok(areOpen(bob.sockets))
    await until(async () => (await serverOf(ann)).state === 'stopped')
    const event = await world.hub.db('events').where({ kind: 'stopped' }).first()
    assert.match(event.detail, /its key was dropped/)
    assert.ok(!(await readFile(file, 'utf8')).includes(before.trim()))
  })

  it('with --end ends every seat, and the next launch gets a new run', async () => {
    await closedBy(world.hub.db, ann.sockets, async () =>
      assert.equal(await carrelKeys('rotate', '--end', '--file', file), 'k2  mints\n'),
    )
    const page = await ask(world.doors[1]?.urls[0] ?? '', `${ann.path}lab`, {
      headers: { cookie: ann.cookie, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html' },
    })
    assert.equal(page.status, 303)
    assert.match(String(page.headers.location), /^http:\/\/hub\.test\/hub\/open\?to=/)
    const again = await openCourseAs(ann.browser)
    assert.equal(again.path, ann.path)
    assert.deepEqual(await serverOf(again).then(({ run, kid }) => ({ run, kid })), { run: 2, kid: 'k2' })
  })

  it('with an invalid key changes nothing', async () => {
    await writeFile(file, 'k1:short')
    await sleep(700)
    ann.sockets.push(await openAt(world.doors[2] ?? assert.fail(), ann))
    assert.ok(areOpen(ann.sockets))
    await assert.rejects(carrelKeys('rotate', '--file', file), /key 1 \(k1\) is not 32 bytes/)
  })

  it('leads to a new run of a server whose key no hub has', async () => {
    await world.hub.db('servers').where({ path: ann.path }).update({ kid: 'k9' })
    const again = await openCourseAs(ann.browser)
    assert.deepEqual(await serverOf(again).then(({ run, kid }) => ({ run, kid })), { run: 2, kid: 'k1' })
  })
})
