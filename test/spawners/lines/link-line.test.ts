import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { MountedLinks } from '../../../spawners/files.ts'
import { linkLine } from '../../../spawners/lines/link-line.ts'

describe('the line that makes links in front of a program', () => {
  let folder: string
  let base: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    base = join(folder, 'home')
    await mkdir(base)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const at = (path: string) => `/srv/carrel/content/${path}`
  const data: MountedLinks = { folders: ['.', 'week 1/more', '-n'], to: [{ name: 'data', path: at('data') }] }
  const run = async (links: MountedLinks[], program = ['true'], cwd = base) => {
    const [name = '', ...args] = linkLine(links, program, { base: cwd === base ? base : '.' })
    return promisify(execFile)(name, args, { cwd })
  }
  const linkAt = (path: string) => readlink(join(base, path))

  it('makes them in every folder, which is made where it is missing, and again at the next start', async () => {
    const more = { name: 'deep/er/x y', path: at("it's $HOME") }
    for (const _ of [1, 2]) {
      assert.deepEqual(await run([{ ...data, to: [...data.to, more] }]), { stdout: '', stderr: '' })
      for (const one of data.folders) {
        assert.equal(await linkAt(`${one}/data`), at('data'))
        assert.equal(await linkAt(`${one}/deep/er/x y`), at("it's $HOME"))
      }
      await rm(join(base, 'week 1/more/data'))
    }
    assert.deepEqual((await readdir(base)).sort(), ['-n', 'data', 'deep', 'week 1'])
  })

  it('leaves all of a learner as it is: files, folders, links, and what lies behind these', async () => {
    await mkdir(join(folder, 'elsewhere'))
    await symlink('../elsewhere', join(base, 'week 1'))
    await mkdir(join(base, '-n/data'), { recursive: true })
    await writeFile(join(base, 'data'), 'mine')
    await symlink('nowhere', join(base, '-n/media'))
    await run([{ ...data, to: [...data.to, { name: 'media', path: at('media') }] }])
    assert.equal(await readFile(join(base, 'data'), 'utf8'), 'mine')
    assert.ok((await lstat(join(base, '-n/data'))).isDirectory())
    assert.equal(await linkAt('-n/media'), 'nowhere')
    assert.deepEqual(await readdir(join(folder, 'elsewhere')), [])
    assert.equal(await linkAt('media'), at('media'))
  })

  it('replaces one that led elsewhere into a bundle', async () => {
    await run([data])
    await run([{ ...data, to: [{ name: 'data', path: at('new/data') }] }])
    assert.equal(await linkAt('week 1/more/data'), at('new/data'))
    assert.equal(await linkAt('data'), at('new/data'))
  })

  it('makes nothing in an absolute folder that is not there, and goes on', async () => {
    const there = join(folder, 'there')
    await mkdir(there)
    const to = [{ name: 'static/data', path: at('data') }]
    await run([{ folders: [join(folder, 'not/there'), there], to }, data])
    assert.equal(await readlink(join(there, 'static/data')), at('data'))
    assert.equal(await linkAt('data'), at('data'))
    assert.deepEqual((await readdir(folder)).sort(), ['home', 'there'])
  })

  it('becomes the program, also where nothing can be made, and is the program alone without links', async () => {
    const sealed = join(folder, 'sealed')
    await writeFile(sealed, 'a file in the place of the folder')
    const program = ['sh', '-c', 'echo "$PWD|$base|$*"', 'x', 'a b', '', '*']
    const [name = '', ...args] = linkLine([data], program, { base: sealed })
    const { stdout, stderr } = await promisify(execFile)(name, args, {
      cwd: base,
      env: { PATH: process.env.PATH, base: 'own' },
    })
    assert.equal(stdout, `${base}|own|a b  *\n`)
    assert.match(stderr, /sealed/)
    assert.deepEqual(linkLine([], program, { base }), program)
  })
})
