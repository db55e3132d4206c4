/**
 * The contract suite: it tests the promises of `spawners/spawner.ts` for any spawner, against the real thing (a
 * process, a Docker Engine, a Kubernetes API). The test of a new spawner begins with a call of `describeSpawner`.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { get } from 'node:http'
import type { Context } from 'mocha'
import type { SpawnerState } from '../../spawners/files.ts'
import type {
  Installation,
  Listen,
  ServerKey,
  ServerSpec,
  ServerStatus,
  Spawner,
  SpawnerPlugin,
  StartContext,
} from '../../spawners/spawner.ts'
import { noBundle } from '../helpers/no-bundle.ts'
import { until } from '../helpers/until.ts'

/** The place where servers run, as the suite uses it. */
export interface SpawnerWorld {
  /** The plug-in, with an image of no course: it is nowhere, so that no server could start with it. */
  plugin: SpawnerPlugin
  missingImage: string
  /** Set where all programs of the suite are told to listen on a port, although the spawner has sockets. */
  only?: 'port'
  /** Opens another spawner for the installation, as another hub would. The suite closes it. */
  open(installation: Installation): Promise<Spawner>
  /** Returns a program that listens where `listen` says and answers `GET /` with 200, until it is asked to end. */
  working(listen: Listen): Program
  /** Returns a program that prints `line` and exits at once with `code`. */
  exiting(listen: Listen, code: number, line: string): Program
  /** Returns a program that is killed by something else than its spawner, soon after its start. */
  killed(listen: Listen): Program
  /** Returns a program that soon takes more memory than its limit. Absent where no limits are enforced. */
  greedy?(listen: Listen): Program
  /** Set where this place tells how much memory servers take. */
  measuresMemory?: boolean
  /** Stops all processes of a server as SIGSTOP does: they stay, and do nothing more. */
  freeze(server: string): Promise<void>
  /**
   * Returns a program that writes a file into its folder and then listens. To `GET /` it answers 404 if the file was
   * there before, of an earlier run, and 200 otherwise.
   */
  remembering(listen: Listen): Program
  /** Returns a program that can never start: its image or program does not exist. */
  impossible(listen: Listen): Program
  /** Returns the names of all objects of this server, found without the spawner. Removed ones don't count. */
  objects(server: string): Promise<string[]>
  /** Returns everything about the server's objects that others may see: process arguments, labels, annotations. */
  visible(server: string): Promise<string>
  /** Returns the status of `GET <url>/`. Default: the request is sent from this process. */
  statusOf?(url: string): Promise<number>
  close?(): Promise<void>
}

export type Program = Pick<ServerSpec, 'image' | 'command'> & Partial<Pick<ServerSpec, 'env' | 'limits'>>

/** The command of `greedy` for the image `tiny`. */
export const greedyCommand = ['sh', '-c', 'sleep 1; text=x; while true; do text=$text$text; done']

/** Returns the command of `remembering` for the image `tiny`, whose folder `/tmp` holds no page. */
export function rememberingCommand(port: number): string[] {
  const script = 'pages=/www; if [ -e "$HOME/note" ]; then pages=/tmp; fi; echo > "$HOME/note"'
  return ['sh', '-c', `${script}; exec httpd -f -p ${port} -h "$pages"`]
}

/**
 * Defines the suite. `graceSeconds` is enough for a program that ends when it is asked to. `setUp` makes the world, or
 * skips (`requirePart(test, …)`) when its parts are missing.
 */
export function describeSpawner(
  name: string,
  graceSeconds: number,
  setUp: (test: Context) => Promise<SpawnerWorld>,
): void {
  describe(`${name} keeps the contract of spawners`, function () {
    this.timeout(300_000)

    let world: SpawnerWorld
    let spawner: Spawner
    const opened: Spawner[] = []
    const installation = newInstallation()

    before(async function () {
      world = await setUp(this)
      spawner = await open(installation)
    })

    afterEach(async () => {
      for (const one of opened) {
        await Promise.all((await one.list()).map(({ server, run }) => stop(one, { server, run })))
      }
    })

    after(async () => {
      for (const one of opened) await one.close?.()
      await world?.close?.()
    })

    it('gives each run a place to listen at, the same at each question, and a port where one is asked for', async () => {
      const key = { server: randomId(), run: 1 }
      const other = await open(installation)
      for (const only of [undefined, 'port'] as const) {
        assert.deepEqual(spawner.listen(key, only), other.listen(key, only))
      }
      assert.ok('port' in spawner.listen(key, 'port'))
    })

    it('starts a server that answers at its url and polls as running', async () => {
      const spec = working()
      const started = await start(spec)
      assert.equal(started.adopted, false)
      await answers(started.url)
      assert.deepEqual(await spawner.poll(spec, started.state), { state: 'running' })
    })

    it('adopts the run when it is started twice', async () => {
      const spec = working()
      const first = await start(spec)
      await answers(first.url)
      const second = await start(spec)
      assert.deepEqual(second, { ...first, adopted: true })
      assert.equal((await world.objects(spec.server)).length, 1)
    })

    it('makes one object when two starts of one run happen at once', async () => {
      const spec = working()
      await oneOf(spec, await Promise.all([start(spec), start(spec)]))
    })

    it('makes one object when two hubs start one run at once', async () => {
      const spec = working()
      const other = await open(installation)
      await oneOf(spec, await Promise.all([start(spec), start(spec, {}, other)]))
    })

    it('fails and touches nothing when the object there has another spec hash', async () => {
      const spec = working()
      const { url, state } = await start(spec)
      await answers(url)
      await assert.rejects(start({ ...spec, hash: 'another' }), isOtherSpec(true))
      assert.deepEqual(await spawner.poll(spec, state), { state: 'running' })
      await answers(url)
    })

    it('fails and touches nothing when the object there is of another installation', async () => {
      const spec = working()
      const { url, state } = await start(spec)
      await answers(url)
      const stranger = await open({ ...installation, id: randomId() })
      await assert.rejects(start(spec, {}, stranger), isOtherSpec(false))
      assert.deepEqual(await spawner.poll(spec, state), { state: 'running' })
      await answers(url)
    })

    it('records the state before the server runs, and stops the server with that state alone', async () => {
      const spec = working()
      const seen: { state: SpawnerState; status: ServerStatus }[] = []
      const record = async (state: SpawnerState) => {
        seen.push({ state, status: await spawner.poll(spec, state) })
      }
      const { url } = await start(spec, { record })
      await answers(url)
      const [first] = seen
      assert.ok(first)
      assert.match(first.status.state, /^(gone|pending)$/)
      await stop(spawner, spec, first.state)
      assert.deepEqual(await world.objects(spec.server), [])
    })

    it('starts nothing when the state cannot be recorded, and a later start takes the object over', async () => {
      const spec = working()
      const lost = new Error('this hub has lost the row')
      await assert.rejects(start(spec, { record: () => Promise.reject(lost) }), lost)
      assert.match((await spawner.poll(spec, undefined)).state, /^(gone|pending)$/)
      assert.ok((await spawner.list()).every((found) => found.server !== spec.server || !found.running))
      const { url } = await start(spec)
      await answers(url)
      assert.equal((await world.objects(spec.server)).length, 1)
    })

    it('removes an object that was made and never started', async () => {
      const spec = working()
      await assert.rejects(start(spec, { record: () => Promise.reject(new Error('lost')) }))
      await stop(spawner, spec)
      assert.deepEqual(await world.objects(spec.server), [])
    })

    it('rejects with the reason of its signal, before a start and in the midst of it', async () => {
      const spec = working()
      const reason = new Error('nobody waits any more')
      await assert.rejects(start(spec, { signal: AbortSignal.abort(reason) }), reason)
      const midst = new AbortController()
      const record = async () => midst.abort(reason)
      await assert.rejects(start(spec, { signal: midst.signal, record }), reason)
      assert.notEqual((await spawner.poll(spec, undefined)).state, 'running')
      await stop(spawner, spec)
      assert.deepEqual(await world.objects(spec.server), [])
    })

    it('polls a run that was never started as gone', async () => {
      const spec = working()
      assert.deepEqual(await spawner.poll(spec, undefined), { state: 'gone' })
      const { state } = await start(spec)
      assert.deepEqual(await spawner.poll({ server: spec.server, run: spec.run + 1 }, state), { state: 'gone' })
    })

    it('polls a server that ended as exited, with its code and last lines, also for the hub that asks for these alone', async () => {
      const spec = specOf((listen) => world.exiting(listen, 7, 'the desk is broken'))
      const { state } = await start(spec)
      const status = await until(async () => {
        const seen = await spawner.poll(spec, state)
        return seen.state === 'exited' ? seen : undefined
      }, 'the server to be seen as exited')
      assert.equal(status.code, 7)
      const printed = (lines: string[] | undefined) => lines?.some((line) => line.includes('the desk is broken'))
      assert.ok(printed(status.lines))
      const signal = AbortSignal.timeout(60_000)
      assert.ok(printed(await spawner.lastLines?.(spec, state, signal)))
      const found = (await spawner.list()).filter(({ server }) => server === spec.server)
      assert.deepEqual(
        found.map(({ running }) => running),
        [false],
      )
      await stop(spawner, spec, state)
      assert.deepEqual(await spawner.lastLines?.(spec, state, signal), [])
      assert.deepEqual(await world.objects(spec.server), [])
    })

    it('polls a server that ended in order as exited with 0, and names no other reason', async () => {
      const status = await endOf((listen) => world.exiting(listen, 0, 'good night'))
      assert.deepEqual([status.code, status.reason, status.outOfMemory], [0, undefined, undefined])
    })

    it('tells a server that ran out of memory from one that was killed', async () => {
      const { code, outOfMemory } = await endOf((listen) => world.killed(listen))
      assert.notEqual(code, 0)
      assert.equal(outOfMemory, undefined)
      const { greedy } = world
      if (greedy !== undefined) assert.equal((await endOf((listen) => greedy(listen))).outOfMemory, true)
    })

    it('stops a server that is frozen, which until then polls as running', async () => {
      const spec = working()
      const { url, state } = await start(spec)
      await answers(url)
      await world.freeze(spec.server)
      const ask = world.statusOf ?? statusOf
      await assert.rejects(ask(url))
      assert.deepEqual(await spawner.poll(spec, state), { state: 'running' })
      await stop(spawner, spec, state)
      assert.deepEqual(await world.objects(spec.server), [])
      assert.deepEqual(await spawner.poll(spec, state), { state: 'gone' })
    })

    it('explains that the image or program of a server is missing', async () => {
      const spec = specOf((listen) => world.impossible(listen))
      const problem = await start(spec).then(
        ({ state }) =>
          until(async () => {
            const seen = await spawner.poll(spec, state)
            return seen.state === 'pending' ? seen.problem : undefined
          }, 'the problem to be seen'),
        (error: unknown) => {
          isReadable(error)
          return (error as Error).message
        },
      )
      assert.match(problem, /\w+ \w+/)
      await stop(spawner, spec)
      assert.deepEqual(await world.objects(spec.server), [])
    })

    it('stops this run and older ones, never a newer one', async () => {
      const first = working()
      const second = { ...first, ...on({ server: first.server, run: 2 }) }
      const third = { ...first, ...on({ server: first.server, run: 3 }) }
      await start(first)
      const { state } = await start(second)
      const newest = await start(third)
      await answers(newest.url)
      await stop(spawner, second, state)
      assert.deepEqual(await spawner.poll(first, undefined), { state: 'gone' })
      assert.deepEqual(await spawner.poll(second, state), { state: 'gone' })
      assert.deepEqual(await spawner.poll(third, newest.state), { state: 'running' })
      assert.equal((await world.objects(first.server)).length, 1)
      await answers(newest.url)
    })

    it('tells how much memory servers take, in the order in which they were asked for, if it tells any', async () => {
      const spec = working()
      await answers((await start(spec)).url)
      const later = { server: spec.server, run: spec.run + 1 }
      const asked = await spawner.memoryOf?.([working(), spec, later])
      assert.deepEqual([asked?.length, asked?.[0], asked?.[2]], asked && [3, undefined, undefined])
      if (world.measuresMemory) assert.ok((asked?.[1] ?? 0) > 50_000 && (asked?.[1] ?? 0) < 2 ** 30, String(asked?.[1]))
    })

    it('says truly whether the files of a server outlive its runs', async () => {
      const first = specOf((listen) => world.remembering(listen))
      const { url, state } = await start(first)
      await answers(url)
      await stop(spawner, first, state)
      const key = { server: first.server, run: 2 }
      const second = await start({ ...first, ...key, ...placed(key, (listen) => world.remembering(listen)) })
      await answers(second.url, spawner.keepsFiles ? 404 : 200)
    })

    it('succeeds in stopping a run that is gone, never existed, or is being stopped', async () => {
      const spec = working()
      await stop(spawner, spec)
      const { state, url } = await start(spec)
      await answers(url)
      await Promise.all([stop(spawner, spec, state), stop(spawner, spec, state)])
      assert.deepEqual(await world.objects(spec.server), [])
      assert.deepEqual(await spawner.poll(spec, state), { state: 'gone' })
      await stop(spawner, spec, state)
    })

    it('lists objects that carry both name and id of its installation, and no others', async () => {
      const spec = working()
      const { url } = await start(spec)
      await answers(url)
      const sameName = await open({ ...installation, id: randomId() })
      const sameId = await open({ ...installation, name: 'carrel-test-other' })
      const theirs = [working(), working()] as const
      await start(theirs[0], {}, sameName)
      await start(theirs[1], {}, sameId)
      for (const [one, expected] of [
        [spawner, spec],
        [sameName, theirs[0]],
        [sameId, theirs[1]],
      ] as const) {
        const found = (await one.list()).map(({ server, run, hash, running }) => ({ server, run, hash, running }))
        assert.deepEqual(found, [{ server: expected.server, run: expected.run, hash: expected.hash, running: true }])
      }
    })

    it('gives a server its environment and shows it nowhere else', async () => {
      const secret = randomId()
      const spec = { ...working(), env: { ...working().env, JUPYTER_TOKEN: secret } }
      const { url } = await start(spec)
      await answers(url)
      const visible = await world.visible(spec.server)
      assert.ok(visible.length > 0)
      assert.ok(!visible.includes(secret))
    })

    it('leaves servers running when it is closed, and a newly opened spawner finds them', async () => {
      const spec = working()
      const earlier = await world.open(installation)
      const { url, state } = await start(spec, {}, earlier)
      await answers(url)
      await earlier.close?.()
      const later = await open(installation)
      await answers(url)
      assert.deepEqual(await later.poll(spec, state), { state: 'running' })
      assert.ok((await later.list()).some(({ server, running }) => server === spec.server && running))
      await stop(later, spec, state)
      assert.deepEqual(await world.objects(spec.server), [])
    })

    it('looks whether courses could start, and makes nothing for it', async () => {
      const { image } = working()
      const courses = [
        { name: 'sound', image },
        { name: 'broken', image: world.missingImage },
      ]
      const { signal } = new AbortController()
      const looks = (await world.plugin.check?.({ courses, ask: true, signal })) ?? []
      for (const { message } of looks) assert.match(message, /\w+ \w+/)
      const verdicts = (course: string) => looks.filter((look) => look.course === course).map(({ verdict }) => verdict)
      assert.ok(!verdicts('sound').includes('problem'), JSON.stringify(looks))
      assert.ok(!verdicts('broken').includes('ok'), JSON.stringify(looks))
      assert.deepEqual(await spawner.list(), [])
    })

    it('looks without asking anybody, and then has nothing against a sound course', async () => {
      const { signal } = new AbortController()
      const courses = [{ name: 'sound', image: working().image }]
      const looks = (await world.plugin.check?.({ courses, ask: false, signal })) ?? []
      assert.deepEqual(
        looks.filter(({ verdict }) => verdict !== 'ok'),
        [],
      )
    })

    async function open(as: Installation): Promise<Spawner> {
      const one = await world.open(as)
      opened.push(one)
      return one
    }

    /** Starts a program that ends by itself, and returns its status then. */
    async function endOf(program: (listen: Listen) => Program): Promise<Extract<ServerStatus, { state: 'exited' }>> {
      const spec = specOf(program)
      const { state } = await start(spec)
      return until(async () => {
        const seen = await spawner.poll(spec, state)
        return seen.state === 'exited' && seen
      }, 'the server to be seen as exited')
    }

    /** Returns the spec of a new server's first run, with a program that works. */
    function working(): ServerSpec {
      return specOf((listen) => world.working(listen))
    }

    function specOf(program: (listen: Listen) => Program): ServerSpec {
      const key = { server: randomId(), run: 1 }
      const common = { hash: `hash-${key.server}`, course: 'demo', user: 'ann', limits: {}, gpu: false, bundles: [] }
      return { ...key, ...common, env: {}, ...placed(key, program) }
    }

    /** Returns key and program of another run, which may listen elsewhere. */
    function on(key: ServerKey): ServerKey & Program {
      return { ...key, ...placed(key, (listen) => world.working(listen)) }
    }

    /** Returns a program with the place where it was told to listen. */
    function placed(key: ServerKey, program: (listen: Listen) => Program): Program & Pick<ServerSpec, 'listen'> {
      const listen = spawner.listen(key, world.only)
      return { ...program(listen), ...(world.only !== undefined && { listen }) }
    }

    function start(spec: ServerSpec, context: Partial<StartContext> = {}, by = spawner) {
      const never = new AbortController().signal
      return by.start(spec, {
        signal: never,
        report: () => undefined,
        record: async () => undefined,
        bundle: noBundle,
        ...context,
      })
    }

    function stop(by: Spawner, key: ServerKey, state?: SpawnerState): Promise<void> {
      return by.stop({ server: key.server, run: key.run }, state, { graceSeconds: graceSeconds })
    }

    async function oneOf(spec: ServerSpec, both: Awaited<ReturnType<Spawner['start']>>[]): Promise<void> {
      const urls = new Set(both.map(({ url }) => url))
      assert.equal(urls.size, 1)
      assert.equal(both.filter(({ adopted }) => !adopted).length, 1)
      assert.equal((await world.objects(spec.server)).length, 1)
      for (const url of urls) await answers(url)
    }

    async function answers(url: string, status = 200): Promise<void> {
      const ask = world.statusOf ?? statusOf
      await until(async () => (await ask(url).catch(() => 0)) === status, `${url} to answer with ${status}`)
    }
  })
}

function newInstallation(): Installation {
  return { name: 'carrel-test', id: randomId() }
}

function randomId(): string {
  return randomBytes(8).toString('hex')
}

/** Checks that an error says whether only the spec of the object that is there is another one. */
function isOtherSpec(expected: boolean) {
  return (error: unknown): true => {
    assert.equal((error as { otherSpec?: unknown }).otherSpec, expected)
    return isReadable(error)
  }
}

function isReadable(error: unknown): true {
  assert.ok(error instanceof Error)
  assert.equal(error.name, 'SpawnError')
  assert.match(error.message, /\w+ \w+/)
  assert.doesNotMatch(error.message, /undefined|\[object|\n\s+at /)
  return true
}

export function statusOf(url: string): Promise<number> {
  const socket = /^unix\+http:\/\/([^/]+)$/.exec(url)?.[1]
  const address = socket === undefined ? url : 'http://localhost'
  const options = socket === undefined ? {} : { socketPath: decodeURIComponent(socket) }
  return new Promise((resolve, reject) => {
    const request = get(new URL('/', address), { ...options, agent: false, timeout: 2000 }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('timeout', () => request.destroy(new Error(`${url} is silent`))).on('error', reject)
  })
}
