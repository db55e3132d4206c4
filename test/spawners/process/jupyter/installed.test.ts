import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installedId } from '../../../../spawners/process/jupyter/installed.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'

describe('the id of what is installed beside Jupyter', () => {
  const cleanup = cleanupAfterEach()
  let prefix: string
  const add = (path: string) => mkdir(join(prefix, path), { recursive: true })
  const id = () => installedId(join(prefix, 'bin'))
  beforeEach(async () => {
    prefix = await mkdtemp(join(tmpdir(), 'carrel-installed-'))
    cleanup.defer(() => rm(prefix, { recursive: true }))
  })

  it('is unknown where no JupyterLab is', async () => {
    assert.equal(await id(), undefined)
    await add('share/jupyter/labextensions')
    assert.equal(await id(), undefined)
    assert.equal(await installedId('/nonexistent/bin'), undefined)
  })

  it('stays the same until a package or an extension comes, goes, or is replaced', async () => {
    const [lab, packages] = ['share/jupyter/lab/static', 'lib/python3.12/site-packages']
    const extension = 'share/jupyter/labextensions/@school/plots/static'
    for (const folder of [lab, packages]) await add(folder)
    const ids = [await id()]
    assert.equal(await id(), ids[0])
    await add(extension)
    ids.push(await id())
    for (const [index, folder] of [lab, packages, extension].entries()) {
      await utimes(join(prefix, folder), index, index)
      ids.push(await id())
    }
    await rm(join(prefix, extension), { recursive: true })
    ids.push(await id())
    assert.equal(new Set(ids).size, ids.length)
    assert.match(ids[0] ?? '', /^sha256:[0-9a-f]{64}$/)
  })
})
