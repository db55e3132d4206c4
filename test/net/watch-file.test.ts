import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { link, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onFileChange } from '../../net/watch-file.ts'
import { cleanupAfterEach } from '../helpers/cleanup.ts'
import { temporaryFolder } from '../proxy/world.ts'

describe('a watched file', () => {
  const cleanup = cleanupAfterEach()
  let folder: string
  let file: string

  beforeEach(async () => {
    folder = await temporaryFolder(cleanup)
    file = join(folder, 'file')
    await writeFile(file, 'old')
  })

  /** Resolves at a notice of a change after which the file holds `text`. */
  function untilNoticed(text: string): Promise<void> {
    return new Promise((resolve) => {
      const stop = onFileChange(file, () => {
        if (said() === text) resolve()
      })
      cleanup.defer(stop)
    })
  }

  function said(): string | undefined {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return undefined
    }
  }

  /** Resolves after the first look of a new watcher. */
  const untilLookedAt = () => new Promise<void>((resolve) => cleanup.defer(onFileChange(file, resolve)))

  const changes: [string, () => Promise<void>][] = [
    ['it is written in place', () => writeFile(file, 'new')],
    [
      'it is replaced as a whole',
      async () => {
        await writeFile(`${file}.new`, 'new')
        await rename(`${file}.new`, file)
      },
    ],
    [
      'it is removed and made again',
      async () => {
        await rm(file)
        await writeFile(file, 'new')
      },
    ],
    [
      'it is written under another of its names',
      async () => {
        await link(file, `${file}.other`)
        await writeFile(`${file}.other`, 'new')
      },
    ],
  ]
  for (const [what, change] of changes) {
    it(`gives notice when ${what}`, async () => {
      const noticed = untilNoticed('new')
      await untilLookedAt()
      await change()
      await noticed
    })
  }

  it('gives notice when it changes before the first look', async () => {
    const noticed = untilNoticed('new')
    await writeFile(file, 'new')
    await noticed
  })

  it('gives notice when a link on its path leads elsewhere, as Kubernetes changes ..data', async () => {
    for (const name of ['old', 'new']) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'content'), name)
    }
    await symlink('old', join(folder, '..data'))
    await rm(file)
    await symlink('..data/content', file)
    const noticed = untilNoticed('new')
    await untilLookedAt()
    await symlink('new', join(folder, '..tmp'))
    await rename(join(folder, '..tmp'), join(folder, '..data'))
    await noticed
  })

  it('gives notice when it is created', async () => {
    await rm(file)
    const noticed = untilNoticed('new')
    await untilLookedAt()
    await writeFile(file, 'new')
    await noticed
  })

  it('gives notice to the other watchers when one has stopped, and none to that one', async () => {
    let calls = 0
    const stop = onFileChange(file, () => {
      calls += 1
    })
    await untilLookedAt()
    stop()
    const before = calls
    const noticed = untilNoticed('new')
    await untilLookedAt()
    await writeFile(file, 'new')
    await noticed
    assert.equal(calls, before)
  })
})
