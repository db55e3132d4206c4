import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder, whyNoFolder } from '../../../net/machine/make-folder.ts'

describe('a folder that is needed', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-folder-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is made with those above it, for this account alone', async () => {
    await makeFolder(join(folder, 'a', 'b', 'c'))
    for (const path of ['a', 'a/b', 'a/b/c']) assert.equal((await stat(join(folder, path))).mode & 0o777, 0o700)
  })

  it('stays as it is when it is there, also behind a link', async () => {
    await chmod(folder, 0o750)
    await symlink(folder, `${folder}.link`)
    try {
      await makeFolder(folder)
      await makeFolder(`${folder}.link`)
      assert.equal((await stat(folder)).mode & 0o777, 0o750)
    } finally {
      await rm(`${folder}.link`)
    }
  })

  it('is made once by two that need it at the same time', async () => {
    const path = join(folder, 'a', 'b')
    await Promise.all([makeFolder(path), makeFolder(path), makeFolder(path)])
    assert.ok((await stat(path)).isDirectory())
  })

  it('is refused in plain words where a file is in its place, or in the place of one above it', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    for (const path of [file, join(file, 'below')]) {
      await assert.rejects(makeFolder(path), {
        message: `${path} cannot be used: a file is in the place of a folder. Move that file away`,
      })
    }
  })

  it('is refused, and not tried for ever, in a file system that takes no folders', async function () {
    if (process.platform !== 'linux') this.skip()
    for (const path of ['/proc/foo', '/proc/foo/bar/baz']) {
      await assert.rejects(makeFolder(path), {
        message: `${path} cannot be used: no folder can be made there. Name one on a disk of this machine`,
      })
    }
  })

  for (const code of ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ELOOP', 'ENAMETOOLONG']) {
    it(`has a reason and a remedy in plain words for ${code}`, () => {
      const text = whyNoFolder(Object.assign(new Error(`${code}: mkdir`), { code }))
      assert.match(text, /^\w+ \w+.*\. \w+/)
      assert.doesNotMatch(text, /mkdir|E[A-Z]{3}/)
    })
  }

  it('keeps the message of an error that is not known', () => {
    assert.equal(whyNoFolder(new Error('the moon is full')), 'the moon is full')
  })
})
