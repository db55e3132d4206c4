/** Attacks by what a repository holds: names, links, attributes, modules, and sizes. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflateSync } from 'node:zlib'
import type { GitRules } from '../../../git/git.ts'
import { entriesOf, failed, type GitWorld, leftIn, noise, openGitWorld, signal } from '../../git/world.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import type { Change } from '../../helpers/git/repositories.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: what a repository holds', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const open = (rules?: Partial<GitRules>) => openGitWorld(cleanup, { ...(rules && { rules }) })

  /** Returns the bytes of a tree with these entries, in the order given. */
  const treeOf = (entries: [mode: string, name: string | Buffer, hash: string][]) =>
    Buffer.concat(
      entries.flatMap(([mode, name, hash]) => [
        Buffer.from(`${mode} `),
        Buffer.from(name),
        Buffer.from([0]),
        Buffer.from(hash, 'hex'),
      ]),
    )
  /** Fetches a commit with one entry of this name, and returns how that ends and what is listed. */
  const fetchEntry = async (world: GitWorld, name: string | Buffer, mode = '100644', content = 'x') => {
    const blob = await world.course.object('blob', content)
    const tree = await world.course.object('tree', treeOf([[mode, name, blob]]))
    const commit = await world.course.commitTree(tree)
    try {
      await world.git.fetch(world.source, { signal })
      return (await world.git.list(world.source, commit)).map(({ path }) => path)
    } catch (error) {
      return (error as Error).message.slice(0, 40)
    }
  }
  const fetchFiles = async (world: GitWorld, files: Record<string, Change>) => {
    const commit = await world.course.commit(files, { anew: true })
    await world.git.fetch(world.source, { signal })
    return commit
  }
  const is = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    )

  const table: Attack[] = [
    {
      name: 'has paths that lead out, or into the settings of git, in every spelling: none is listed',
      rule: 'git contents',
      attempt: async () => {
        const world = await open()
        const names = [
          '.',
          '..',
          '.git',
          '.GIT',
          '.Git',
          'git~1',
          '.git ',
          '.git.',
          '.g\u200cit',
          '../x',
          '/etc/x',
          'a/../../x',
          '',
        ]
        const odd = [...names, '.git::$INDEX_ALLOCATION', '.git\\x', Buffer.from([0x66, 0xe9]), 'a\u0007b', 'a\nb']
        const results = []
        for (const name of odd) results.push(await fetchEntry(world, name))
        const listed = results.filter((one) => Array.isArray(one) && one.length > 0)
        return [listed, await leftIn(world.folder)]
      },
      expected: [[], []],
    },
    {
      name: 'has links that lead out, by themselves or through one another: an archive holds none, unpacked or listed',
      rule: 'git contents',
      attempt: async () => {
        const world = await open()
        const commit = await fetchFiles(world, {
          ...{
            abs: { link: '/etc/passwd' },
            up: { link: '..' },
            'a/b/up': { link: '../../..' },
            'a/b/root': { link: '../..' },
          },
          ...{
            through: { link: 'a/b/root/..' },
            dots: { link: './/./..' },
            fine: { link: 'a/b' },
            'a/b/c': '1',
            self: { link: 'self' },
          },
        })
        const listed = (await world.git.list(world.source, commit)).map(({ path }) => path)
        return [listed, await entriesOf(world.git.archive(world.source, commit))]
      },
      expected: [
        ['a/b/c', 'a/b/root', 'fine', 'self'],
        { a: 'folder', 'a/b': 'folder', 'a/b/c': '1', 'a/b/root': '-> ../..', fine: '-> a/b', self: '-> self' },
      ],
    },
    {
      name: 'has a link and a file below its name, so that unpacking writes through the link: the commit is refused',
      rule: 'git contents',
      attempt: async () => {
        const world = await open()
        const link = await world.course.object('blob', '/etc')
        const file = await world.course.object('blob', 'x')
        const below = await world.course.object('tree', treeOf([['100644', 'x', file]]))
        const results = []
        for (const entries of [
          [
            ['120000', 'a', link],
            ['40000', 'a', below],
          ],
          [
            ['40000', 'a', below],
            ['120000', 'a', link],
          ],
          [
            ['100644', 'a', file],
            ['100644', 'a', file],
          ],
        ] as [string, string, string][][]) {
          await world.course.commitTree(await world.course.object('tree', treeOf(entries)))
          results.push((await failed(world.git.fetch(world.source, { signal }))).message.slice(0, 68))
        }
        return results
      },
      expected: Array(3).fill('The repository holds an object that git finds unsafe or damaged. Loo'),
    },
    {
      name: 'has hooks, filters, settings and attributes that name programs: none runs, and contents stay as they are',
      rule: 'git contents',
      attempt: async () => {
        const world = await open()
        const mark = join(world.repositories.folder, 'ran')
        const script = { program: `#!/bin/sh\ntouch ${mark}\n` }
        const settings = `[core]\n\tfsmonitor = touch ${mark}\n\tsshCommand = touch ${mark}\n\thooksPath = hooks\n[filter "x"]\n\tsmudge = touch ${mark}\n\tclean = touch ${mark}\n\tprocess = touch ${mark}\n\trequired = true\n[diff "x"]\n\ttextconv = touch ${mark}\n`
        const files = {
          ...{
            '.gitattributes': '* filter=x diff=x export-subst ident\n',
            config: settings,
            '.gitconfig': settings,
            'hooks/post-checkout': script,
          },
          ...{
            'hooks/post-update': script,
            'hooks/reference-transaction': script,
            HEAD: 'ref: refs/heads/x\n',
            'objects/info/alternates': '/etc\n',
          },
          a: '$Id$ $Format:%H$',
        }
        const commit = await fetchFiles(world, files)
        const entries = await entriesOf(world.git.archive(world.source, commit))
        await world.course.commit({ a: '2' })
        await world.git.fetch(world.source, { signal })
        return [await is(mark), entries.a, entries['.gitattributes']]
      },
      expected: [false, '$Id$ $Format:%H$', '* filter=x diff=x export-subst ident\n'],
    },
    {
      name: 'has submodules whose addresses are options or programs: the commit is refused, and nothing runs',
      rule: 'git contents',
      attempt: async () => {
        const results = []
        for (const url of ['--upload-pack=touch /tmp/x', '-u./x', 'ext::sh -c x', 'https://ok.example.org/x']) {
          const world = await open()
          const first = await world.course.commit({
            '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ${url}\n\tupdate = !touch x\n`,
          })
          await world.course.commit({ x: { module: first } })
          results.push((await failed(world.git.fetch(world.source, { signal }))).message.slice(0, 40))
        }
        return [...new Set(results)]
      },
      expected: ['The repository holds an object that git '],
    },
    {
      name: 'sends more than the hub allows: git is ended within the limit, and nothing stays',
      rule: 'git limits',
      attempt: async () => {
        const world = await open({ maxBytes: 2_000_000 })
        await world.course.commit({ a: noise(5_000_000) })
        const { message } = await failed(world.git.fetch(world.source, { signal }))
        return [message.slice(0, 52), await readdir(world.folder)]
      },
      expected: ['The commit takes more than 2 MB. Remove its largest ', []],
    },
    {
      name: 'has a file that is far larger than what is sent: the commit is refused before the file is read',
      rule: 'git limits',
      attempt: async () => {
        const world = await open({ maxBytes: 2_000_000 })
        await world.course.commit({ a: Buffer.alloc(300_000_000) })
        const { message } = await failed(world.git.fetch(world.source, { signal }))
        return [message, world.host.sent() < 1_000_000, await leftIn(world.folder)]
      },
      expected: [
        'The commit takes more than 2 MB. Remove its largest files, or have the operator allow more.',
        true,
        [],
      ],
    },
    {
      name: 'has folders of the same folders, ten billion files in a few bytes: the commit is refused at the limit',
      rule: 'git limits',
      attempt: async () => {
        const world = await open()
        const blob = await world.course.object('blob', 'x')
        let entries: [string, string, string][] = Array.from({ length: 10 }, (_, index) => [
          '100644',
          `f${index}`,
          blob,
        ])
        for (let depth = 0; depth < 10; depth += 1) {
          const tree = await world.course.object('tree', treeOf(entries))
          entries = Array.from({ length: 10 }, (_, index) => ['40000', `d${index}`, tree])
        }
        await world.course.commitTree(await world.course.object('tree', treeOf(entries)))
        const { message } = await failed(world.git.fetch(world.source, { signal }))
        return [message, await leftIn(world.folder)]
      },
      expected: ['The commit has more than 10000 files. Remove some, or have the operator allow more.', []],
    },
    {
      name: 'sends a few bytes that grow to gigabytes in memory: git is ended within its limit, and nothing stays',
      rule: 'git limits',
      attempt: async () => {
        const world = await openGitWorld(cleanup, {
          host: {
            answer: ({ method }, response) => {
              if (method === 'GET') return false
              response.setHeader('content-type', 'application/x-git-upload-pack-result')
              response.end(
                Buffer.concat([
                  pktLine('packfile\n'),
                  pktLine(Buffer.concat([Buffer.of(1), growingPack()])),
                  Buffer.from('0000'),
                ]),
              )
              return true
            },
          },
        })
        const { message } = await failed(world.git.fetch(world.source, { commit: 'a'.repeat(40), signal }))
        return [message, await leftIn(world.folder)]
      },
      expected: [
        'The repository holds something that takes more memory than the hub allows. Remove the largest files from it.',
        [],
      ],
    },
    {
      name: 'has a path far deeper than any disk takes: no such file is listed, or the commit is refused',
      rule: 'git limits',
      attempt: async () => {
        const world = await open()
        let tree = await world.course.object('tree', treeOf([['100644', 'f', await world.course.object('blob', 'x')]]))
        for (let depth = 0; depth < 300; depth += 1)
          tree = await world.course.object('tree', treeOf([['40000', 'd'.repeat(200), tree]]))
        const commit = await world.course.commitTree(tree)
        const fetched = await world.git.fetch(world.source, { signal }).catch(() => undefined)
        return fetched === undefined ? [] : world.git.list(world.source, commit)
      },
      expected: [],
    },
    {
      name: 'has thousands of files, each a thousand folders deep: none is listed, and the hub works on it for moments only',
      rule: 'git limits',
      attempt: async () => {
        const world = await open()
        const folder = 'a/'.repeat(1990)
        const commit = await world.course.commitPaths(Array.from({ length: 2000 }, (_, index) => `${folder}f${index}`))
        // Time of the processor, so that other work of the machine counts for nothing.
        const before = process.cpuUsage()
        await world.git.fetch(world.source, { signal })
        const listed = await world.git.list(world.source, commit)
        const archived = await entriesOf(world.git.archive(world.source, commit))
        return [listed, archived, process.cpuUsage(before).user < 10_000_000]
      },
      expected: [[], {}, true],
    },
    {
      name: 'has a few hundred files, each below a hundred folders of its own: the commit is refused at the limit',
      rule: 'git limits',
      attempt: async () => {
        const world = await open()
        const below = `${'a/'.repeat(90)}f`
        await world.course.commitPaths(Array.from({ length: 200 }, (_, index) => `d${index}/${below}`))
        const { message } = await failed(world.git.fetch(world.source, { signal }))
        return [message, await leftIn(world.folder)]
      },
      expected: ['The commit has more than 10000 folders. Remove some, or have the operator allow more files.', []],
    },
    {
      name: 'has tens of thousands of branches, of which none is meant: few are compared with the mistyped name',
      rule: 'git limits',
      attempt: async () => {
        const world = await open()
        const commit = await world.course.commit({ a: '1' })
        const name = (index: number) => `refs/heads/${String(index).padStart(5, '0')}-${'b'.repeat(58)}`
        const refs = [...Array.from({ length: 20_000 }, (_, index) => name(index)), `refs/heads/z${'m'.repeat(63)}`]
        const packed = `# pack-refs with: peeled fully-peeled sorted \n${refs.map((ref) => `${commit} ${ref}\n`).join('')}`
        await writeFile(join(world.course.path, 'packed-refs'), packed)
        const ref = 'm'.repeat(64)
        return (await failed(world.git.resolve({ ...world.source, ref }, { signal }))).message.replace(ref, 'REF')
      },
      expected: 'The repository has no branch or tag "REF". Correct the name.',
    },
    {
      name: 'says things in its commit and in its answers that would forge lines of a log or of a terminal',
      rule: 'git contents',
      attempt: async () => {
        const world = await open()
        const message = `\u001b[2J${'x'.repeat(500)}\u202e\r\nsecond`
        await world.course.commit({ 'a\u001b': '1' }, { message })
        const lines: string[] = []
        const { subject } = await world.git.fetch(world.source, { signal, report: (line) => void lines.push(line) })
        const odd = /(?!\n)[\p{Cc}\p{Cf}]/u
        return [odd.test(subject), subject.length, lines.filter((line) => odd.test(line) || line.length > 1000)]
      },
      expected: [false, 200, []],
    },
    {
      name: 'is unpacked by tar, as spawners do it: nothing lies outside of the folder',
      rule: 'git contents',
      attempt: async () => {
        const world = await open()
        const commit = await fetchFiles(world, {
          'a/b': '1',
          l: { link: 'a' },
          out: { link: '../out' },
          '-x': '2',
          'sp ace': '3',
        })
        const folder = await mkdtemp(join(tmpdir(), 'carrel-unpacked-'))
        cleanup.defer(() => rm(folder, { recursive: true }))
        const archive = Buffer.concat(await Array.fromAsync(world.git.archive(world.source, commit)))
        const tar = promisify(execFile)('tar', ['-x', '-C', folder])
        tar.child.stdin?.end(archive)
        await tar
        return [(await readdir(folder)).sort(), await readFile(join(folder, 'l/b'), 'utf8')]
      },
      expected: [['-x', 'a', 'l', 'sp ace'], '1'],
    },
  ]
  attacks(table)
})

/** Returns a line of git's protocol. */
function pktLine(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
}

/** Returns a pack of two objects: 4 MB of zeros, and the instructions to write these 400 times. */
function growingPack(): Buffer {
  const base = Buffer.alloc(4_000_000)
  const size = (bytes: number, bits = 7): number[] =>
    bytes < 2 ** bits ? [bytes] : [(bytes % 2 ** bits) + 2 ** bits, ...size(Math.floor(bytes / 2 ** bits))]
  const head = (type: number, bytes: number) => {
    const [first = 0, ...rest] = bytes < 16 ? [bytes] : [(bytes % 16) + 128, ...size(Math.floor(bytes / 16))]
    return Buffer.of(first + type * 16, ...rest)
  }
  // Copies 4,000,000 bytes from the beginning: 0x3d0900, in three bytes.
  const copies = Buffer.concat(Array(400).fill(Buffer.of(0xf0, 0x00, 0x09, 0x3d)))
  const delta = Buffer.concat([Buffer.of(...size(base.length), ...size(base.length * 400)), copies])
  const start = Buffer.from('PACK\0\0\0\x02\0\0\0\x02', 'latin1')
  const hash = createHash('sha1').update(`blob ${base.length}\0`).update(base).digest()
  const objects = [head(3, base.length), deflateSync(base), head(7, delta.length), hash, deflateSync(delta)]
  const pack = Buffer.concat([start, ...objects])
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()])
}
