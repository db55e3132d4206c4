import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { dockerSpawner } from '../../../../spawners/docker/docker.ts'
import { connect, type Engine } from '../../../../spawners/docker/engine.ts'
import { runInside } from '../../../../spawners/docker/inside/exec.ts'
import { type DockerOptionsInput, dockerOptions } from '../../../../spawners/docker/options.ts'
import type { ServerSpec, Spawner } from '../../../../spawners/spawner.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { docker, dockerMissing, loadedImage, removeAll } from '../../../helpers/engines/docker.ts'
import { newSpec, startContext } from '../../../helpers/engines/started.ts'
import { requirePart } from '../../../helpers/require.ts'
import { until } from '../../../helpers/until.ts'
import type { HubTask } from '../../files/hub-process.ts'

describe('programs inside a server of a Docker Engine', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const engine = connect(dockerOptions.parse({}))
  const lasting = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
  let image: string

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('tiny')
  })

  async function open(options: DockerOptionsInput = {}) {
    const installation = { name: 'carrel-test', id: randomBytes(8).toString('hex') }
    const warned: string[] = []
    const warn = (message: string) => void warned.push(message)
    const another = () => dockerSpawner(options).open({ installation, dataDir: '', hubUrl: '', serversUrl: '', warn })
    cleanup.defer(() => removeAll([`carrel.installation-id=${installation.id}`]))
    return { spawner: await another(), another, installation, warned }
  }
  const withOptions = (options: DockerOptionsInput, more: Partial<ServerSpec> = {}) =>
    newSpec(image, lasting, { ...more, options })
  const shell = (script: string) => ['sh', '-c', script]
  const start = async (spawner: Spawner, spec: ServerSpec) =>
    String((await spawner.start(spec, startContext())).state.id)
  let looks = 0
  /** Returns the lines of a file in a container. The engine would remember the same program. */
  const linesOf = async (id: string, file: string) =>
    (await runInside(engine, id, { command: shell(`cat ${file} # ${looks++}`) }, {}))?.lines
  const writing = async (id: string, file: string) => {
    await runInside(engine, id, { command: shell(`echo > ${file} # ${looks++}`) }, {})
  }

  it('run after its start and before it is ready, once, with its variables and in its folder', async () => {
    const { spawner } = await open()
    const spec = withOptions(
      { afterStart: shell('sleep 1; echo "$COURSE $(id -u) $PWD" >> /tmp/told') },
      { env: { COURSE: 'demo' } },
    )
    const id = await start(spawner, spec)
    const { Config } = await docker.getContainer(id).inspect()
    assert.deepEqual(await linesOf(id, '/tmp/told'), [`demo 1000 ${Config.WorkingDir || '/'}`])
  })

  const failing: [what: string, command: string[], expected: RegExp][] = [
    ['one that fails', shell('echo first; echo no luck; exit 3'), /^afterStart ended with 3: first\nno luck$/],
    ['one that the image lacks', ['no-such-program'], /^afterStart ended with 12[67]: .*no-such-program/s],
  ]
  for (const [what, afterStart, detail] of failing) {
    it(`end a start: ${what}`, async () => {
      const { spawner } = await open()
      await assert.rejects(start(spawner, withOptions({ afterStart })), {
        name: 'SpawnError',
        message: 'The notebook server of this course could not be made ready.',
        detail,
      })
    })
  }

  it('leave it to a server that has ended meanwhile to say why', async () => {
    const { spawner } = await open()
    const spec = { ...withOptions({ afterStart: shell('sleep 1000') }), command: shell('sleep 1; echo bye; exit 7') }
    await assert.rejects(start(spawner, spec), { name: 'SpawnError', detail: /"code":7,.*bye/ })
  })

  it('run as the user to whom an image changes that starts as root, after a start and before a stop', async () => {
    const dropping = await loadedImage('dropping')
    const capabilities = ['SETUID', 'SETGID', 'CHOWN']
    const { spawner, warned } = await open({ capabilities })
    const afterStart = shell('id -u > /tmp/told')
    const spec = { ...withOptions({ afterStart, beforeStop: shell('id -u; exit 9') }), image: dropping }
    const id = await start(spawner, spec)
    const [user] = (await linesOf(id, '/tmp/told')) ?? []
    assert.ok(user !== undefined && user !== '0', `it ran as ${user}`)
    await spawner.stop(spec, undefined, { graceSeconds: 60 })
    assert.deepEqual(warned, [`beforeStop of carrel-${spec.server}-1 ended with 9: ${user}`])
  })

  it('run before a stop, whose hub has another config, and have no more than the grace time', async () => {
    const { spawner, another, warned, installation } = await open()
    const folder = `test-of-carrel-${randomBytes(6).toString('hex')}`
    await docker.createVolume({ Name: folder, Labels: { 'carrel.installation-id': installation.id } })
    const mounts = [{ volume: folder, path: '/told', readOnly: false }]
    const user = '0:0'
    const one = withOptions({ user, mounts, beforeStop: shell('echo saved > /told/one') })
    const two = withOptions({ user, mounts, beforeStop: shell('sleep 1000') })
    await Promise.all([start(spawner, one), start(spawner, two)])
    const other = await another()
    await other.stop(one, undefined, { graceSeconds: 60 })
    await other.stop(two, undefined, { graceSeconds: 2 })
    assert.deepEqual(warned, [`beforeStop of carrel-${two.server}-1 had not ended after 2 s`])
    assert.deepEqual(
      [await spawner.poll(one, undefined), await spawner.poll(two, undefined)],
      [{ state: 'gone' }, { state: 'gone' }],
    )
    const reader = await start(spawner, withOptions({ user, mounts }))
    assert.deepEqual(await linesOf(reader, '/told/one'), ['saved'])
  })

  it('are none that an image says by a label of its own, and its server is taken for nothing else', async () => {
    const { spawner, warned, installation } = await open({ user: '1000:1000' })
    const labels = { 'carrel.installation-id': installation.id }
    const evil = await docker.createContainer({ Image: image, Labels: labels })
    const name = `carrel-test-labelled:${installation.id}`
    const [repo, tag] = name.split(':')
    const says = JSON.stringify({ command: shell('id -u; exit 3'), user: '0' })
    await evil.commit({
      repo,
      tag,
      changes: `LABEL carrel.before-stop='${says}' carrel.part=copy carrel.errand=e7 carrel.home=h7`,
    })
    cleanup.defer(() => docker.getImage(name).remove({ force: true }))
    const { Config } = await docker.getImage(name).inspect()
    assert.equal(Config.Labels['carrel.before-stop'], says)
    const spec = { ...withOptions({}), image: name }
    await start(spawner, spec)
    const [found, ...more] = await spawner.list()
    assert.deepEqual([found?.server, found?.running, more], [spec.server, true, []])
    assert.deepEqual(await spawner.errands?.list(), [])
    await spawner.stop(spec, undefined, { graceSeconds: 5 })
    assert.deepEqual(warned, [])
    assert.deepEqual(await spawner.poll(spec, undefined), { state: 'gone' })
  })

  it('do not run before a stop of a server that has ended, nor where there is no time', async () => {
    const { spawner, warned } = await open()
    const ended = { ...withOptions({ beforeStop: shell('exit 1') }), command: shell('sleep 1') }
    await start(spawner, ended).catch(() => undefined)
    await until(async () => (await spawner.poll(ended, undefined)).state === 'exited')
    await spawner.stop(ended, undefined, { graceSeconds: 5 })
    const hurried = withOptions({ beforeStop: shell('exit 1') })
    await start(spawner, hurried)
    await spawner.stop(hurried, undefined, { graceSeconds: 0 })
    assert.deepEqual(warned, [])
  })

  describe('when their hub is killed', () => {
    const hubs: ChildProcess[] = []
    afterEach(() => {
      for (const hub of hubs.splice(0)) hub.kill('SIGKILL')
    })
    function hubThatStarts(spec: ServerSpec, installation: HubTask['installation']) {
      const task: HubTask = { installation, start: spec }
      const program = join(import.meta.dirname, '../../files/hub-process.ts')
      const module = join(import.meta.dirname, '../hub-of-a-test.ts')
      const hub = spawn(process.execPath, [program, module, '{}', JSON.stringify(task)], {
        stdio: ['ignore', 'inherit', 'inherit'],
      })
      hubs.push(hub)
      return hub
    }
    const name = ({ server }: ServerSpec) => `carrel-${server}-1`
    const isThere = (spec: ServerSpec, file: string) =>
      until(async () => {
        const found = await docker
          .getContainer(name(spec))
          .inspect()
          .catch(() => undefined)
        return found?.State.Running === true && (await linesOf(name(spec), file))?.[0] === 'begun'
      })

    it('are waited for by the next one while they run, and do not run twice', async () => {
      const { spawner, installation } = await open()
      const spec = withOptions({
        afterStart: shell('echo begun >> /tmp/told; until [ -e /tmp/go ]; do sleep 0.1; done; echo done >> /tmp/told'),
      })
      const hub = hubThatStarts(spec, installation)
      await isThere(spec, '/tmp/told')
      hub.kill('SIGKILL')
      const steps: string[] = []
      const told: Engine = {
        ...engine,
        request: (step, ...more) => {
          steps.push(step)
          return engine.request(step, ...more)
        },
      }
      const second = runInside(told, name(spec), { command: spec.options?.afterStart as string[] }, {})
      await until(() => steps.filter((step) => step === 'look at a program in a container').length > 2)
      await writing(name(spec), '/tmp/go')
      assert.deepEqual(await second, { code: 0, lines: [] })
      assert.deepEqual(await linesOf(name(spec), '/tmp/told'), ['begun', 'done'])
      assert.equal((await spawner.start(spec, startContext())).adopted, true)
    })

    it('run again with the next one, where they have ended', async () => {
      const { spawner } = await open()
      const spec = withOptions({ afterStart: shell('echo begun >> /tmp/told; [ "$(wc -l < /tmp/told)" -lt 2 ]') })
      await start(spawner, spec)
      await assert.rejects(start(spawner, spec), { detail: /ended with 1/ })
    })

    it('run with the next one, where the first has only started the container', async () => {
      const { spawner } = await open()
      const spec = withOptions({ afterStart: shell('echo begun >> /tmp/told') })
      const stopped = new AbortController()
      const record = async () => stopped.abort(new Error('killed'))
      await assert.rejects(spawner.start(spec, startContext({ signal: stopped.signal, record })), /killed/)
      await docker.getContainer(name(spec)).start()
      assert.equal((await spawner.start(spec, startContext())).adopted, true)
      assert.deepEqual(await linesOf(name(spec), '/tmp/told'), ['begun'])
    })
  })

  it('are refused where they name no program, and by a spawner without such options', () => {
    const problems = dockerSpawner().serverOptions?.problems({ afterStart: [], beforeStop: 'date' })
    assert.deepEqual(
      problems?.map(({ path }) => path.join('.')),
      ['afterStart', 'beforeStop'],
    )
    assert.match(problems?.[0]?.message ?? '', /names a program first/)
  })
})
