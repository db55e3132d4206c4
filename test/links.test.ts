import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const root = join(import.meta.dirname, '..')
const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)))

describe('links of documents', () => {
  it('lead to files and headings that are there', () => {
    const broken = documents.flatMap((file) =>
      linksIn(read(file)).flatMap((link) => {
        const problem = problemOf(file, link)
        return problem === undefined ? [] : [`${file}: ${link} ${problem}`]
      }),
    )
    assert.deepEqual(broken, [])
  })

  it('lead from the index to each page of the folder, and from README to the index', () => {
    const pages = documents.filter((file) => /^docs\/[^/]+\.md$/.test(file) && file !== 'docs/README.md')
    const linked = linksIn(read('docs/README.md')).map((link) => normalize(join('docs', link.replace(/#.*/, ''))))
    assert.deepEqual(
      pages.filter((page) => !linked.includes(page)),
      [],
    )
    assert.ok(linksIn(read('README.md')).includes('docs/README.md'))
  })

  it('lead from the index to each example', () => {
    const linked = linksIn(read('docs/README.md')).map((link) => normalize(join('docs', link)))
    const examples = documents.filter((file) => /^examples\/[^/]+\/README\.md$/.test(file)).map(dirname)
    assert.deepEqual(
      examples.filter((example) => !linked.includes(example)),
      [],
    )
  })

  describe('the check', () => {
    it('finds links in text and tables, and none in code', () => {
      const text = '[a](b.md), [c](d.md#e)\n| [f](#g) |\n```\n[h](i)\n```\n`[j](k)`\n[`l`](m)\n'
      assert.deepEqual(linksIn(text), ['b.md', 'd.md#e', '#g', 'm'])
    })

    it('names headings as hosts of git do', () => {
      const text =
        "# A course’s `carrel.yaml`, at once\n## nbhosting's files\n```\n# none\n```\n## [a](b) page\n## Twice\n## Twice\n"
      assert.deepEqual(anchorsIn(text), [
        'a-courses-carrelyaml-at-once',
        'nbhostings-files',
        'a-page',
        'twice',
        'twice-1',
      ])
    })

    it('finds a file and a heading that are not there', () => {
      assert.equal(problemOf('README.md', 'docs/no-such.md'), 'is not there')
      assert.equal(problemOf('README.md', 'docs/hosts.md#no-such'), 'has no such heading')
      assert.equal(problemOf('docs/hosts.md', '#plain-http'), undefined)
      assert.equal(problemOf('docs/hosts.md', '../examples/tmpnb'), undefined)
    })
  })
})

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

function linksIn(text: string): string[] {
  const plain = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '`')
  return [...plain.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
}

/** Returns what is wrong with a link of a document; undefined for a good one, and for one to another site. */
function problemOf(file: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? file : normalize(join(dirname(file), path))
  if (!existsSync(join(root, target))) return 'is not there'
  if (anchor === undefined) return undefined
  const page = statSync(join(root, target)).isDirectory() ? join(target, 'README.md') : target
  return anchorsIn(read(page)).includes(anchor) ? undefined : 'has no such heading'
}

/** Returns the names of a document's headings, as GitHub and GitLab make them. */
function anchorsIn(text: string): string[] {
  const counts = new Map<string, number>()
  return [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = words.replaceAll(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-')
    const count = counts.get(anchor) ?? 0
    counts.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  })
}
