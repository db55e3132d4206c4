import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Builder, ImageBuild } from '../../../../spawners/builder.ts'
import { type DockerBuilderInput, dockerBuilder } from '../../../../spawners/docker/builder/docker-builder.ts'
import type { Installation } from '../../../../spawners/spawner.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { docker, dockerMissing, loadedImage } from '../../../helpers/engines/docker.ts'
import { startPushRegistry } from '../../../helpers/engines/push-registry.ts'
import { requirePart } from '../../../helpers/require.ts'
import { describeBuilder, tarOf } from '../../contract-builder.ts'
import { forgetBuilds, runningWith, useImage } from './engine-world.ts'

function open(options: DockerBuilderInput, installation: Installation): Promise<Builder> {
  return dockerBuilder(options).open({ installation, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined })
}

describeBuilder('a builder that pushes', async (test) => {
  requirePart(test, 'docker', await dockerMissing())
  const registry = await startPushRegistry({ username: 'carrel', password: 'a password' })
  const push = `${registry.address}/courses`
  return {
    base: await loadedImage('tiny'),
    missing: `${registry.address}/course/none:1`,
    open: (installation) => open({ push, auth: { username: 'carrel', password: 'a password' } }, installation),
    running: runningWith,
    has: async (reference) => registry.names().includes(reference.slice(registry.address.length + 1)),
    use: useImage,
    forget: forgetBuilds,
    close: () => registry.close(),
  }
})

describe('a builder that pushes', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const signal = new AbortController().signal
  const login = { username: 'carrel', password: 'a password' }
  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
  })

  async function start(options: Partial<DockerBuilderInput> = { auth: login }, wanted: typeof login | null = login) {
    const registry = await startPushRegistry(wanted ?? undefined)
    cleanup.defer(() => registry.close())
    const installation = { name: 'carrel-test', id: randomBytes(8).toString('hex') }
    cleanup.defer(() => forgetBuilds(installation))
    const builder = await open({ push: `${registry.address}/courses/2027`, ...options }, installation)
    const base = await loadedImage('tiny')
    const files = () => tarOf({ Dockerfile: `FROM ${base}\nRUN echo ${installation.id}\n` })
    const name = `demo:${installation.id}`
    const one: ImageBuild = { name, files, dockerfile: 'Dockerfile', limits: {}, network: false, cache: true }
    return { registry, builder, one }
  }
  const quietly = { signal, report: () => undefined }

  it('names images by the registry, and tells the digest that they have there', async () => {
    const { registry, builder, one } = await start()
    const phases: string[] = []
    const report = (step: object) => void ('phase' in step && phases.push(String(step.phase)))
    const { reference, id } = await builder.build(one, { signal, report })
    assert.deepEqual(phases, ['building', 'pushing'])
    assert.equal(reference, `${registry.address}/courses/2027/${one.name}`)
    const { RepoDigests } = await docker.getImage(reference).inspect()
    assert.deepEqual(RepoDigests, [`${registry.address}/courses/2027/demo@${id}`])
  })

  it('needs no login where a registry wants none', async () => {
    const { builder, one } = await start({}, null)
    assert.deepEqual(await builder.find(one.name, { signal }), undefined)
    const built = await builder.build(one, quietly)
    assert.deepEqual(await builder.find(one.name, { signal }), built)
  })

  it('pushes what it has built, and does not build again, when the registry answers again', async () => {
    const { registry, builder, one } = await start()
    registry.fail(503)
    await assert.rejects(builder.build(one, quietly), /503|not known|refused/)
    registry.fail(undefined)
    const hold = registry.hold()
    const abort = new AbortController()
    const begun = builder.build(one, { ...quietly, signal: abort.signal })
    await hold.reached
    abort.abort(new Error('it is late'))
    await assert.rejects(begun, /it is late/)
    hold.release()
    const lines: string[] = []
    const report = (step: object) => void ('line' in step && lines.push(String(step.line)))
    const files = () => assert.fail('built again')
    const built = await builder.build({ ...one, files }, { signal, report })
    assert.deepEqual(await builder.find(one.name, { signal }), built)
  })

  for (const [what, auth] of [
    ['without a login', undefined],
    ['with another login', { ...login, password: 'other' }],
  ] as const) {
    it(`says what to correct ${what}, also where the registry tells nothing of what it has`, async () => {
      const { builder, one } = await start(auth === undefined ? {} : { auth })
      await assert.rejects(builder.find(one.name, { signal }), /Correct auth of dockerBuilder/)
      await assert.rejects(builder.build(one, quietly), ({ name, message }: Error) => {
        assert.match(message, /was built and could not be pushed: .*\. Correct push or auth of dockerBuilder/)
        assert.ok(!message.includes('other'))
        return name === 'Error'
      })
    })
  }

  it('sends its login to its own registry alone, and none to that of base images', async () => {
    const other = await startPushRegistry()
    cleanup.defer(() => other.close())
    const { builder, registry } = await start()
    await assert.rejects(builder.base(`${other.address}/base:1`, quietly), { name: 'BuildError' })
    assert.ok(other.requests.length > 0)
    assert.ok(other.requests.every(({ authorization }) => authorization === undefined))
    await assert.rejects(builder.base(`${registry.address}/base:1`, quietly), { name: 'BuildError' })
    assert.ok(registry.requests.some(({ authorization }) => authorization !== undefined))
  })

  it('names its engine, which no server may reach', () => {
    const urls = (host: string) => dockerBuilder({ push: 'registry.example.org', host }).controlUrls
    assert.deepEqual(urls('tcp://build.internal:2375'), ['http://build.internal:2375'])
    assert.equal(urls('unix:///run/docker.sock'), undefined)
  })

  for (const push of [
    'registry.example.org',
    'registry:5000/courses',
    'localhost/a',
    'docker.io/me',
    'r.example/a/b-c.d',
  ]) {
    it(`pushes to ${push}`, () => {
      assert.equal(dockerBuilder({ push }).refusal, undefined)
    })
  }
  for (const push of [
    'courses',
    'me/courses',
    'https://r.example/a',
    'r.example/',
    'r.example/A',
    'r.example/a:1',
    '',
  ]) {
    it(`refuses to push to ${push || 'nothing'}, which is no registry with a folder`, () => {
      assert.match(String(dockerBuilder({ push }).refusal), /registry\.example\.org\/courses/)
    })
  }
})
