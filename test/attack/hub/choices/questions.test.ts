/** Attacks on what a course asks its users: answers that want to be more than data, and files that nobody asked for. */
import assert from 'node:assert/strict'
import { type HttpBrowser, lmsUrl } from '../../../helpers/test-hub.ts'
import { type ChoiceHub, choicePage } from '../../../hub/choices/choice-hub.ts'
import {
  answer,
  boundary,
  coursesWithQuestions,
  enter,
  type Part,
  repo,
  sendParts,
  startQuestionHub,
} from '../../../hub/questions/question-hub.ts'
import { rawRequest, sendRaw } from '../../../hub/raw-request.ts'
import { type Attack, attacks } from '../../table.ts'
import { mostMilliseconds } from '../../wire/thread-cost.ts'

describe('attack: a user whose answers want to be more than answers', () => {
  let hub: ChoiceHub
  let ben: HttpBrowser
  beforeEach(async () => {
    const [data] = [coursesWithQuestions.data]
    assert.ok(data)
    hub = await startQuestionHub(undefined, {
      limits: { handedInPerUser: 25_000, handedIn: 40_000, answersPerUser: { burst: 12, perSecond: 0.001 } },
      courses: {
        ...coursesWithQuestions,
        data: { ...data, embed: { ancestors: [lmsUrl] } },
        // What reads the config finds no text for which this pattern takes long.
        slow: {
          image: 'slow',
          questions: Object.fromEntries(
            Array.from({ length: 20 }, (_, at) => [
              `word${at}`,
              { kind: 'text', env: `WORD${at}`, pattern: '(xy|xy)*z' },
            ]),
          ),
        },
      },
    })
    ben = await hub.signIn('ben')
  })
  afterEach(() => hub.stop())

  const link = '/launch/data'
  const rows = async () => [
    await hub
      .db('answers')
      .orderBy('question')
      .select('question', 'text')
      .then((all) => all.map(({ question, text }) => `${question}=${text}`)),
    (await hub.db('bundles').whereNotNull('brought_by')).length,
    hub.world.made.length,
  ]
  const nothing = [[], 0, 0]
  const csv = (name: string, content = 'a,b\n'): Part => ({ name, content })
  const raw = (body: string, type = `multipart/form-data; boundary=${boundary}`) =>
    ben.fetch('/hub/choice/answers', {
      method: 'POST',
      headers: {
        'content-type': type,
        origin: 'http://hub.test',
        'sec-fetch-site': 'same-origin',
        accept: 'text/html',
      },
      body,
    })

  const table: Attack[] = [
    {
      name: 'answers with a shell’s, a container’s and our own signs: the variable has them as they are, and nothing else does',
      rule: 'questions',
      attempt: async () => {
        const text = "$(reboot) `id` $HOME {token} {port} %s ';--"
        await answer(ben, link, { repo, note: `${text}\nPATH=/tmp`, 'choice-size': 'small' })
        const { env, command } = await enter(hub, ben, link)
        return [env.NOTE === `${text}\nPATH=/tmp`, command.join(' ').includes('reboot'), env.PATH, env.HOME]
      },
      expected: [true, false, undefined, undefined],
    },
    {
      name: 'answers with markup, on every page that says answers',
      rule: 'questions',
      attempt: async () => {
        const script = '"><script>alert(1)</script>'
        const wrong = await answer(ben, link, {
          repo: script,
          note: `</textarea>${script}`,
          dataset: csv(`${script}.csv`),
        })
        await answer(ben, link, { repo, note: script, dataset: csv('a.csv'), 'choice-size': 'small' })
        const pages = [
          wrong,
          await ben.navigate(choicePage(link, '&change=1')),
          await ben.navigate(`${link}?repo=${encodeURIComponent(script)}`),
          await ben.navigate(link),
          await ben.navigate('/hub/home'),
        ]
        return pages.map(({ text }) => text.includes('<script>alert'))
      },
      expected: Array(5).fill(false),
    },
    {
      name: 'answers with control characters, with more than is taken, and with what turns the line',
      rule: 'questions',
      attempt: async () => {
        const statuses = []
        for (const note of ['a\u0000b', 'a\u001b[31m', 'x\u202ecod.exe', 'x'.repeat(101), 'x'.repeat(200_000)])
          statuses.push((await answer(ben, link, { repo: `${repo}`, note, 'choice-size': 'small' })).status)
        return [statuses, (await rows())[0]]
      },
      expected: [Array(5).fill(400), ['dataset=', 'extra=', `repo=${repo}`, 'workers=']],
    },
    {
      name: 'names a file as a path, as a hidden file, or as an option of a program',
      rule: 'questions',
      attempt: async () => {
        const found: string[] = []
        for (const name of [
          '../../../etc/cron.d/x.csv',
          '/etc/passwd.csv',
          '.bashrc.csv',
          '-rf.csv',
          '..\\..\\x.csv',
          'a%2f..%2fb.csv',
        ]) {
          await answer(ben, link, { repo, dataset: csv(name), 'choice-size': 'small' })
          found.push((await hub.db('answers').where({ question: 'dataset' }).first('text')).text)
        }
        return found
      },
      expected: ['x.csv', 'passwd.csv', 'bashrc.csv', 'rf.csv', 'x.csv', 'a_2f.._2fb.csv'],
    },
    {
      name: 'sends a program, and says that it is a table',
      rule: 'questions',
      attempt: async () => {
        const statuses = []
        for (const name of ['x.sh', 'x.csv.sh', 'x', 'x.csv\u0000.sh', 'csv'])
          statuses.push(
            (await answer(ben, link, { repo, dataset: { name, content: '#!/bin/sh', type: 'text/csv' } })).status,
          )
        return [statuses, (await rows())[1]]
      },
      expected: [Array(5).fill(400), 0],
    },
    {
      name: 'answers what the course does not ask, or asks otherwise',
      rule: 'questions',
      attempt: async () => {
        const given: Record<string, Part> = {
          'answer-__proto__': 'x',
          'answer-PATH': '/tmp',
          'answer-dataset': 'a text in the place of a file',
          'answer-workers': csv('a.csv'),
          'answer-repo': repo,
          'answer-note': '',
          'remove-__proto__': 'yes',
          dataset: csv('b.csv'),
          'choice-size': 'small',
        }
        const { status } = await sendParts(ben, '/hub/choice/answers', { link, ...given })
        const before = await rows()
        const { env, files } = await enter(hub, ben, `${link}?workers=2`)
        return [status, before, env.PATH, env.WORKERS, files]
      },
      expected: [303, [['dataset=', 'extra=', 'note=', `repo=${repo}`], 0, 0], undefined, '2', {}],
    },
    {
      name: 'sends the form from another site, or without a session, and JupyterHub’s form too',
      rule: 'questions',
      attempt: async () => {
        const statuses = []
        for (const headers of [
          { 'sec-fetch-site': 'cross-site' },
          { 'sec-fetch-site': 'same-site' },
          { 'sec-fetch-site': '', origin: 'https://evil.example.org' },
        ]) {
          statuses.push(
            (
              await sendParts(
                ben,
                '/hub/choice/answers',
                { link, 'answer-repo': repo, 'answer-dataset': csv('a.csv') },
                headers,
              )
            ).status,
          )
          statuses.push((await sendParts(ben, '/hub/spawn/ben/data', { repo, dataset: csv('a.csv') }, headers)).status)
        }
        const stranger = hub.browser()
        statuses.push((await sendParts(stranger, '/hub/choice/answers', { link, 'answer-repo': repo })).status)
        statuses.push((await sendParts(stranger, '/hub/spawn/ben/data', { repo, dataset: csv('a.csv') })).status)
        return [statuses, await rows()]
      },
      expected: [[403, 403, 403, 403, 403, 403, 401, 401], nothing],
    },
    {
      name: 'answers for another user: by that one’s address, and by a link that brings a file',
      rule: 'questions',
      attempt: async () => {
        const carl = await hub.signIn('carl')
        await answer(carl, link, { repo, 'choice-size': 'small' })
        const before = await rows()
        const answers = [
          await sendParts(ben, '/hub/spawn/carl/must', { data: csv('a.csv') }),
          await sendParts(ben, '/hub/choice/answers', { link: '/user/carl/data/lab', 'answer-repo': `${repo}/evil` }),
          await ben.navigate(`${link}?dataset=a.csv`),
          await ben.navigate('/hub/spawn/ben/data?dataset=a.csv'),
          await ben.navigate('/hub/spawn/ben/data?opt-dataset_file=a.csv'),
        ]
        const [theirs] = await hub
          .db('answers')
          .join('users', 'users.id', 'answers.user')
          .where({ name: 'carl', question: 'repo' })
        return [answers.slice(2).map(({ status }) => status), theirs.text, (await rows())[2] === before[2]]
      },
      expected: [[400, 400, 400], repo, true],
    },
    {
      name: 'is led to a page or a link that answers: nothing is kept or stopped before a button',
      rule: 'questions',
      attempt: async () => {
        const evil = `${link}?repo=${repo}/evil&size=small&workers=1&note=x`
        for (const address of [
          choicePage(evil),
          choicePage(evil, '&change=1'),
          choicePage(link, '&change=1&answer-repo=x'),
        ])
          await ben.navigate(address, { 'sec-fetch-site': 'cross-site' })
        await ben.navigate(evil, {
          'sec-fetch-mode': 'no-cors',
          'sec-fetch-dest': 'image',
          'sec-fetch-site': 'cross-site',
        })
        return rows()
      },
      expected: nothing,
    },
    {
      name: 'hands in one file after the other: each user has so much room, also for what was replaced and is in use',
      rule: 'questions',
      attempt: async () => {
        const statuses = []
        const big = (at: number) => csv(`a${at}.csv`, String(at).repeat(9000))
        await answer(ben, link, { repo, dataset: big(1), 'choice-size': 'small' })
        await enter(hub, ben, link)
        await answer(ben, link, { repo, dataset: big(2) })
        await ben.submit('/hub/choice', { link, stop: 'data' })
        await hub.stopped('data').catch(() => undefined)
        await enter(hub, ben, link)
        for (const at of [3, 4, 5]) statuses.push((await answer(ben, link, { repo, dataset: big(at) })).status)
        const [row] = await hub.db('bundles').whereNotNull('brought_by').sum({ bytes: 'bytes' })
        return [statuses, Number(row?.bytes) <= 25_000]
      },
      expected: [[400, 400, 400], true],
    },
    {
      name: 'fills the room of all with temporary users: a person still has some',
      rule: 'questions',
      attempt: async () => {
        const statuses = []
        for (let at = 0; at < 5; at += 1) {
          const visitor = hub.browser()
          visitor.setNonce()
          await visitor.post('/hub/launches', { link })
          const sent = await answer(visitor, link, {
            repo,
            dataset: csv(`a${at}.csv`, String(at).repeat(9000)),
            'choice-size': 'small',
          })
          statuses.push(sent.status)
        }
        return [statuses, (await answer(ben, link, { repo, dataset: csv('b.csv', 'b'.repeat(9000)) })).status]
      },
      expected: [[303, 303, 303, 400, 400], 303],
    },
    {
      name: 'sends forms without end: they are paced, and refused before they are read',
      rule: 'questions',
      attempt: async () => {
        const statuses = []
        for (let at = 0; at < 14; at += 1) statuses.push((await answer(ben, link, { repo: 'wrong' })).status)
        return statuses.slice(-3)
      },
      expected: [400, 429, 429],
    },
    {
      name: 'sends a form of many parts, of endless heads, of no end, of one field twice, or of another kind',
      rule: 'questions',
      attempt: async () => {
        const part = (name: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\nx\r\n`
        const end = `--${boundary}--\r\n`
        const many = Array.from({ length: 50_000 }, (_, at) => part(`answer-${at}`)).join('')
        const tooLong = { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': '70000000' }
        const began = process.threadCpuUsage()
        const statuses = [
          (await raw(many + end)).status,
          (await raw(`--${boundary}\r\n${'a: b\r\n'.repeat(200_000)}\r\nx\r\n${end}`)).status,
          (await raw(part('link') + part('answer-repo'))).status,
          (await raw(part('link') + part('link') + end)).status,
          (await raw(part('link') + end, 'multipart/form-data')).status,
          (await raw('link=/launch/data', 'application/x-www-form-urlencoded')).status,
          (await sendRaw(hub.address, rawRequest('POST', '/hub/choice/answers', tooLong))).status,
        ]
        const { user, system } = process.threadCpuUsage(began)
        return [statuses, user + system < 20_000_000, await rows()]
      },
      expected: [[400, 400, 400, 400, 415, 415, 413], true, nothing],
    },
    {
      name: 'finds a pattern of the operator’s that takes exponential time',
      rule: 'questions',
      attempt: async () => {
        const words = Array.from({ length: 20 }, (_, at) => [`word${at}`, 'xy'.repeat(90)])
        const form = Object.fromEntries(words.map(([name, text]) => [`answer-${name}`, text ?? '']))
        const before = process.threadCpuUsage()
        const statuses = [
          (await ben.navigate(`/launch/slow?${new URLSearchParams(words)}`)).status,
          (await sendParts(ben, '/hub/choice/answers', { link: '/launch/slow', ...form })).status,
        ]
        const { user, system } = process.threadCpuUsage(before)
        return [statuses, (user + system) / 1000 < 25 * mostMilliseconds]
      },
      expected: [[400, 400], true],
    },
    {
      name: 'frames the form in a page of its own: only the course’s ancestors may show it, also with what was wrong on it',
      rule: 'questions',
      attempt: async () => {
        const pages = [await ben.navigate(choicePage(link)), await answer(ben, link, { repo: 'x' })]
        return pages.map(
          ({ headers }) => String(headers['content-security-policy']).match(/frame-ancestors ([^;]*)/)?.[1],
        )
      },
      expected: [lmsUrl, lmsUrl],
    },
  ]
  attacks(table)
})
