/** Attacks by the files in which a repository says something about its course. */
import assert from 'node:assert/strict'
import { placeOfNotebook } from '../../../courses/content/nbhosting/notebook-at.ts'
import { resolveTracks } from '../../../courses/content/nbhosting/tracks.ts'
import { readRepository, repositoryFiles } from '../../../courses/content/repository/read-repository.ts'
import { type Attack, attacks } from '../table.ts'

const [layer = '', , own = ''] = repositoryFiles

/** Reads the text as nbhosting's file and as our own, and returns both ways of what counts. */
const bothWays = (text: string) => [layer, own].map((path) => readRepository([{ path, text }], undefined))

/** Returns whether the work takes less than this much of the processor. */
function isCheap(milliseconds: number, work: () => void): boolean {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000 < milliseconds
}

/** What a text may cost at the most, also on a slow machine under the load of other tests. */
const moment = 3000

const bomb = [
  'a: &a [x,x,x,x,x,x,x,x,x,x]',
  ...[...'bcdefghi'].map((letter, index) => {
    const before = `*${'abcdefghi'[index]}`
    return `${letter}: &${letter} [${Array(10).fill(before).join(',')}]`
  }),
].join('\n')

describe('attack: what a repository says about its course', () => {
  const table: Attack[] = [
    {
      name: 'names itself again and again by aliases, a billion values in a few lines: the file is refused, at once',
      rule: 'course files',
      attempt: async () => {
        const circle = 'tracks: &t\n- sections: *t\n'
        const texts = [
          bomb,
          circle,
          '&a [*a, *a]',
          `x: &x ${'[1,'.repeat(15)}${']'.repeat(15)}\ny: [${'*x,'.repeat(3000)}]`,
        ]
        const results = texts.map((text) => {
          let told: number[] = []
          const cheap = isCheap(moment, () => {
            told = bothWays(text).map(({ problems }) => problems.length)
          })
          return [cheap, told.every((count) => count === 1)]
        })
        return results
      },
      expected: Array(4).fill([true, true]),
    },
    {
      name: 'is made to be slow: long, deep, or with a mistake in each letter. Each costs a moment, and is told',
      rule: 'course files',
      attempt: async () => {
        const most = 64 * 1024
        const parts = [
          '[',
          '{a: ',
          '- ',
          '? ',
          '[a\n',
          '*a\n',
          '!x 1\n',
          'a: b: c\n',
          '"',
          ',',
          'a: ',
          '&a ',
          '<<: *a\n',
          '"\\u',
          '\t',
          '--- a\n',
        ]
        const texts = parts.flatMap((part) => {
          const long = part.repeat(Math.floor((most - 8) / part.length))
          return [long, `[${long}`, `x: ${long}`]
        })
        const slow = texts.filter((text) => !isCheap(moment, () => bothWays(text)))
        const much = bothWays('#'.repeat(most + 1)).map(({ problems }) => problems[0]?.message)
        return [slow, much]
      },
      expected: [[], Array(2).fill('has more than 64 KiB and is not read: make it shorter')],
    },
    {
      name: 'has patterns that would be slow expressions: they cost a moment, and the rest is left out',
      rule: 'course files',
      attempt: async () => {
        const name = 'a'.repeat(200)
        const notebooks = Array.from({ length: 2000 }, (_, index) => ({ path: `${name}/${name}/${index}${name}.md` }))
        const patterns = [
          `${'*a'.repeat(100)}b`,
          `${'**/'.repeat(50)}*b`,
          `**/${'*a'.repeat(120)}*b`,
          '{a,b}+(c)',
          `${'[!b]*'.repeat(80)}`,
        ]
        const text = JSON.stringify({
          tracks: [{ id: 'a', sections: [{ name: 's', notebooks: Array(40).fill(patterns).flat() }] }],
        })
        const [settings] = bothWays(text)
        assert.ok(settings !== undefined && settings.tracks[0]?.sections[0]?.notebooks.length === 200)
        let told = ''
        const cheap = isCheap(10_000, () => {
          told = resolveTracks(settings, notebooks).problems.at(-1)?.message ?? ''
        })
        return [cheap, told.slice(0, 26)]
      },
      expected: [true, 'the tracks name too much fr'.slice(0, 26)],
    },
    {
      name: 'has patterns of long sets of letters, each of which costs as much as its letters',
      rule: 'course files',
      attempt: async () => {
        const notebooks = Array.from({ length: 2000 }, (_, index) => ({ path: `${'k'.repeat(240)}${index}.md` }))
        const set = String.fromCodePoint(...Array.from({ length: 480 }, (_, index) => 0x4e00 + index))
        const patterns = Array.from({ length: 30 }, (_, index) => `*[${set}]*${index}`)
        const [settings] = bothWays(
          JSON.stringify({ tracks: [{ id: 'a', sections: [{ name: 's', notebooks: patterns }] }] }),
        )
        assert.equal(settings?.tracks[0]?.sections[0]?.notebooks.length, 30)
        return isCheap(10_000, () => resolveTracks(settings ?? { tracks: [] }, notebooks))
      },
      expected: true,
    },
    {
      name: 'names its notebooks many million times, so that the tracks fill the memory',
      rule: 'course files',
      attempt: async () => {
        const notebooks = Array.from({ length: 5000 }, (_, index) => ({ path: `n${index}.md` }))
        const text = JSON.stringify({
          tracks: [{ id: 'a', sections: [{ name: 's', notebooks: Array(900).fill('*') }] }],
        })
        const [settings] = bothWays(text)
        const { tracks } = resolveTracks(settings ?? { tracks: [] }, notebooks)
        return (tracks[0]?.sections[0]?.notebooks.length ?? 0) <= 20_000
      },
      expected: true,
    },
    {
      name: 'names files outside of it by patterns, mappings and links, in every spelling',
      rule: 'course files',
      attempt: async () => {
        const out = [
          '../x',
          '/etc/passwd',
          'a/../../x',
          '..',
          '.',
          '',
          'a\\..\\x',
          'a\u0000',
          'a//../../b',
          './../x',
          'data/..',
        ]
        const mappings = [
          ...out.map((to) => ({ link: 'data', to })),
          ...[...out, '.ssh', '.bashrc', 'a/b', '~/x', '.jupyter'].map((link) => ({ link, to: 'data' })),
        ]
        const nbhosting = {
          'static-mappings': mappings.map(({ link, to }) => ({ source: link, destination: to })),
          tracks: [{ id: 'a', sections: [{ name: 's', notebooks: out }] }],
        }
        const files = [
          { path: layer, text: JSON.stringify(nbhosting) },
          { path: own, text: JSON.stringify({ staticMappings: mappings, tracks: nbhosting.tracks }) },
        ]
        return files.map((file) => {
          const { staticMappings, tracks } = readRepository([file], undefined)
          const patterns = tracks.flatMap(({ sections }) => sections.flatMap(({ notebooks }) => notebooks))
          return [staticMappings.filter(({ file: of }) => of !== undefined), patterns]
        })
      },
      expected: Array(2).fill([[], ['a\\..\\x']]),
    },
    {
      name: 'has notebooks open at another site, at the hub, at programs that change something, or outside of the server',
      rule: 'course files',
      attempt: async () => {
        const formats = [
          'https://evil.example.org/{notebook}',
          '//evil.example.org/{notebook}',
          '../../hub/logout?{notebook}',
          'lab/%2e%2e/%2e%2e/{notebook}',
          '\\evil/{notebook}',
          'logout?{notebook}',
          'api/contents/{notebook}',
          '_carrel/x/{notebook}',
          'git-pull?repo={notebook}',
          '{notebook}',
          'javascript:{notebook}',
        ]
        const read = formats.map((format) => {
          const text = JSON.stringify({ general: { 'notebook-url-format': format } })
          return readRepository([{ path: layer, text }], undefined).notebookAt
        })
        const places = formats.map((format) => placeOfNotebook(format, 'a.ipynb'))
        const fileAt = formats.map((format) => {
          const text = JSON.stringify({ fileAt: `/${format.replace('{notebook}', '{file}')}` })
          return readRepository([{ path: own, text }], undefined).course.fileAt
        })
        return [
          [...new Set(read)],
          [...new Set(places)],
          fileAt.filter((place) => place?.includes('..') || place?.startsWith('//')),
        ]
      },
      expected: [['notebooks/{notebook}'], [undefined], []],
    },
    {
      name: 'decides what it may not: images, limits, who is staff, what other sites may do',
      rule: 'course files',
      attempt: async () => {
        const text = JSON.stringify({
          ...{ image: 'registry.example.org/miner:1', limits: { memory: '64G' }, gpu: true, staff: ['mallory'] },
          ...{
            open: 'everyone',
            cors: ['https://evil.example.org'],
            embed: { ancestors: ['https://evil.example.org'] },
          },
          ...{
            env: { PATH: '/evil' },
            options: { privileged: true },
            home: { per: 'user' },
            tags: { x: { image: 'y' } },
          },
          ...{
            apps: { x: { image: 'y' } },
            content: { git: 'https://evil.example.org/x' },
            id: 'other',
            title: 'Mine',
          },
          ...{ __proto__: { open: [] }, constructor: { prototype: {} }, toString: 'x', hasOwnProperty: 'x' },
        })
        const { course } = readRepository([{ path: own, text }], undefined)
        const proto = readRepository([{ path: own, text: '__proto__: { image: x }\ntitle: Mine\n' }], undefined)
        return [course, proto.course, Object.hasOwn(Object.prototype, 'image')]
      },
      expected: [{ title: 'Mine' }, { title: 'Mine' }, false],
    },
    {
      name: 'has tags that make objects of programs, and settings that come from elsewhere in the file',
      rule: 'course files',
      attempt: async () => {
        const texts = [
          'title: !!js/function "function () { return 1 }"',
          'title: !!python/object/apply:os.system ["id"]',
          '%TAG ! tag:evil.example.org,2027:\n---\ntitle: !run x',
          'title: !!binary aGVsbG8=',
          'base: &b { title: evil }\n<<: *b',
        ]
        return texts.map((text) => readRepository([{ path: own, text }], undefined).course)
      },
      expected: Array(5).fill({}),
    },
    {
      name: 'has names that a database cannot keep, or that forge lines',
      rule: 'course files',
      attempt: async () => {
        const odd = ['a\\u0000b', 'a\\ud800b', 'a\\u001b[31mb', 'a\\u0085b']
        const results = odd.map((name) => {
          const text = `tracks:\n- { id: "${name}", name: "${name}", sections: [{ name: "${name}", notebooks: ["${name}"] }] }\n`
          const { tracks, problems } = readRepository([{ path: layer, text }], undefined)
          return [tracks, problems.some(({ message }) => /\p{Cc}/u.test(message))]
        })
        return results
      },
      expected: Array(4).fill([[], false]),
    },
  ]
  attacks(table)
})
