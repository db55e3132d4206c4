import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { extract, pack } from 'tar-stream'
import { withDockerfile } from '../../../courses/builds/context.ts'

describe('the files of a build', () => {
  const recipe = {
    ...{ dockerfile: 'Dockerfile', text: 'FROM x\n', generated: true, madeFrom: [], warnings: [] },
    leftOut: new Set<string>(),
  }
  type Entry = Parameters<ReturnType<typeof pack>['entry']>[0]

  function tarOf(...entries: [Entry, string?][]): Readable {
    const archive = pack()
    for (const [header, text = ''] of entries) archive.entry(header, text)
    archive.finalize()
    return Readable.from(archive)
  }

  async function entriesOf(archive: Readable) {
    const entries = extract()
    archive.on('error', (error) => entries.destroy(error))
    archive.pipe(entries as unknown as NodeJS.WritableStream)
    const found: unknown[][] = []
    for await (const entry of entries) {
      const { name, type, mode, linkname, uid, mtime } = entry.header
      const text = Buffer.concat((await Array.fromAsync(entry)) as Buffer[]).toString()
      found.push([name, type, mode.toString(8), type === 'symlink' ? linkname : text, uid, mtime.getTime()])
    }
    return found
  }

  const files = () =>
    tarOf(
      [{ name: 'week1/', type: 'directory', mode: 0o700 }],
      [{ name: 'week1/a.ipynb', mode: 0o664, uid: 5, mtime: new Date() }, 'text'],
      [{ name: 'postBuild', mode: 0o4755 }, '#!/bin/sh'],
      [{ name: 'Dockerfile', type: 'symlink', linkname: '../../etc/passwd' }],
    )

  it('lie in a folder beside the Dockerfile that was made for them, without owners and times', async () => {
    assert.deepEqual(await entriesOf(withDockerfile(files(), recipe)), [
      ['Dockerfile', 'file', '644', 'FROM x\n', 0, 0],
      ['files/week1', 'directory', '755', '', 0, 0],
      ['files/week1/a.ipynb', 'file', '644', 'text', 0, 0],
      ['files/postBuild', 'file', '755', '#!/bin/sh', 0, 0],
      ['files/Dockerfile', 'symlink', '644', '../../etc/passwd', 0, 0],
    ])
  })

  it('lie there without those that are left out', async () => {
    const leftOut = new Set(['week1', 'week1/a.ipynb', 'Dockerfile'])
    const found = await entriesOf(withDockerfile(files(), { ...recipe, generated: false, leftOut }))
    assert.deepEqual(
      found.map(([name]) => name),
      ['postBuild'],
    )
  })

  it('lie as they are with a Dockerfile of their own', async () => {
    const found = await entriesOf(withDockerfile(files(), { ...recipe, generated: false }))
    assert.deepEqual(
      found.map(([name]) => name),
      ['week1', 'week1/a.ipynb', 'postBuild', 'Dockerfile'],
    )
  })

  it('are as many and as large as they are', async () => {
    const large = 'x'.repeat(3_000_000)
    const many = Array.from({ length: 300 }, (_, at): [Entry, string] => [{ name: `data/${at}` }, `${at}`])
    const found = await entriesOf(withDockerfile(tarOf([{ name: 'large' }, large], ...many), recipe))
    assert.equal(found.length, 302)
    assert.deepEqual([String(found[1]?.[3]).length, found.at(-1)?.[3]], [3_000_000, '299'])
  })

  const refused: [what: string, header: Entry][] = [
    ['a path that leads out', { name: '../Dockerfile' }],
    ['a path that leads out on the way', { name: 'a/../../b' }],
    ['a path of the machine', { name: '/etc/passwd' }],
    ['a name with a line in it', { name: 'a\nRUN x' }],
    ['a hard link', { name: 'a', type: 'link', linkname: '/etc/passwd' }],
    ['a device', { name: 'a', type: 'character-device', devmajor: 1, devminor: 3 }],
    ['a pipe', { name: 'a', type: 'fifo' }],
  ]
  for (const [what, header] of refused) {
    it(`are refused with ${what}`, async () => {
      const archive = withDockerfile(tarOf([{ name: 'good' }, 'x'], [header]), recipe)
      await assert.rejects(entriesOf(archive), { name: 'RecipeError', message: /cannot be in an image/ })
    })
  }

  it('fail with the error of what they come from', async () => {
    const failure = new Error('the mirror is gone')
    const source = new PassThrough()
    const archive = withDockerfile(source, recipe)
    source.destroy(failure)
    await assert.rejects(entriesOf(archive), failure)
  })

  it('are no longer asked for when the builder leaves', async () => {
    const source = new PassThrough()
    const archive = withDockerfile(source, recipe)
    archive.destroy()
    if (!source.destroyed) await once(source, 'close')
    assert.ok(source.destroyed)
  })
})
