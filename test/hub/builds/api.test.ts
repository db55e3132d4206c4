import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { type LogPart, mostLogBytes } from '../../../hub/db/jobs/logs.ts'
import { BuildError } from '../../../spawners/builder.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeBuilds, type FakeBuilds, fakeBuilds } from '../../helpers/fakes/fake-builds.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

const images = {
  python: { git: 'https://git.example.org/python', ref: 'main' },
  other: { git: 'https://git.example.org/o' },
}

onEachDatabase('the API of builds', (makeDatabase) => {
  let world: FakeBuilds
  let hub: TestHub
  let token: string

  beforeEach(async () => {
    world = createFakeBuilds()
    const { git, builder } = fakeBuilds(world)
    hub = await startTestHub({
      database: await makeDatabase(),
      config: {
        ...{ builds: { images, builder }, courses: { demo: { image: '@python' } } },
        ...{ authenticators: visitorsAndPeople(), admins: ['root'] },
        limits: { buildsPerUser: { burst: 10, perSecond: 0.001 } },
      },
      git,
    })
    const root = hub.browser()
    await root.submit('/hub/login/local', { username: 'root', password: 'right' })
    const made = await root.submit('/hub/token', { note: 'x', days: '1' })
    token = /carrel-user-[\w-]{43}/.exec(made.text)?.[0] ?? ''
  })
  afterEach(() => hub.stop())

  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    hub.browser().fetch(`/hub/api/builds${path}`, {
      method,
      headers: { accept: 'application/json', authorization: `token ${token}`, ...headers },
      ...(body !== undefined && { body }),
    })
  const events = (text: string) =>
    [...text.matchAll(/^(?:id: (\S+)\n)?data: (.*)$/gm)].map(([, id, data = '']) => ({ id, ...JSON.parse(data) }))
  const ended = () => until(async () => ['built', 'failed'].includes((await call('GET', '/python')).json().last?.state))

  it('takes no more builds of one admin at once than the limit says', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 11; count += 1) statuses.push((await call('POST', '/python')).status)
    assert.deepEqual(statuses, [...Array<number>(10).fill(202), 429])
  })

  it('lists what the config names, builds it, and tells what became of it', async () => {
    const before = (await call('GET', '')).json().builds
    assert.deepEqual(
      before.map((one: { name: string; built: unknown; courses: string[] }) => [one.name, one.built, one.courses]),
      [
        ['python', null, ['demo']],
        ['other', null, []],
      ],
    )
    const asked = await call('POST', '/python')
    assert.deepEqual([asked.status, asked.json().state], [202, 'waiting'])
    await ended()
    const { built, last } = (await call('GET', '/python')).json()
    assert.deepEqual([built.commit, built.image, last.state, last.percent], [world.commit, last.image, 'built', 100])
    assert.equal((await call('POST', '/pyton')).status, 404)
    assert.match((await call('POST', '/pyton')).json().message, /did you mean "python"/)
    const detail = JSON.parse((await hub.db('events').where({ kind: 'image-built' }).first('detail')).detail)
    assert.equal(detail.to, world.commit)
  })

  it('makes all anew only when it is told to, under another name, which stays', async () => {
    for (const body of ['{}', '{}', '{"fresh":true}', '{}']) {
      await call('POST', '/python', { 'content-type': 'application/json' }, body)
      await ended()
    }
    assert.equal(world.made.length, 2)
    assert.equal((await call('GET', '/python')).json().built.key, world.made[1])
  })

  it('streams the phases and lines of a build as events, and goes on where a reader was', async () => {
    await call('POST', '/python')
    const first = events((await call('GET', '/python/log', { accept: 'text/event-stream' })).text)
    assert.deepEqual(first.at(-1)?.phase, 'built')
    assert.ok(first.at(-1)?.id.endsWith('.end'))
    const lines = first.map(({ message }) => message).join('')
    assert.match(lines, /Fetching https:\/\/git\.example\.org\/python \(main\)\n/)
    assert.match(lines, /Commit [0-9a-f]{40}\nIts subject: the subject of/)
    assert.match(lines, /Step 1\/2\nStep 2\/2\n/)
    const parts = first.filter(({ id }) => /\.\d+$/.test(id ?? ''))
    const headers = { accept: 'text/event-stream', 'last-event-id': parts[0]?.id }
    const rest = events((await call('GET', '/python/log', headers)).text)
    assert.deepEqual(
      rest.filter(({ id }) => /\.\d+$/.test(id ?? '')).map(({ id }) => id),
      parts.slice(1).map(({ id }) => id),
    )
    const after = { accept: 'text/event-stream', 'last-event-id': first.at(-1)?.id }
    assert.equal((await call('GET', '/python/log', after)).status, 204)
    const plain = await call('GET', '/python/log', { accept: 'text/plain' })
    assert.match(String(plain.headers['content-type']), /^text\/plain/)
    assert.equal(plain.text, parts.map(({ message }) => message).join(''))
  })

  it('streams a line while the build goes on, and ends with the hub', async () => {
    world.midway = new Promise(() => undefined)
    const begun = once(world.events, 'building')
    await call('POST', '/python')
    await begun
    const { hostname, port } = new URL(hub.address)
    const headers = { host: 'hub.test', authorization: `token ${token}`, accept: 'text/event-stream' }
    const asked = request({ hostname, port, path: '/hub/api/builds/python/log', headers })
    asked.end()
    const [answer] = await once(asked, 'response')
    let text = ''
    answer.on('data', (part: Buffer) => (text += part))
    await until(() => text.includes('Building python:'))
    const end = once(answer, 'end')
    await hub.stop()
    await end
    hub = await startTestHub()
  })

  it('cancels a build, which is not tried again by clicks', async () => {
    world.midway = new Promise(() => undefined)
    assert.equal((await call('DELETE', '/python')).status, 409)
    const begun = once(world.events, 'building')
    await call('POST', '/python')
    await begun
    assert.equal((await call('DELETE', '/python')).status, 202)
    await ended()
    const { last, built } = (await call('GET', '/python')).json()
    assert.deepEqual([last.state, last.problem, built], ['failed', 'The build was cancelled.', null])
    const browser = hub.browser()
    browser.setNonce()
    const answer = await browser.post('/hub/launches', { link: '/launch/demo' })
    assert.equal(answer.json().error, 'image_build_failed')
  })

  it('keeps the first and the last of a log without end, of which no line does anything', async () => {
    const noise = Array.from({ length: 3000 }, (_, index) => ({ line: `${index} ${'x'.repeat(900)}` }))
    world.progress = [
      { line: '\u001b[31mred\u001b[0m <script>alert(1)</script>\u0007\u202e' },
      { line: 'clone https://ann:s3cret@git.example.org/x' },
      ...noise,
      { line: 'the very end' },
    ]
    world.buildError = undefined
    await call('POST', '/python')
    await ended()
    const parts: LogPart[] = await hub.db('logs').orderBy('part')
    const all = parts.map(({ text }) => text).join('')
    assert.ok(Buffer.byteLength(all) <= mostLogBytes)
    assert.match(all, /the very end/)
    assert.match(all, /lines that came too fast are left out/)
    assert.doesNotMatch(all, /s3cret/)
    assert.doesNotMatch(all.replaceAll('\n', ''), /\p{C}/u)
  })

  it('says why a build has failed, in its row and at the end of its log', async () => {
    world.buildError = new BuildError('Step 2 has ended with 1.')
    await call('POST', '/python')
    await ended()
    assert.equal((await call('GET', '/python')).json().last.problem, 'Step 2 has ended with 1.')
    const log = await call('GET', '/python/log', { accept: 'text/plain' })
    assert.match(log.text, /Failed: Step 2 has ended with 1\.\n$/)
  })

  it('answers programs that start a server with a time to wait while its image is built, and starts it then', async () => {
    let proceed = () => {}
    world.midway = new Promise<void>((resolve) => (proceed = resolve))
    const start = () =>
      hub.browser().fetch('/hub/api/users/root/servers/demo', {
        method: 'POST',
        headers: { accept: 'application/json', authorization: `token ${token}` },
      })
    const refused = await start()
    assert.deepEqual([refused.status, refused.json().error], [503, 'image_not_built'])
    assert.ok(Number(refused.headers['retry-after']) > 0)
    assert.equal(typeof refused.json().percent, 'number')
    proceed()
    await ended()
    assert.ok([201, 202].includes((await start()).status))
    const made = await hub.db('definitions').pluck('content')
    assert.ok(made.some((content: string) => content.includes(`"image":"fake.invalid/${world.made[0]}"`)))
    assert.ok(!made.some((content: string) => content.includes('@python')))
  })

  it('has ten streams at once for each caller, and no more', async () => {
    world.midway = new Promise(() => undefined)
    await call('POST', '/python')
    const { hostname, port } = new URL(hub.address)
    const headers = { host: 'hub.test', authorization: `token ${token}`, accept: 'text/event-stream' }
    const statuses: number[] = []
    const open = []
    for (let count = 0; count < 11; count += 1) {
      const asked = request({ hostname, port, path: '/hub/api/builds/python/log', headers, agent: false })
      asked.on('error', () => undefined)
      asked.end()
      open.push(asked)
      const [answer] = await once(asked, 'response')
      answer.on('error', () => undefined).resume()
      statuses.push(answer.statusCode)
    }
    assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 200), 429])
    for (const asked of open) asked.destroy()
    await until(async () => (await call('GET', '/python/log', { accept: 'text/plain' })).status === 200)
  })
})
