import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkFolders } from '../../../spawners/process/check.ts'
import { type ProcessSpawnerOptions, processSpawner } from '../../../spawners/process/process.ts'
import type { CheckedCourse } from '../../../spawners/spawner.ts'

describe('the look of the process spawner', () => {
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-look-'))
    await mkdir(join(folder, 'week1'))
    await writeFile(join(folder, 'week1', 'intro.ipynb'), '{}')
    await writeFile(join(folder, 'program'), '', { mode: 0o700 })
  })
  after(() => rm(folder, { recursive: true }))

  async function look(options: ProcessSpawnerOptions, courses: CheckedCourse[], ask = false) {
    const { signal } = new AbortController()
    const found = (await processSpawner(options).check?.({ courses, ask, signal })) ?? []
    return found.map(({ course, verdict, message }) => `${course ?? 'spawner'} ${verdict} ${message}`)
  }
  const course = (image: string, start?: string): CheckedCourse => ({ name: 'demo', image, start })

  for (const ask of [false, true]) {
    it(`finds folders and files that are there, ${ask ? 'asking' : 'without asking'}`, async () => {
      assert.deepEqual(await look({}, [course(folder), course(folder, 'week1/intro.ipynb'), course('')], ask), [
        `demo ok its files are in ${folder}`,
        `demo ok its files are in ${folder}, with week1/intro.ipynb`,
        'demo ok its workspaces begin empty',
      ])
    })
  }

  it('finds a problem with a folder that is not there, and with a file in its place', async () => {
    for (const image of [join(folder, 'none'), join(folder, 'program')]) {
      assert.deepEqual(await look({}, [course(image, 'a.ipynb')]), [
        `demo problem its image should be a folder with files to start from, and ${image} is none. Correct the path, or make the folder.`,
      ])
    }
  })

  it('finds a problem with a start that is not there, is a folder, or can be in no folder', async () => {
    for (const start of ['week2.ipynb', 'week1']) {
      assert.deepEqual(await look({}, [course(folder, start)]), [
        `demo problem start is ${start}, and there is no such file in ${folder}. Correct start, or put the file there.`,
      ])
    }
    assert.match(
      (await look({}, [course('', 'a.ipynb')])).join(),
      /^demo problem start is a\.ipynb, and its image names no/,
    )
  })

  it('finds a problem with a folder of which nothing comes into homes', async () => {
    const withHome = (image: string, home: CheckedCourse['home']) => look({}, [{ name: 'demo', image, home }])
    assert.deepEqual(await withHome(folder, {}), [
      `demo problem no file of ${folder} comes into its homes. Say home.from: 'image', or take the image out.`,
    ])
    assert.deepEqual(await withHome(folder, { from: 'image' }), [`demo ok its files are in ${folder}`])
    assert.deepEqual(await withHome('', {}), ['demo ok its homes begin empty'])
  })

  it('finds a problem with a program that is not there, whatever an earlier start has installed', async () => {
    for (const option of ['python', 'jupyter'] as const) {
      const [line = '', ...others] = await look({ [option]: '/usr/bin/no-such-program' }, [])
      assert.match(
        line,
        new RegExp(`^spawner problem .*processSpawner\\(\\{ ${option}: '/usr/bin/no-such-program' \\}\\)`),
      )
      assert.deepEqual(others, [])
    }
    assert.match((await look({ python: 'no-such-python' }, [])).join(), /^spawner problem /)
    assert.match((await look({ jupyter: join(folder, 'program') }, [])).join(), /^spawner ok /)
    assert.deepEqual(await look({}, []), [])
  })

  it('finds a problem with a course whose program is not there, and says where it was searched', async () => {
    const own = join(folder, 'programs')
    await mkdir(own)
    await writeFile(join(own, 'streamlit'), '', { mode: 0o700 })
    const withCommand = (command: string[], env: Record<string, string> = {}) =>
      look({ jupyter: join(folder, 'program') }, [{ name: 'demo', image: '', command, env }])
    const [, missing] = await withCommand(['no-such-streamlit', 'run'])
    assert.match(missing ?? '', /^demo problem its program is not there: no no-such-streamlit in .*\. Install it, or/)
    assert.ok(missing?.includes(`in ${folder}:`))
    for (const found of [
      await withCommand(['streamlit'], { PATH: own }),
      await withCommand([join(own, 'streamlit')]),
      await withCommand(['program']),
      await withCommand(['{folder}/run']),
    ]) {
      assert.equal(found[1], 'demo ok its workspaces begin empty')
    }
    assert.match((await withCommand([join(own, 'voila')])).join(), /demo problem .*voila is not an executable file/)
  })

  it('says nothing of Jupyter before it is installed', async () => {
    const course = { name: 'demo', image: '', command: ['jupyter-lab'], env: {} }
    const { verdict } =
      (await checkFolders({ jupyter: undefined, python: undefined, programs: join(folder, 'none') }, [course]))[0] ?? {}
    assert.equal(verdict, 'ok')
    const later = await checkFolders({ jupyter: undefined, python: undefined, programs: folder }, [course])
    assert.equal(later[0]?.verdict, 'problem')
  })
})
