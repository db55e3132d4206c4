import assert from 'node:assert/strict'
import { StartRefused } from '../../../config/config.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { eventsOf, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { allThatIsKept, demo, type GivenHooks, type HookHub, startHookHub } from './hook-hub.ts'

onEachDatabase('the hook before a start', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  const start = async (hooks: GivenHooks, config = {}): Promise<HookHub> => {
    const opened = await startHookHub(await makeDatabase(), hooks, config)
    cleanup.defer(() => opened.close())
    return opened
  }

  it('is told of the run, and nothing that opens anything', async () => {
    const { browser, told, row, hub } = await start({ beforeStart: () => undefined })
    await browser.enter(demo)
    const { id } = await row()
    const { name } = await hub.db('users').first('name')
    const { signal, ...question } = told.beforeStart[0] ?? assert.fail()
    assert.equal(signal.aborted, false)
    assert.deepEqual(question, {
      user: { name, kind: 'temporary', authenticator: 'temporary', groups: [] },
      course: { name: 'demo', slug: 'demo', image: 'demo' },
      ...{ choices: {}, answers: {}, server: id, run: 1, path: `/user/${name}/demo/`, home: false },
    })
    assert.equal(told.beforeStart.length, 1)
  })

  it('tells who a learner of an LMS is, whose variant it is, and what was chosen', async () => {
    const courses = {
      Python: {
        ...{ image: 'python', embed: { ancestors: ['https://lms.example.org'] } },
        apps: { show: { start: '/lab' } },
        choices: { size: [{ name: 'usual' }, { name: 'large' }] },
      },
    }
    const { browser, told } = await start({ beforeStart: () => undefined }, { courses })
    await browser.enter('/ipythonExercice/python/w1/a/ann-77?app=show&size=large', {
      framed: true,
      referer: 'https://lms.example.org/',
    })
    const [question] = told.beforeStart
    assert.deepEqual(question?.user.kind, 'learner')
    assert.deepEqual(question?.user.subject, 'ann-77')
    assert.deepEqual(question?.course, {
      ...{ name: 'Python--show', slug: 'python--show', variantOf: 'python', app: 'show', image: 'python' },
    })
    assert.deepEqual(question?.choices, { size: 'large' })
  })

  it('gives variables to the run, which stand nowhere else, and the run is the same without them', async () => {
    const env = { COURSE_TOKEN: 'very-secret-83', GREETING: 'from the hook' }
    const courses = { demo: { image: 'demo', env: { GREETING: 'from the course', OTHER: '1' } } }
    const with_ = await start({ beforeStart: async () => ({ env }) }, { courses })
    await with_.browser.enter(demo)
    const [object] = with_.world.objects.values()
    assert.deepEqual(
      [object?.env.COURSE_TOKEN, object?.env.GREETING, object?.env.OTHER],
      ['very-secret-83', 'from the hook', '1'],
    )
    const { spec_hash, made_of } = await with_.row()
    await with_.stopServer()
    await with_.isIn('stopped')
    assert.doesNotMatch(await allThatIsKept(with_), /very-secret|from the hook/)
    const plain = await startTestHub({ config: { courses } })
    cleanup.defer(() => plain.stop())
    await plain.browser().enter(demo)
    const { made_of: same } = await plain.db('servers').first()
    assert.equal(made_of, same)
    assert.equal(object?.hash, spec_hash)
  })

  it('is called anew for each run, and may give other variables', async () => {
    const { browser, told, world, stopServer, isIn } = await start({
      beforeStart: ({ run }) => ({ env: { RUN: `run ${run}` } }),
    })
    await browser.enter(demo)
    await stopServer()
    await isIn('stopped')
    await browser.enter(demo)
    assert.deepEqual(
      told.beforeStart.map(({ run }) => run),
      [1, 2],
    )
    assert.deepEqual(
      [...world.objects.values()].map((object) => object.env.RUN),
      ['run 2'],
    )
  })

  it('refuses with words of its own, makes nothing, and no spawner is to blame', async () => {
    const { browser, world, row, hub, isIn } = await start({
      async beforeStart() {
        throw new StartRefused('Your hours of this month are used up. They begin anew on Monday.')
      },
    })
    const { state, message, reference } = await browser.follow(await browser.open(demo))
    assert.deepEqual(
      [state, message, reference],
      ['failed', 'Your hours of this month are used up. They begin anew on Monday.', undefined],
    )
    await isIn('failed')
    assert.deepEqual([world.made, (await row()).spec_hash], [[], null])
    const { detail } = await hub.db('events').where({ kind: 'failed' }).first('detail')
    assert.deepEqual(JSON.parse(detail), {
      failure: 'Your hours of this month are used up. They begin anew on Monday.',
      refused: true,
    })
    assert.ok(
      !hub.log.some((line) => line.includes('a start failed') || line.includes('a hook of the config has failed')),
    )
    const again = await browser.follow(await browser.open(demo))
    assert.equal(again.state, 'failed', 'each new try is asked anew')
  })

  it('fails a start by any other error, of which learners read nothing', async () => {
    const { browser, world, row, hub } = await start({
      beforeStart() {
        throw Object.assign(new Error('quota.example.org answered 503'), {
          headers: { authorization: 'Bearer s3cr3t' },
        })
      },
    })
    const { state, message, reference } = await browser.follow(await browser.open(demo))
    assert.equal(state, 'failed')
    assert.match(message, /^The site could not prepare your notebook\. Try again\./)
    assert.match(String(reference), /-1$/)
    await until(async () => (await row()).state === 'failed')
    assert.equal((await row()).failure_detail, 'hooks.beforeStart: quota.example.org answered 503')
    assert.deepEqual(world.made, [])
    assert.ok(hub.log.some((line) => line.includes('quota.example.org') && line.includes('before-start.test.ts')))
    assert.ok(!hub.log.some((line) => line.includes('s3cr3t')), 'fields of an error are not logged')
  })

  it('has a limit of time, after which its signal aborts', async () => {
    const { browser, told, row } = await start({
      timeoutSeconds: 0.2,
      beforeStart: () => new Promise(() => undefined),
    })
    const { message } = await browser.follow(await browser.open(demo))
    assert.match(message, /^The site could not prepare your notebook\./)
    assert.match(String((await row()).failure_detail), /more than 0\.2 seconds \(hooks\.timeoutSeconds\)/)
    assert.equal(told.beforeStart[0]?.signal.aborted, true)
  })

  it('has its learner told what the wait is for after a second, and not any more when it is over', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const { browser, hub } = await start({ beforeStart: () => promise })
    const launch = await browser.open(demo)
    const stream = await fetch(`${hub.address}/hub/launches/${launch}/events`, { headers: { host: 'hub.test' } })
    let events = ''
    for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      events += part
      if (events.includes('The site prepares your notebook.')) resolve(undefined)
    }
    const messages = eventsOf(events).map(({ message }) => message)
    assert.ok(messages.includes('Making room for your notebook. The site prepares your notebook.'), messages.join('\n'))
    assert.equal(messages.at(-1), 'Your notebook is ready.')
  })

  it('is left to itself when its start is stopped meanwhile', async () => {
    const { browser, told, world, stopServer, isIn } = await start({
      beforeStart: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    })
    await browser.open(demo)
    await until(() => told.beforeStart.length === 1)
    await stopServer()
    await isIn('stopped')
    assert.equal(told.beforeStart[0]?.signal.aborted, true)
    assert.deepEqual(world.made, [])
  })
})
