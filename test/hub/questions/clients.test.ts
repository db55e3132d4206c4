import assert from 'node:assert/strict'
import { createBundleSweep } from '../../../hub/bundles/sweep.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import type { HttpBrowser } from '../../helpers/test-hub.ts'
import { type ChoiceHub, choicePage } from '../choices/choice-hub.ts'
import { openParts } from '../parts.ts'
import { answer, coursesWithQuestions, enter, repo, sendParts, startQuestionHub } from './question-hub.ts'

onEachDatabase('programs that answer what a course asks', (makeDatabase) => {
  let hub: ChoiceHub
  let ben: HttpBrowser
  let token: string
  beforeEach(async () => {
    hub = await startQuestionHub(await makeDatabase())
    ben = await hub.signIn('ben')
    token = /carrel-user-[\w-]{43}/.exec((await ben.submit('/hub/token', { note: 'x', days: '1' })).text)?.[0] ?? ''
  })
  afterEach(() => hub.stop())

  const call = (method: string, path: string, body?: unknown) =>
    hub.browser().fetch(`/hub/api/users/${path}`, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const start = async (body?: unknown, course = 'data') => {
    const sent = await call('POST', `ben/servers/${course}`, body)
    return sent.status < 300 ? sent.status : `${sent.status} ${sent.json().error}`
  }
  const env = () => [...hub.world.objects.values()].at(-1)?.env ?? {}
  const file = { name: 'a.csv', content: 'a,b\n' }

  it('say texts and numbers in the API as JupyterHub’s clients send options, and get them shown', async () => {
    assert.equal(await start(), '409 answer_needed')
    assert.match((await call('POST', 'ben/servers/data')).json().message, /Repository \(repo\)/)
    assert.equal(await start({ repo, workers: '4', size: 'large' }), 201)
    assert.deepEqual([env().REPO, env().WORKERS, env().SIZE], [repo, '4', 'l'])
    const shown = (await call('GET', 'ben')).json().servers.data.user_options
    assert.deepEqual(shown, { size: 'large', repo, workers: '4' })
    assert.equal(await start({ repo }), '400 already_running')
    await hub.stopped('data')
    assert.equal(await start({ user_options: { workers: '5' } }), 201)
    assert.deepEqual([env().REPO, env().WORKERS], [repo, '5'], 'what is not said is remembered')
  })

  it('are refused what the form would refuse, and what is not asked', async () => {
    for (const [body, code] of [
      [{ repo: 'ftp://x' }, 'bad_answer'],
      [{ repo, workers: '9' }, 'bad_answer'],
      [{ repo, note: 'a\u0000' }, 'bad_answer'],
      [{ repo, dataset: 'a.csv' }, 'not_offered'],
      [{ repo, dataset: { name: 'a.csv', content: 'YQ==' } }, 'no_options'],
      [{ repo, REPO: 'x' }, 'no_options'],
      [{ repo, dataset_file: 'x' }, 'no_options'],
    ] as const)
      assert.equal(await start(body), `400 ${code}`, JSON.stringify(body))
    assert.equal(await start(undefined, 'must'), '409 answer_needed')
    assert.equal(hub.world.made.length, 0)
  })

  it('hand in files as JupyterHub’s clients send its form', async () => {
    for (const part of ['dataset', 'dataset_file']) {
      const sent = await sendParts(ben, '/hub/spawn/ben/data', {
        repo,
        note: 'x',
        [part]: { ...file, name: `${part}.csv` },
      })
      const [path, query] = String(sent.headers.location).split('?')
      assert.deepEqual([sent.status, path, new URLSearchParams(query).get('repo')], [303, '/hub/spawn/ben/data', repo])
      assert.equal((await hub.db('answers').first('text')).text, `${part}.csv`)
    }
    const sent = await sendParts(ben, '/hub/at/data/spawn?size=small', {
      repo,
      workers: '3',
      note: 'x',
      extra: { name: 'n.md', content: '#' },
    })
    const { files, env: had } = await enter(hub, ben, String(sent.headers.location))
    assert.deepEqual(files, { '/srv/data/dataset_file.csv': file.content, '~/n.md': '#' })
    assert.deepEqual([had.REPO, had.WORKERS, had.SIZE], [repo, '3', 's'])
    const other = await sendParts(ben, '/hub/spawn/ben/data', { dataset: { name: 'b.csv', content: 'b' } })
    assert.equal(other.headers.location, choicePage('/hub/spawn/ben/data', '&chosen=1'))
    assert.match((await ben.navigate(String(other.headers.location))).text, /You ask for <strong>Data set: b\.csv/)
  })

  it('are told in that form what is wrong with a file, and which is not asked for', async () => {
    for (const [fields, code] of [
      [{ repo, dataset: { name: 'a.exe', content: 'x' } }, /name ends in \.csv/],
      [{ repo, picture: file }, /asks for no file picture/],
      [{ repo: 'ftp://x', dataset: file }, /does not take the answer/],
      [{ repo, profile: 'x', dataset: file }, /takes no such options/],
    ] as const) {
      const sent = await sendParts(ben, '/hub/spawn/ben/data', fields as never)
      assert.equal(sent.status, 400)
      assert.match(sent.text, code)
    }
    assert.equal((await hub.db('answers')).length, 0)
  })
})

onEachDatabase('the sweep of bundles that users have handed in', (makeDatabase) => {
  it('leaves a file as long as an answer names it, however long that is ago', async () => {
    const database = await makeDatabase()
    const hub = await startQuestionHub(database)
    const ben = await hub.signIn('ben')
    await answer(ben, '/launch/must', { data: { name: 'a.txt', content: 'a' } })
    await hub.stop()
    const parts = await openParts(database, { courses: coursesWithQuestions })
    try {
      const { db } = parts.hub
      await db('bundles').update({ used: db.raw('used - 70000000') })
      const sweep = createBundleSweep(parts.hub)
      for (let round = 0; round < 3; round += 1) await sweep()
      assert.equal((await db('bundles').whereNotNull('brought_by')).length, 1)
      await db('answers').delete()
      for (let round = 0; round < 3; round += 1) await sweep()
      assert.equal((await db('bundles').whereNotNull('brought_by')).length, 0)
    } finally {
      await parts.stop()
    }
  })
})
