// Tests of how a bundle's archive becomes a ConfigMap.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { BundleSource } from '../../../../spawners/files.ts'
import { readArchive } from '../../../../spawners/kubernetes/files/archive.ts'
import { buildConfigMap, bundleFiles, digestOf, fits } from '../../../../spawners/kubernetes/files/bundle-map.ts'

const installation = { name: 'campus', id: 'f00d' }
const digest = 'ab'.repeat(32)

describe('the archive of a bundle', () => {
  const long = `${'long/'.repeat(40)}${'name'.repeat(30)}.txt`
  const contents = {
    'a.json': '{}',
    'deep/er/file': 'x'.repeat(3000),
    'week 1/Zoë.txt': 'odd',
    [long]: 'far',
    empty: '',
  }

  for (const format of ['ustar', 'gnu', 'pax']) {
    it(`is read in the format ${format}`, async () => {
      const { [long]: _, ...short } = contents
      const files = format === 'ustar' ? short : contents
      const read = await readArchive(archiveOf(files, format), 1e6)
      assert.deepEqual(Object.fromEntries(read.map(({ path, bytes }) => [path, bytes.toString()])), files)
      assert.ok(read.every(({ mode }) => mode === 0o644))
    })
  }

  it('is refused when it leads outside, holds links, is longer than said, or ends early', async () => {
    const good = archiveOf({ 'a.txt': 'text' }, 'ustar')
    const bytes = Buffer.concat(await good.toArray())
    const named = (name: string) => {
      const changed = Buffer.from(bytes)
      changed.fill(0, 0, 100).write(name)
      // The sum of the header's bytes, for which its own field counts as spaces.
      changed.fill(' ', 148, 156)
      const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0)
      changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
      return readArchive(Readable.from([changed]), 1e6)
    }
    for (const name of ['/etc/passwd', '../up', 'a/../../up', '', './']) await assert.rejects(named(name), /outside/)
    await assert.rejects(
      readArchive(archiveOf({ 'a.txt': '' }, 'ustar', { link: '/etc' }), 1e6),
      /neither file nor folder/,
    )
    await assert.rejects(readArchive(Readable.from([bytes]), 1000), /longer than 1000 bytes/)
    await assert.rejects(readArchive(Readable.from([bytes.subarray(0, 700)]), 1e6), /ends early/)
    await assert.rejects(readArchive(Readable.from([bytes.subarray(0, 1024)]), 1e6), /ends early/)
  })
})

describe('the ConfigMap of a bundle', () => {
  const archived = [
    { path: 'a.json', mode: 0o644, bytes: Buffer.from('{}') },
    { path: 'week 1/Zoë', mode: 0o755, bytes: Buffer.from([0, 255]) },
  ]
  const map = buildConfigMap(digest, archived, installation)

  it('never changes, and has keys in place of paths', () => {
    assert.equal(map.immutable, true)
    assert.deepEqual(map.binaryData, { 'file-0': 'e30=', 'file-1': 'AP8=' })
    assert.deepEqual(bundleFiles(map.metadata ?? {}), [
      { key: 'file-0', path: 'a.json', mode: 0o644 },
      { key: 'file-1', path: 'week 1/Zoë', mode: 0o755 },
    ])
  })

  it('has a name of installation and digest, and is read by its own installation only', () => {
    assert.match(map.metadata?.name ?? '', new RegExp(`^carrel-bundle-[0-9a-f]{12}-${digest}$`))
    const other = buildConfigMap(digest, archived, { ...installation, id: 'beef' })
    assert.notEqual(other.metadata?.name, map.metadata?.name)
    assert.equal(digestOf(map.metadata ?? {}, installation), digest)
    assert.equal(digestOf(other.metadata ?? {}, installation), undefined)
    const lying = { ...map.metadata, annotations: { 'carrel/digest': 'cd'.repeat(32) } }
    assert.equal(digestOf(lying, installation), undefined)
  })

  const sizes: [what: string, part: Partial<BundleSource>, expected: boolean][] = [
    ['few small files', {}, true],
    ['500 KiB', { bytes: 500 * 1024 }, true],
    ['more than 500 KiB', { bytes: 500 * 1024 + 1 }, false],
    ['200 files', { files: 200 }, true],
    ['201 files', { files: 201 }, false],
    ['links', { hasLinks: true }, false],
  ]
  for (const [what, part, expected] of sizes) {
    it(`${expected ? 'holds' : 'does not hold'} ${what}`, () => {
      const source = { bytes: 10, files: 1, hasLinks: false, tar: () => Readable.from([]), ...part }
      assert.equal(fits(source), expected)
    })
  }
})

function archiveOf(files: Record<string, string>, format: string, links: Record<string, string> = {}): Readable {
  const folder = mkdtempSync(join(tmpdir(), 'carrel-test-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text, { mode: 0o644 })
    }
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name))
    const bytes = execFileSync('tar', [`--format=${format}`, '-C', folder, '-cf', '-', '--', ...readdirSync(folder)])
    return Readable.from([bytes])
  } finally {
    rmSync(folder, { recursive: true })
  }
}
