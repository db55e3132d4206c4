import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readLogo, siteSchema } from '../../../config/sections/site.ts'

describe('the site of a config', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-logo-'))
    await writeFile(join(folder, 'good.svg'), '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>')
    const licence = `<!-- <b>${'Free to use. '.repeat(300)} -->`
    await writeFile(join(folder, 'long.svg'), `${licence}<!DOCTYPE svg [<!ENTITY a "b">]><svg/>`)
    await writeFile(
      join(folder, 'wide.svg'),
      Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><svg/>', 'utf16le'),
    )
    await writeFile(join(folder, 'inner.svg'), '<html><svg></svg></html>')
    await writeFile(join(folder, 'page.svg'), '<html><body>no picture</body></html>')
    await writeFile(join(folder, 'good.png'), Buffer.from('89504e470d0a1a0a', 'hex'))
    await writeFile(join(folder, 'wrong.png'), 'GIF89a')
    await writeFile(join(folder, 'large.png'), Buffer.alloc(200_001))
    await mkdir(join(folder, 'folder.svg'))
  })
  after(() => rm(folder, { recursive: true }))

  it('has a name, and takes a picture and a help page only as they can be shown', () => {
    for (const support of ['help@example.org', 'https://example.org/help?of=notebooks'])
      assert.equal(siteSchema.parse({ support })?.support, support)
    assert.deepEqual(siteSchema.parse(undefined), { name: 'Carrel', language: 'en' })
    for (const refused of [
      { name: '' },
      { name: 'two\nlines' },
      { logo: 'logo.svg' },
      { logo: './logo.gif' },
      { help: 'javascript:alert(1)' },
      { support: 'javascript:alert(1)' },
      { support: 'help@example.org?bcc=all@example.org' },
      { support: 'Ann, help@example.org' },
      { support: '' },
      { colour: 'red' },
    ])
      assert.equal(siteSchema.safeParse(refused).success, false, JSON.stringify(refused))
  })

  it('says what is wrong with its picture', async () => {
    const read = (logo: string) => readLogo({ site: { logo } }, folder)
    for (const [name, type] of [
      ['./good.svg', 'svg'],
      ['./long.svg', 'svg'],
      ['./wide.svg', 'svg'],
      ['./good.png', 'png'],
    ] as const)
      assert.equal((await read(name)).logo?.type, type)
    for (const [name, why] of [
      ['./none.svg', /no such file/],
      ['./page.svg', /no picture of the kind/],
      ['./inner.svg', /no picture of the kind/],
      ['./wrong.png', /no picture of the kind/],
      ['./large.png', /larger than 200 kB/],
      ['./folder.svg', /is no file/],
    ] as const) {
      const { logo, problems } = await read(name)
      assert.equal(logo, undefined)
      assert.deepEqual(
        problems.map(({ path }) => path),
        [['site', 'logo']],
      )
      assert.match(problems[0]?.message ?? '', why)
    }
  })
})
