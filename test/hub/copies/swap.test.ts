import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ask } from '../../../hub/copies/ask.ts'
import { exactly } from '../../../hub/copies/put.ts'
import { type Quiet, quietAt } from '../../../hub/copies/quiet.ts'
import { settle, swapIn } from '../../../hub/copies/swap.ts'
import { createHubCounters } from '../../../hub/metrics/counters.ts'
import { openProxies } from '../../../hub/proxies/clients.ts'
import { callServer } from '../../../hub/servers/server-call.ts'
import { socketUrl } from '../../../net/endpoint.ts'
import { runSecrets } from '../../../seats/run-secrets.ts'
import { jupyterFolder } from '../../../spawners/process/jupyter/environment.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { until } from '../../helpers/until.ts'
import {
  addRoute,
  ask as browse,
  cookieOf,
  deadHub,
  keys,
  ownPage,
  token as proxyToken,
  routeOf,
  silent,
  startSite,
} from '../../proxy/world.ts'

/** Lets everything be saved meanwhile, as programs do that no proxy sees. */
const quiet: Quiet = (act) => act(() => true)
/** The requests of a replacement in which nothing comes in between. */
const requests = ['PUT', 'PATCH', 'PATCH', 'GET', 'DELETE']

describe('a notebook that is replaced in real Jupyter Server', function () {
  this.timeout(240_000)
  const cleanup = cleanupAfterAll()
  let root: string
  let target: string
  let ask: Ask
  let notebooks = 0

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    const dir = await mkdtemp(join(tmpdir(), 'carrel-swap-'))
    cleanup.defer(() => rm(dir, { recursive: true, force: true }))
    root = join(dir, 'files')
    await mkdir(root)
    const socket = join(dir, 's')
    target = socketUrl(socket)
    const { path: base, access } = routeOf({ url: target })
    const token = runSecrets(keys)(access)?.token ?? ''
    const options = [
      `--ServerApp.sock=${socket}`,
      `--ServerApp.base_url=${base}`,
      `--ServerApp.root_dir=${root}`,
      '--ServerApp.allow_root=True',
      '--ServerApp.allow_remote_access=True',
    ]
    const jupyter = spawn(join(jupyterFolder(), 'bin/python'), ['-m', 'jupyter_server', ...options], {
      env: { ...process.env, HOME: dir, JUPYTER_CONFIG_DIR: dir, JUPYTER_RUNTIME_DIR: dir, JUPYTER_TOKEN: token },
      stdio: 'ignore',
    })
    cleanup.defer(async () => {
      const gone = once(jupyter, 'exit')
      jupyter.kill('SIGKILL')
      await gone
    })
    ask = (path, { method, body, mostBytes } = {}) => {
      const headers = { authorization: `token ${token}` }
      const sent = body === undefined ? undefined : JSON.stringify(body)
      const call = { target, path: base + path, method, headers, body: sent, mostBytes }
      const signal = AbortSignal.timeout(60_000)
      return callServer({ ...call, method: method ?? 'GET', signal }, async ({ status, text }) => ({
        status,
        text: status === 200 ? await text() : '',
      }))
    }
    await until(() =>
      ask('api').then(
        ({ status }) => status === 200,
        () => false,
      ),
    )
  })

  /** Makes a notebook of a folder of its own. */
  async function make() {
    notebooks += 1
    const folder = `week${notebooks}`
    await mkdir(join(root, folder))
    const path = `${folder}/lesson.md`
    await writeFile(join(root, path), 'first')
    const kept = ['first']
    return {
      swapped: { path, tag: 'tag' },
      keeping: { quiet, known: Buffer.from('first'), keep: async (bytes: Buffer) => void kept.push(bytes.toString()) },
      kept,
      save: async (content: string) => {
        const body = { type: 'file', format: 'text', content }
        return (await ask(`api/contents/${path}`, { method: 'PUT', body })).status < 300
      },
      read: () => readFile(join(root, path), 'utf8'),
      names: async () => (await readdir(join(root, folder))).filter((name) => !name.startsWith('.')),
    }
  }
  const coming = exactly(Buffer.from('new'))

  /** Returns an asker that does something else before each request that changes something. */
  const between =
    (act: (at: number) => Promise<unknown>): Ask =>
    async (path, what) => {
      if (what?.method !== undefined) await act(asked++)
      return ask(path, what)
    }
  let asked = 0
  beforeEach(() => {
    asked = 0
  })

  it('is there with what came, keeps what was there, and leaves nothing beside it', async () => {
    const { swapped, keeping, kept, read, names } = await make()
    const methods: string[] = []
    const noting: Ask = (path, what) => {
      methods.push(what?.method ?? 'GET')
      return ask(path, what)
    }
    const asides = await swapIn(noting, swapped, coming, { quiet })
    assert.ok(await settle(noting, swapped, { ...keeping, placed: true, asides }))
    assert.deepEqual([await read(), kept, await names()], ['new', ['first'], ['lesson.md']])
    assert.deepEqual(methods, requests)
  })

  it('keeps each save that comes between two requests, unless a later save writes over it', async () => {
    for (const at of [0, 1, 2, 3]) {
      const { swapped, keeping, kept, save, read, names } = await make()
      asked = 0
      const racing = between(async (now) => now === at && assert.ok(await save('saved meanwhile')))
      const asides = await swapIn(racing, swapped, coming, { quiet })
      assert.ok(await settle(racing, swapped, { ...keeping, placed: true, asides }))
      const there = await read()
      assert.ok([there, ...kept].includes('saved meanwhile'), `request ${at}: ${kept}`)
      assert.ok(kept.includes('first') && (at >= 3 || there === 'new'))
      assert.deepEqual(await names(), ['lesson.md'])
    }
  })

  it('stays as it is saved again and again, and keeps all that it was', async () => {
    const { swapped, keeping, kept, save, read, names } = await make()
    const racing = between((now) => save(`number ${now}`))
    await assert.rejects(swapIn(racing, swapped, coming, { quiet }), /again and again/)
    assert.equal(await settle(ask, swapped, { ...keeping, placed: false }), false)
    assert.deepEqual([await read(), await names()], ['number 8', ['lesson.md']])
    for (const number of [1, 3, 5, 7]) assert.ok(kept.includes(`number ${number}`), `${number} of ${kept}`)
  })

  it('keeps a save that has begun to write when it is put aside', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { swapped, keeping, kept, save, read } = await make()
      let [last, goesOn] = [0, true]
      const saves = (async () => {
        for (let at = 1; goesOn; at += 1) if (await save(`${at} ${'x'.repeat(500_000)}`)) last = at
      })()
      await until(() => last > 0)
      // Jupyter looks whether a file is there, and renames in a thread: what is saved in between no one can keep.
      const slow: Ask = async (path, what) => {
        if (what?.method === 'PATCH' && path.includes('-tag')) {
          goesOn = false
          await saves
        }
        return ask(path, what)
      }
      const asides = await swapIn(slow, swapped, coming, { quiet })
      await settle(ask, swapped, { ...keeping, placed: true, asides })
      const numbers = [...kept, await read()].map((text) => Number.parseInt(text, 10) || 0)
      assert.ok(Math.max(...numbers) >= last, `${last} of ${numbers}`)
    }
  })

  it('loses nothing that editors save all the time, each through another proxy', async () => {
    const proxies = await Promise.all([1, 2].map(() => startSite(cleanup, deadHub)))
    for (const proxy of proxies) await addRoute(proxy, routeOf({ url: target }))
    const urls = proxies.map(({ apiUrl }) => apiUrl)
    const clients = openProxies(urls, proxyToken, silent, createHubCounters())
    cleanup.defer(() => clients.close())
    const { path: base, access } = routeOf({ url: target })
    const atRest = quietAt({ proxies: clients, log: silent }, { id: access.server, path: base })
    for (let round = 0; round < 8; round += 1) {
      const { swapped, keeping, kept, read } = await make()
      const saves: { content: string; from: number; to: number }[] = []
      let [clock, goesOn] = [0, true]
      const saving = proxies.map(async ({ urls: [url] }, who) => {
        while (goesOn) {
          const [content, from] = [`${String(clock).padStart(5)} of ${who}`, clock++]
          const body = JSON.stringify({ type: 'file', format: 'text', content })
          const headers = { ...ownPage, cookie: cookieOf() }
          const path = `${base}api/contents/${swapped.path}`
          assert.equal((await browse(url, path, { method: 'PUT', headers, body })).status, 200)
          saves.push({ content, from, to: clock++ })
        }
      })
      await until(() => saves.length > 2)
      const asides = await swapIn(ask, swapped, coming, { quiet: atRest })
      goesOn = false
      await Promise.all(saving)
      await settle(ask, swapped, { ...keeping, quiet: atRest, placed: true, asides })
      const left = [...kept, await read()]
      // What is gone was written over by a save that began when its own was done.
      const last = Math.max(...saves.map(({ from }) => from))
      assert.ok(
        saves.some(({ content, to }) => to >= last && left.includes(content)),
        `${last} of ${left}`,
      )
    }
  })

  it('is there, with what was there kept, whatever request is the last one of a hub that is killed', async () => {
    for (const isDone of [true, false]) {
      for (const [at] of requests.entries()) {
        const { swapped, keeping, kept, read, names } = await make()
        asked = 0
        const { promise: over, reject: end } = Promise.withResolvers<never>()
        const killed: Ask = async (path, what) => {
          const isLast = asked++ === at
          const answer = !isLast || isDone ? await ask(path, what) : undefined
          if (isLast) end(new Error('killed'))
          return answer === undefined || isLast ? over : answer
        }
        const dying = swapIn(killed, swapped, coming, { quiet }).then((asides) =>
          settle(killed, swapped, { ...keeping, placed: true, asides }),
        )
        await assert.rejects(dying)
        const placed = await settle(ask, swapped, { placed: at > 2, keep: keeping.keep, quiet })
        const there = await read()
        assert.equal(there, placed ? 'new' : 'first')
        assert.ok(there === 'first' || kept.includes('first'))
        assert.deepEqual(await names(), ['lesson.md'], `request ${at}`)
      }
    }
  })
})
