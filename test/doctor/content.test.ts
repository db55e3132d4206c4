import assert from 'node:assert/strict'
import { lookAtContent } from '../../config/content/look.ts'
import { checkContent } from '../../doctor/courses/content.ts'
import type { Setup } from '../../doctor/setup.ts'
import { putContent } from '../../hub/db/content/brought.ts'
import { notePull } from '../../hub/db/content/pulls.ts'
import { openDatabase } from '../../hub/db/database.ts'
import { cleanupAfterEach } from '../helpers/cleanup.ts'
import { onEachDatabase } from '../helpers/engines/postgresql.ts'
import { createFakeBuilds, fakeBuilds } from '../helpers/fakes/fake-builds.ts'
import { testConfig } from '../helpers/test-hub.ts'
import { openContentWorld } from '../hub/content/content-world.ts'

onEachDatabase('carrel doctor, of the content of courses', (makeDatabase) => {
  const config = testConfig({}, undefined, {
    courses: { demo: { image: 'one', content: { git: 'https://git.example.org/demo' } }, other: { image: 'one' } },
  })

  it('names courses whose content is not here, or could not be fetched anew', async () => {
    const databaseUrl = await makeDatabase()
    const { db, close } = await openDatabase(databaseUrl)
    const check = async () =>
      (await checkContent({ databaseUrl, config } as Setup)).map((one) => `${one.verdict} ${one.check}: ${one.message}`)
    try {
      assert.match((await check()).join(), /^problem content of demo: was not fetched yet/)
      const note = (problem?: string) =>
        db.transaction((trx) => notePull(trx, { course: 'demo', settings: 's', dueIn: 1, ...(problem && { problem }) }))
      await note('The host is away.')
      assert.match((await check()).join(), /could not be fetched, so that the course has none: The host is away\. When/)
      const settings = { notebookAt: undefined, staticMappings: [], folders: [], course: {} }
      const told = { file: 'a.ipynb', message: 'cannot be read', kind: 'problem' as const }
      const content = {
        course: 'demo',
        commit: 'c',
        at: 1,
        subject: 's',
        readBy: 's',
        settings,
        tracks: [],
        bundles: [],
      }
      const put = (problems: (typeof told)[]) =>
        db.transaction((trx) => putContent(trx, { ...content, problems, notebooks: 1, bytes: 1, revision: 1 }))
      await put([told])
      assert.match((await check()).join(), /could not be fetched anew: The host is away\./)
      await note()
      assert.match((await check()).join(), /^problem content of demo: has 1 problems in its files/)
      await put([])
      assert.deepEqual(await check(), ['ok content of courses: is here: 1'])
    } finally {
      await close()
    }
  })
})

describe('carrel config check --try, of the content of courses', () => {
  const cleanup = cleanupAfterEach()

  it('says which commit a repository has, and why it says nothing', async () => {
    const world = await openContentWorld(cleanup)
    const commit = await world.course.commit({ 'a.md': 'x' })
    const courses = {
      demo: world.config.courses.demo ?? { image: 'stats' },
      branch: { image: 'stats', content: { git: world.url, ref: 'nothing' } },
      gone: { image: 'stats', content: { git: `${world.host.url}/gone.git` } },
      own: { image: '@python' },
      pinned: { image: 'stats', content: { git: world.url, ref: commit } },
      lost: { image: 'stats', content: { git: `${world.host.url}/gone.git`, ref: commit } },
    }
    const { builder } = fakeBuilds(createFakeBuilds())
    const images = { python: { git: world.url }, ruby: { git: world.url, ref: 'nothing' } }
    const config = testConfig({}, undefined, { courses, git: world.config.git, builds: { images, builder } })
    const found = await lookAtContent(config, new AbortController().signal)
    assert.deepEqual(
      found.map(({ check, verdict }) => [check, verdict]),
      [
        ['content of branch', 'problem'],
        ['content of demo', 'ok'],
        ['content of gone', 'problem'],
        ['content of lost', 'problem'],
        ['content of pinned', 'unknown'],
        ['image @python', 'ok'],
        ['image @ruby', 'problem'],
      ],
    )
    assert.match(found[1]?.message ?? '', new RegExp(commit))
  })
})
