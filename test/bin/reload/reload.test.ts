import assert from 'node:assert/strict'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Carrel, startCarrel } from '../../helpers/carrel.ts'
import { until } from '../../helpers/until.ts'
import { processesOf } from '../../spawners/process/world.ts'
import { configText, launch, startForEach } from '../world.ts'
import { beginning, opening, reload, titled, titleOf, writeConfig } from './world.ts'

describe('a reload', function () {
  this.timeout(300_000)
  /** All tests share one, because a start costs more than most of them. Each leaves another config behind. */
  let carrel: Carrel
  before(async () => {
    carrel = await startCarrel({ config: configText })
  })
  after(() => carrel?.stop())
  const start = startForEach()

  const logOf = () => readFile(join(carrel.dataDir, 'data', 'logs', 'hub.log'), 'utf8')
  /** Returns a function that returns what Carrel has printed since. */
  const printedFromHere = () => {
    const { length } = carrel.output()
    return () => carrel.output().slice(length)
  }
  /** Asks again and again until the function returned is called, which resolves with all statuses. */
  const askOften = () => {
    const statuses = new Set<number>()
    let isOver = false
    const asking = (async () => {
      while (!isOver) statuses.add((await fetch(new URL('/hub/login', carrel.link))).status)
    })()
    return async () => {
      isOver = true
      await asking
      return [...statuses]
    }
  }

  it('takes over a changed config: the hub is a new process, all else stays, and no request fails', async () => {
    const server = await launch(carrel, 'working')
    const others = async () => [await carrel.pidOf('proxy'), ...(await processesOf(server.id))]
    const [hub, before] = [await carrel.pidOf('hub'), await others()]
    const stopAsking = askOften()
    await writeConfig(carrel, titled('Another title'))
    const { code, output } = await reload(carrel)
    assert.deepEqual(output, 'Reloaded: the config is in use as it is now.\n')
    assert.equal(code, 0)
    assert.deepEqual(await stopAsking(), [200])
    assert.match((await titleOf(carrel)) ?? '', /Another title/)
    assert.notEqual(await carrel.pidOf('hub'), hub)
    assert.deepEqual(await others(), before)
    assert.deepEqual(await carrel.query('select id, run, state from servers'), [server])
    assert.deepEqual(await launch(carrel, 'working'), server)
  })

  it('is what SIGHUP asks for', async () => {
    await writeConfig(carrel, titled('By a signal'))
    const printed = printedFromHere()
    carrel.child.kill('SIGHUP')
    await until(() => printed().includes('Reloaded: '))
    assert.match((await titleOf(carrel)) ?? '', /By a signal/)
    assert.equal(carrel.child.exitCode, null)
  })

  it('names all that is wrong with a config, to all who may read it, and the hub goes on', async () => {
    const [hub, title, printed] = [await carrel.pidOf('hub'), await titleOf(carrel), printedFromHere()]
    await writeConfig(carrel, titled('Not taken over').replace('courses:', 'corses: 7, courses:'))
    const { code, output } = await reload(carrel)
    assert.equal(code, 1)
    // The hub is told when the answer is on its way.
    await until(async () => (await logOf()).includes('"msg":"a reload has failed"'))
    for (const text of [output, printed(), await logOf()]) {
      assert.match(text, /corses[\s\S]*Nothing has changed: Carrel goes on with the config that it had\./)
    }
    assert.equal(await carrel.pidOf('hub'), hub)
    assert.equal(await titleOf(carrel), title)
    // The mended file is taken over.
    await writeConfig(carrel, titled('Mended'))
    assert.equal((await reload(carrel)).code, 0)
    assert.match((await titleOf(carrel)) ?? '', /Mended/)
  })

  it('names the settings that hold from a start on, with the values, and changes nothing', async () => {
    const [hub, title] = [await carrel.pidOf('hub'), await titleOf(carrel)]
    const others = "installation: 'other', hub: { url: 'http://127.0.0.1:1' }, servers: { url: 'http://localhost:1' },"
    await writeConfig(carrel, titled('Not taken over').replace('defineConfig({', `defineConfig({ ${others}`))
    const { code, output } = await reload(carrel)
    assert.equal(code, 1)
    assert.match(output, /hub\.url: now http:\/\/127\.0\.0\.1:1, and http:\/\/127\.0\.0\.1:\d+ since the start/)
    assert.match(output, /servers\.url: now http:\/\/localhost:1, and .*\n.*installation: now other, and carrel since/)
    assert.doesNotMatch(output, /database|spawner:/)
    assert.equal(await carrel.pidOf('hub'), hub)
    assert.equal(await titleOf(carrel), title)
  })

  it('takes no other gateway in front for true, which the proxy would not know', async () => {
    const title = await titleOf(carrel)
    const header =
      "header({ name: 'sso', label: 'Sign in with SSO', from: ['127.0.0.1'], headers: { user: 'x-user' } })"
    const config = titled('Not taken over')
      .replace('[temporary()]', `[temporary(), ${header}]`)
      .replace('import { temporary }', "import { header } from 'carrel/authenticators/header'\nimport { temporary }")
    await writeConfig(carrel, config)
    const { code, output } = await reload(carrel)
    assert.equal(code, 1)
    assert.match(output, /from of header\(\) in authenticators: now 127\.0\.0\.1, and none since the start/)
    assert.equal(await titleOf(carrel), title)
  })

  it('lets the old hub go on with its own config when the new one gets not ready', async () => {
    const server = await launch(carrel, 'working')
    const [hub, title] = [await carrel.pidOf('hub'), await titleOf(carrel)]
    const stopAsking = askOften()
    await writeConfig(carrel, titled('Not taken over', opening("throw new Error('no engine here')")))
    const { code, output } = await reload(carrel)
    assert.equal(code, 1)
    assert.match(output, /The new hub could not start \(exit code 1\)\. Nothing has changed/)
    assert.match(carrel.output(), /no engine here/)
    assert.deepEqual(await stopAsking(), [200])
    assert.equal(await carrel.pidOf('hub'), hub)
    assert.equal(await titleOf(carrel), title)
    assert.deepEqual(await launch(carrel, 'working'), server)
  })

  it('keeps the new config when the hub dies later', async () => {
    await writeConfig(carrel, titled('Kept'))
    assert.equal((await reload(carrel)).code, 0)
    const hub = await carrel.pidOf('hub')
    process.kill(hub, 'SIGKILL')
    await until(async () => (await carrel.pidOf('hub').catch(() => hub)) !== hub)
    // The next hub is not there for its first moments.
    const titleNow = await until(() => titleOf(carrel).catch(() => undefined), 'the next hub')
    assert.match(titleNow, /Kept/)
  })

  it('brings a hub back that dies again and again of its config, as soon as the file is mended', async () => {
    const broken = opening(`
      const { existsSync } = await import('node:fs')
      if (existsSync(context.dataDir + '/broken')) throw new Error('broken')
    `)
    const carrel = await start({ config: broken })
    await writeFile(join(carrel.dataDir, 'data', 'broken'), '')
    process.kill(await carrel.pidOf('hub'), 'SIGKILL')
    await until(() => carrel.output().split('The hub ended unexpectedly').length > 4)
    await writeConfig(carrel, titled('Mended'))
    assert.equal((await reload(carrel)).code, 0)
    assert.match((await titleOf(carrel)) ?? '', /Mended/)
  })

  it('is done once for all who ask while another one is under way, after it', async () => {
    const log = join(carrel.dataDir, 'standbys')
    const slow = beginning(`await import('node:fs').then(async ({ appendFileSync, existsSync }) => {
        if (!process.argv.includes('--standby')) return
        appendFileSync(${JSON.stringify(log)}, 'x')
        while (!existsSync(${JSON.stringify(`${log}.go`)})) await new Promise((resolve) => setTimeout(resolve, 20))
      })`)
    await writeConfig(carrel, titled('First', slow))
    const first = reload(carrel)
    await until(() => readFile(log, 'utf8').catch(() => undefined))
    await writeConfig(carrel, titled('Second', slow))
    const others = [reload(carrel), reload(carrel), reload(carrel)]
    carrel.child.kill('SIGHUP')
    // Each of the three has a connection.
    await until(async () => (await connectionsAt(join(carrel.dataDir, 'data', 'reload.sock'))) >= 4)
    await writeFile(`${log}.go`, '')
    for (const { code } of await Promise.all([first, ...others])) assert.equal(code, 0)
    assert.equal(await readFile(log, 'utf8'), 'xx')
    assert.match((await titleOf(carrel)) ?? '', /Second/)
  })

  it('gives the culler its new times at once', async () => {
    const log = join(carrel.dataDir, 'data', 'logs', 'culler.log')
    const rounds = async () => (await readFile(log, 'utf8').catch(() => '')).split('round ended').length - 1
    await until(async () => (await rounds()) > 0)
    const before = await rounds()
    await writeConfig(carrel, configText.replace('defineConfig({', 'defineConfig({ culler: { everySeconds: 0.2 },'))
    assert.equal((await reload(carrel)).code, 0)
    await until(async () => (await rounds()) > before + 3)
  })

  it('that is asked for where none runs says so', async () => {
    const elsewhere = join(carrel.dataDir, 'elsewhere')
    const { code, output } = await reload({ dataDir: elsewhere })
    assert.equal(code, 1)
    assert.match(output, /no carrel start runs here with the data folder .*elsewhere/)
  })

  it('has a socket for its own account alone, which takes nothing but the request', async () => {
    const [path, printed] = [join(carrel.dataDir, 'data', 'reload.sock'), printedFromHere()]
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', 'reload', 'reloadreload\n', '\n', 'x'.repeat(100_000)]) {
      const socket = connect(path)
      socket.on('error', () => undefined)
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      socket.resume().end(bytes)
      await closed
    }
    assert.doesNotMatch(printed(), /Reloaded|Nothing has changed/)
    await rm(path)
    carrel.child.kill('SIGHUP')
    await until(() => printed().includes('Reloaded: '))
  })
})

/** Returns how many connections a unix socket has, without those that wait. */
async function connectionsAt(path: string): Promise<number> {
  const lines = (await readFile('/proc/net/unix', 'utf8')).split('\n')
  return lines.filter((line) => line.endsWith(` ${path}`) && line.split(/\s+/)[5] === '03').length
}
