import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMeant } from '../../../bin/admin/course-patterns.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type MakersHub, startMakersHub } from '../../hub/courses/makers.ts'

onEachDatabase('commands to a hub: carrel course', (makeDatabase) => {
  let hub: MakersHub
  beforeEach(async () => {
    hub = await startMakersHub({ database: await makeDatabase() })
  })
  afterEach(() => hub.stop())

  const carrel = (args: string[], env = {}) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const options = { cwd: projectDir, env: { ...process.env, ...env } }
      const all = ['bin/carrel.js', 'course', ...args, '--data', hub.dataDir]
      const child = execFile(process.execPath, all, options, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })
  const json = async (...args: string[]) => JSON.parse((await carrel([...args, '--json'])).out)

  it('makes a course, shows, changes, renames and archives it, and deletes it when told twice', async () => {
    const made = await carrel([
      'create',
      'Stats',
      'stats:9',
      '--set',
      ...['limits.memory=8G', 'title=One, two', 'staff=["ann"]'],
    ])
    assert.deepEqual([made.code, made.out], [0, 'Stats is made.\n'], made.err)
    assert.match((await carrel(['list', 'sta*'])).out, /^Stats\tstats:9\tactive\tdatabase\tann\n$/)
    const { definition, edits } = await json('show', 'Stats')
    assert.deepEqual(definition, { image: 'stats:9', limits: { memory: '8G' }, title: 'One, two', staff: ['ann'] })
    assert.deepEqual([edits.length, edits[0].by], [1, 'operator'])
    assert.match((await carrel(['edit', 'Stats', '--set', 'title=', '--set', 'contact=Ann'])).out, /as you say/)
    const bad = await carrel(['edit', 'Stats', '--set', 'titel=x'])
    assert.equal(bad.code, 1)
    assert.match(bad.err, /titel: is not a setting here; did you mean "title"\?/)
    assert.match((await carrel(['rename', 'Stats', 'Other', '--dry-run'])).out, /could be named Other/)
    assert.match((await carrel(['rename', 'Stats', 'Other'])).out, /Stats is Other now/)
    assert.match((await carrel(['archive', 'nothing*'])).err, /no course of that name is active/)
    assert.match((await carrel(['archive', '=other'])).out, /Other is archived/)
    assert.match((await carrel(['archive', '=other', '--undo'])).out, /Other is unarchived/)
    assert.match((await carrel(['delete', 'Other'])).out, /carrel homes list --course stats.*Nothing was deleted/)
    assert.match((await carrel(['delete', 'Other', '--yes'])).out, /takes that back/)
    assert.match((await carrel(['delete', 'Other', '--undo'])).out, /Other is archived/)
  })

  it('has the definition edited, and keeps it where another has changed it meanwhile', async () => {
    await carrel(['create', 'Stats', 'stats:9'])
    const editor = join(hub.dataDir, 'editor')
    await writeFile(editor, `#!/bin/sh\nsed -i 's/stats:9/stats:10/' "$1"\n`, { mode: 0o700 })
    assert.equal((await carrel(['edit', 'Stats'], { EDITOR: editor, VISUAL: '' })).code, 0)
    assert.equal((await json('show', 'Stats')).image, 'stats:10')
    const command = `${process.execPath} bin/carrel.js course edit Stats --set contact=Bea --data ${hub.dataDir}`
    await writeFile(editor, `#!/bin/sh\ncd ${projectDir} && ${command} && sed -i 's/stats:10/stats:11/' "$1"\n`, {
      mode: 0o700,
    })
    const late = await carrel(['edit', 'Stats'], { EDITOR: editor, VISUAL: '' })
    assert.equal(late.code, 1)
    assert.match(late.err, /was changed meanwhile/)
    const { image, definition } = await json('show', 'Stats')
    assert.deepEqual([image, definition.contact], ['stats:10', 'Bea'])
  })

  it('archives just the course that has the name, and takes what is a text as it stands', async () => {
    await carrel(['create', 'Stats', 'stats:9', '--set', 'title=2027', 'env.YEAR=2027', 'env.FLAG="1"', 'limits.cpu=2'])
    await carrel(['create', 'Stats-2', 'stats:9'])
    const { definition } = await json('show', 'Stats')
    const env = { YEAR: '2027', FLAG: '1' }
    assert.deepEqual(definition, { image: 'stats:9', title: '2027', env, limits: { cpu: 2 } })
    assert.equal((await carrel(['archive', 'stats'])).out, 'Stats is archived.\n')
    assert.match((await carrel(['archive', 'python'])).err, /no course of that name is active/)
    assert.equal((await carrel(['archive', 'stat'])).out, 'Stats-2 is archived.\n')
  })

  it('prints the links of a course, also of one of the config', async () => {
    await carrel(['create', 'Stats', 'stats:9'])
    const { out } = await carrel(['link', 'Stats', 'week 1/intro.ipynb'])
    assert.deepEqual(out.trim().split('\n'), [
      'launch\thttp://hub.test/launch/Stats/week%201/intro.ipynb',
      'tmplogin\thttp://hub.test/tmplogin?course=Stats&notebook=week+1%2Fintro.ipynb',
      'lms\thttp://hub.test/ipythonExercice/Stats/week%201/intro/%%USER_ID%%',
    ])
    assert.match((await carrel(['link', 'Python', '--lms'])).out, /^http:\/\/hub.test\/ipythonExercice\/Python\//)
  })
})

describe('patterns of courses', () => {
  for (const [pattern, name, meant] of [
    ['=stats', 'Stats', true],
    ['=stats', 'Stats-2', false],
    ['stat', 'my-Stats', true],
    ['2025-*', '2025-a', true],
    ['2025-*', 'x2025-a', false],
    ['a.c*', 'abc', false],
    ['', 'any', true],
  ] as const)
    it(`${pattern || 'an empty one'} ${meant ? 'means' : 'does not mean'} ${name}`, () =>
      assert.equal(isMeant(name, [pattern]), meant))

  it('mean all where there is none', () => assert.ok(isMeant('any', [])))
})
