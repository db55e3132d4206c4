import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type HttpBrowser, launchPageData } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { type ChoiceHub, choicePage } from '../choices/choice-hub.ts'
import { answer, enter, repo, startQuestionHub } from './question-hub.ts'

onEachDatabase('a course that asks', (makeDatabase) => {
  let hub: ChoiceHub
  let ben: HttpBrowser
  beforeEach(async () => {
    hub = await startQuestionHub(await makeDatabase())
    ben = await hub.signIn('ben')
  })
  afterEach(() => hub.stop())

  const link = '/launch/data'
  const csv = { name: 'C:\\fakepath\\my sales.csv', content: 'a,b\n1,2\n' }
  const whole = { 'choice-size': 'small', repo, workers: '3', note: 'one\r\ntwo', dataset: csv }
  const given = async () =>
    (await hub.db('answers').orderBy('question').select('question', 'text', 'bytes')).map(
      ({ question, text, bytes }) => `${question}=${text}${bytes > 0 ? ` ${bytes}` : ''}`,
    )
  const handedIn = async () => (await hub.db('bundles').whereNotNull('brought_by').select('digest')).length

  it('asks before the first start, and its server finds the answers as variables and files', async () => {
    const first = await ben.navigate(link)
    assert.deepEqual([first.status, first.headers.location], [303, choicePage(link)])
    const page = await ben.navigate(choicePage(link))
    assert.match(page.text, /action="\/hub\/choice\/answers" enctype="multipart\/form-data"/)
    assert.match(page.text, /<label for="answer-repo"><span class="title">Repository<\/span><\/label>/)
    assert.match(page.text, /name="answer-workers"[^>]* type="number"[^>]* min="1" max="8" value="2"/)
    assert.match(page.text, /name="answer-note"[^>]* maxlength="100"/)
    assert.match(
      page.text,
      /type="file" id="answer-dataset"[^>]* accept=".csv,.tsv" aria-describedby="answer-dataset-kept"/,
    )
    const sent = await answer(ben, link, whole)
    assert.deepEqual([sent.status, sent.headers.location], [303, link])
    const { env, files, command } = await enter(hub, ben, link)
    assert.deepEqual([env.REPO, env.WORKERS, env.NOTE, env.DATASET], [repo, '3', 'one\ntwo', '/srv/data/my_sales.csv'])
    assert.deepEqual(files, { '/srv/data/my_sales.csv': csv.content })
    assert.ok(!command.join(' ').includes('git.example.org'))
    assert.deepEqual(await given(), ['dataset=my_sales.csv 8', 'extra=', 'note=one\ntwo', `repo=${repo}`, 'workers=3'])
    await hub.stopped('data')
    const again = await enter(hub, ben, link)
    assert.deepEqual(again.files, files, 'it is remembered')
  })

  it('keeps what is right, and asks for the rest once more with all that was said', async () => {
    const sent = await answer(ben, link, { ...whole, repo: 'https://elsewhere.example.org/<x>', workers: '9' })
    assert.equal(sent.status, 400)
    assert.match(sent.text, /role="alert"><p>2 answers are not right yet\. The others are kept\./)
    assert.match(sent.text, /<a href="#answer-repo">Repository<\/a>: This does not have the form that is asked for\./)
    assert.match(sent.text, /aria-describedby="answer-repo-problem answer-repo-about" aria-invalid="true"/)
    assert.match(sent.text, /value="https:\/\/elsewhere\.example\.org\/&#60;x&#62;"/)
    assert.match(sent.text, /id="answer-workers-problem">Write a number from 1 to 8\.</)
    assert.match(sent.text, /<strong>my_sales\.csv \(8 bytes\)<\/strong> is kept\./)
    assert.match(sent.text, />\none\ntwo<\/textarea>/)
    assert.match(sent.text, /data-asks="true"/)
    assert.match(sent.text, /value="small" checked/)
    assert.equal(hub.world.made.length, 0)
    assert.deepEqual(await given(), ['dataset=my_sales.csv 8', 'extra=', 'note=one\ntwo'])
    const mended = await answer(ben, link, { repo, workers: '', note: 'one', dataset: { name: '', content: '' } })
    assert.equal(mended.headers.location, link)
    const { env, files } = await enter(hub, ben, link)
    assert.deepEqual([env.REPO, env.WORKERS, env.SIZE], [repo, undefined, 's'])
    assert.deepEqual(Object.keys(files), ['/srv/data/my_sales.csv'])
  })

  it('says of a wrong file what is wrong, and keeps the one that was there', async () => {
    await answer(ben, link, whole)
    for (const [file, problem] of [
      [
        { name: 'x.exe', content: 'MZ', type: 'text/csv' },
        /id="answer-dataset-problem">Choose a file whose name ends in \.csv or \.tsv\./,
      ],
      [{ name: 'x.csv', content: 'x'.repeat(10_001) }, /This file has 9\.8 kB, and 9\.8 kB is the most/],
      [{ name: 'x.csv', content: '' }, /This file is empty/],
    ] as const) {
      const sent = await answer(ben, link, { repo, dataset: file })
      assert.equal(sent.status, 400)
      assert.match(sent.text, problem)
      assert.match(sent.text, /<strong>my_sales\.csv \(8 bytes\)<\/strong> is kept/)
    }
    assert.equal(await handedIn(), 1)
  })

  it('replaces a file, or takes it away, and removes what nothing names at once', async () => {
    await answer(ben, link, whole)
    await answer(ben, link, {
      repo,
      dataset: { name: 'new.csv', content: 'c\n' },
      extra: { name: 'notes.md', content: '#' },
    })
    assert.equal(await handedIn(), 2)
    const { files, env } = await enter(hub, ben, link)
    assert.deepEqual(files, { '/srv/data/new.csv': 'c\n', '~/notes.md': '#' })
    assert.equal(env.DATASET, '/srv/data/new.csv')
    const changed = await answer(ben, link, { repo, 'remove-dataset': 'yes' } as never)
    assert.equal(changed.headers.location, choicePage(link, '&chosen=1'))
    const other = await ben.navigate(choicePage(link, '&chosen=1'))
    assert.match(
      other.text,
      /You ask for <strong>Data set: none<\/strong>\. Your notebook runs <strong>with Data set: new\.csv \(2 bytes\)/,
    )
    const home = await ben.navigate('/hub/home')
    assert.match(home.text, /Data set: new\.csv \(2 bytes\).*; from its next start: /)
    await ben.submit('/hub/choice', { link, stop: 'data' })
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    assert.deepEqual((await enter(hub, ben, link)).files, { '~/notes.md': '#' })
  })

  it('takes texts and numbers of links, and asks for what they leave open', async () => {
    const partly = `${link}?repo=${encodeURIComponent(repo)}&workers=4&size=large&utm=1`
    assert.equal((await ben.navigate(partly)).headers.location, choicePage(partly))
    const page = await ben.navigate(choicePage(partly))
    assert.match(page.text, new RegExp(`value="${repo}"`))
    assert.match(page.text, /name="answer-workers"[^>]* value="4"/)
    await answer(ben, partly, {
      'choice-size': 'large',
      repo,
      workers: '5',
      note: '',
      dataset: { name: '', content: '' },
    })
    assert.equal((await enter(hub, ben, link)).env.WORKERS, '5', 'the form has the last word')
    const asked = await ben.navigate(`${link}?workers=6`)
    assert.equal(asked.status, 303, 'a notebook that runs otherwise is not restarted by a link')
    const other = await ben.navigate(String(asked.headers.location))
    assert.match(other.text, /You ask for <strong>Workers: 6<\/strong>\. Your notebook runs <strong>with Workers: 5/)
    await hub.stopped('data')
    assert.equal((await enter(hub, ben, `${link}?workers=7`)).env.WORKERS, '7')
    await hub.stopped('data')
    assert.equal((await enter(hub, ben, `${link}?tag=next`)).env.WORKERS, '7', 'and is remembered, for variants too')
  })

  it('refuses in a link what its form would refuse, and opens without it', async () => {
    for (const [query, code] of [
      ['repo=ftp://x', 'bad_answer'],
      ['workers=0', 'bad_answer'],
      ['note=a%00b', 'bad_answer'],
      ['dataset=a.csv', 'not_offered'],
      ['workers=1&workers=2', 'repeated_parameter'],
    ]) {
      const page = await ben.navigate(`${link}/week1/a.ipynb?${query}`)
      assert.equal(page.status, 400, query)
      assert.match(page.text, /href="\/launch\/data\/week1\/a\.ipynb"/)
      const begun = await ben.post('/hub/launches', { link: `${link}?${query}` })
      assert.equal(begun.json().error, code, query)
    }
  })

  it('tells the script of a launch page what the notebook has', async () => {
    await answer(ben, link, whole)
    const begun = await ben.post('/hub/launches', { link })
    assert.match(
      begun.json().choices.says.at(-1),
      /^Size: small, Repository: https.*Data set: my_sales\.csv \(8 bytes\)\.$/,
    )
    assert.equal(begun.json().choices.change, choicePage(link, '&change=1'))
    const page = await ben.navigate(choicePage(link, '&change=1'))
    assert.match(page.text, /Your answers are kept for the next time/)
  })

  it('asks a temporary user too, and forgets the answers with the user', async () => {
    const visitor = hub.browser()
    visitor.setNonce()
    const refused = await visitor.post('/hub/launches', { link })
    assert.deepEqual([refused.status, refused.json().error], [409, 'choose_first'])
    assert.equal((await answer(visitor, link, whole)).status, 303)
    assert.equal((await given()).length, 5)
    const { id } = await hub.db('users').where({ kind: 'temporary' }).first('id')
    await hub.db('sessions').where({ user: id }).delete()
    await hub.db('users').where({ id }).delete()
    assert.deepEqual(await given(), [])
  })

  it('does not start without a file that it needs, and starts with one for two users who hand in the same', async () => {
    const must = '/launch/must'
    const none = await answer(ben, must, {})
    assert.match(none.text, /id="answer-data-problem">Choose a file\./)
    assert.match(none.text, /id="answer-data"[^>]* required/)
    assert.equal((await ben.navigate(must)).headers.location, choicePage(must))
    for (const browser of [ben, await hub.signIn('ann')]) {
      await answer(browser, must, { data: { name: 'a.txt', content: 'same' } })
      assert.deepEqual((await enter(hub, browser, must)).files, { '/srv/data/a.txt': 'same' })
    }
    assert.equal(await handedIn(), 1)
    const page = await ben.navigate(choicePage(must, '&change=1'))
    assert.doesNotMatch(page.text, /id="answer-data"[^>]* required/)
  })

  it('starts again after a crash with the answers of its user', async () => {
    await answer(ben, link, whole)
    await enter(hub, ben, link)
    const { launch } = launchPageData((await ben.navigate(link)).text)
    await ben.follow(launch)
    const begun = await ben.post('/hub/launches', { link: '/hub/restart?to=/user/ben/data/', confirmed: true })
    await until(async () => (await hub.db('servers').first('run')).run === 2)
    await ben.follow(begun.json().launch)
    assert.equal([...hub.world.objects.values()].at(-1)?.env.REPO, repo)
  })
})
