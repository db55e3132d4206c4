import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMeant, meantCourses } from '../../../bin/admin/courses/meant.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import { type MakersHub, startMakersHub } from '../../hub/courses/makers.ts'

onSqlite('commands to a hub: carrel course', (makeDatabase) => {
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
      '--image',
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
    await carrel(['create', 'Stats', '--image', 'stats:9'])
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
    await carrel([
      'create',
      'Stats',
      '--image',
      'stats:9',
      '--set',
      'title=2027',
      'env.YEAR=2027',
      'env.FLAG="1"',
      'limits.cpu=2',
    ])
    await carrel(['create', 'Stats-2', '--image', 'stats:9'])
    const { definition } = await json('show', 'Stats')
    const env = { YEAR: '2027', FLAG: '1' }
    assert.deepEqual(definition, { image: 'stats:9', title: '2027', env, limits: { cpu: 2 } })
    assert.equal((await carrel(['archive', 'stats'])).out, 'Stats is archived.\n')
    assert.match((await carrel(['archive', 'python'])).err, /no course of that name is active/)
    assert.equal((await carrel(['archive', 'stat'])).out, 'Stats-2 is archived.\n')
  })

  it('asks before it archives several that a pattern means, and does it with --yes', async () => {
    for (const name of ['Stats', 'Stats-2', 'Algebra']) await carrel(['create', name, '--image', 'stats:9'])
    const asked = await carrel(['archive', 'stats*'])
    assert.equal(asked.code, 2)
    assert.match(asked.err, /2 courses would be archived: Stats, Stats-2\. Nothing was done: repeat it with --yes/)
    assert.match((await carrel(['archive'])).err, /3 courses would be archived: Algebra, Stats, Stats-2\./)
    const states = async () => (await json('list')).map(({ name, state }: Record<string, string>) => `${name} ${state}`)
    const before = await states()
    const dry = await carrel(['archive', 'stats*', 'alg', '--dry-run'])
    assert.equal(dry.out, 'Algebra would be archived.\nStats would be archived.\nStats-2 would be archived.\n')
    assert.deepEqual(await states(), before)
    assert.equal((await carrel(['archive', 'stats', 'algebra'])).out, 'Algebra is archived.\nStats is archived.\n')
    const done = await json('archive', '*', '--undo', '--yes')
    assert.deepEqual(
      done.map(({ name, state }: Record<string, string>) => [name, state]),
      [
        ['Algebra', 'active'],
        ['Stats', 'active'],
      ],
    )
  })

  it('shows those that a pattern means, and says why one has nothing to show', async () => {
    for (const name of ['Stats', 'Stats-2']) await carrel(['create', name, '--image', 'stats:9'])
    const names = (all: { name: string }[]) => all.map(({ name }) => name)
    assert.deepEqual(names(await json('show')), ['Stats', 'Stats-2'])
    assert.deepEqual(names(await json('show', 'ats-*', '*-2')), ['Stats-2'])
    assert.equal((await json('show', 'stats')).name, 'Stats')
    assert.match((await carrel(['show', 'sta'])).out, /^name: Stats\n[\s\S]*\n\nname: Stats-2\n/)
    assert.match((await carrel(['show', 'Python'])).err, /stands in the config file/)
    const none = await carrel(['show', 'none'])
    assert.deepEqual(
      [none.code, /no course that people have made, or with content, has that name/.test(none.err)],
      [1, true],
    )
  })

  it('prints the links of a course, also of one of the config', async () => {
    await carrel(['create', 'Stats', '--image', 'stats:9'])
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

  for (const [patterns, names, isExact] of [
    [['stats'], ['Stats'], true],
    [['STATS', '=b'], ['Stats', 'b'], true],
    [['stat'], ['Stats', 'stats-2'], false],
    [['stats', 'b*'], ['Stats', 'b'], false],
    [[], ['Stats', 'stats-2', 'b'], false],
    [['=none'], [], true],
  ] as const)
    it(`${patterns.join(' ') || 'none'} means ${names.join(', ') || 'none'}, ${isExact ? 'named as a whole' : 'not named'}`, () => {
      const all = ['Stats', 'stats-2', 'b'].map((name) => ({ name }))
      const meant = meantCourses(all, patterns)
      assert.deepEqual([meant.courses.map(({ name }) => name), meant.isExact], [names, isExact])
    })
})
