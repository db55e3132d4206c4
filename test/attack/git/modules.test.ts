/** Attacks by submodules: by where they are, by what they hold, and by how many there are. */
import { access, readdir } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { GitRules } from '../../../git/git.ts'
import { entriesOf, fetchKilled, type GitWorld, leftIn, noise, openGitWorld, signal } from '../../git/world.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { type Change, modulesFile, type TestRepository } from '../../helpers/git/repositories.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: submodules', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const token = 'glpat-very-secret-token'
  const basic = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  const open = (rules?: Partial<GitRules>) => openGitWorld(cleanup, { ...(rules && { rules }) })

  /** Commits submodules at these addresses, all with the same commit, and fetches. Returns the problems by path. */
  const follow = async (world: GitWorld, urls: string[], commit = 'a'.repeat(40), source = world.source) => {
    const paths = urls.map((_, index) => `m${index}`)
    await world.course.commit({
      '.gitmodules': modulesFile(Object.fromEntries(paths.map((path, index) => [path, urls[index] ?? '']))),
      ...Object.fromEntries(paths.map((path) => [path, { module: commit }])),
    })
    const { left } = await world.git.fetch(source, { signal })
    return left
  }
  const isThere = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    )

  const table: Attack[] = [
    {
      name: 'names hosts inside in .gitmodules, by address and by name: no connection is made, and the rest is there',
      rule: 'git addresses',
      attempt: async () => {
        const inside = await open()
        const world = await openGitWorld(cleanup, {
          rules: { hosts: ['git.example.org'] },
          lookup: async (host) => [host === 'cloud.example.org' ? '169.254.169.254' : '127.0.0.1'],
        })
        const { port } = inside.host
        const source = { url: `http://git.example.org:${world.host.port}/course.git` }
        const urls = [
          ...[`http://127.0.0.1:${port}/x`, `https://127.0.0.1:${port}/x`, `https://inside.example.org:${port}/x`],
          ...[`https://[::1]:${port}/x`, `https://[::ffff:7f00:1]:${port}/x`, 'https://cloud.example.org/latest'],
          ...['http://169.254.169.254/latest', 'https://0x7f.1/x', `ssh://git@127.0.0.1:${port}/x`],
        ]
        const left = await follow(world, urls, undefined, source)
        return [left.length === urls.length, left.every(({ problem }) => problem.length > 20), inside.host.requests]
      },
      expected: [true, true, []],
    },
    {
      name: 'has a submodule whose host leads elsewhere: nothing is asked there',
      rule: 'git addresses',
      attempt: async () => {
        const inside = await open()
        const answer = ({ url = '' }: IncomingMessage, response: ServerResponse) => {
          if (!url.startsWith('/data.git')) return false
          response.writeHead(302, { location: `${inside.host.url}/data.git/info/refs?service=git-upload-pack` }).end()
          return true
        }
        const world = await openGitWorld(cleanup, { host: { answer } })
        const left = await follow(world, ['../data.git'])
        return [left.length, inside.host.requests]
      },
      expected: [1, []],
    },
    {
      name: 'names programs, options, files of this machine and passwords as addresses: none counts, and none is repeated',
      rule: 'git addresses',
      attempt: async () => {
        const world = await open()
        const urls = ['file:///etc', '/etc', 'ftp://x/y', `https://ann:${token}@127.0.0.1/x`, './../../../x', 'x']
        const left = await follow(world, urls)
        const problems = left.map(({ problem }) => problem)
        const asked = world.host.requests.filter(({ line }) => !line.includes(' /course.git/'))
        return [problems.length, problems.filter((problem) => problem.includes(token)), asked]
      },
      expected: [6, [], []],
    },
    {
      name: 'has a submodule at another port or host: it gets no token, and one at the same place does',
      rule: 'git credentials',
      attempt: async () => {
        const other = await open()
        const world = await openGitWorld(cleanup, { host: { account: { user: 'x-access-token', token } } })
        const data = await world.repositories.make('data')
        const inside = await data.commit({ a: '1' })
        const source = { ...world.source, credentials: { token } }
        const left = await follow(world, [`${other.host.url}/data.git`, '../data.git'], inside, source)
        return [
          left.map(({ path }) => path),
          other.host.requests.length > 0,
          other.host.requests.filter(({ authorization }) => authorization !== undefined),
          world.host.requests
            .filter(({ line }) => line.includes('/data.git'))
            .every((one) => one.authorization === basic),
        ]
      },
      expected: [['m0'], true, [], true],
    },
    {
      name: 'names another repository that the token opens, without the hash of a commit in it: nothing of it is listed, told or kept',
      rule: 'git credentials',
      attempt: async () => {
        const results: unknown[] = []
        for (const isOld of [false, true]) {
          const world = await openGitWorld(cleanup, { host: { account: { user: 'x-access-token', token }, isOld } })
          const exam = await world.repositories.make('exam')
          const secret = await exam.commit({ 'secret.txt': 'secret' }, { branch: 'very-secret' })
          const tree = await exam.git('rev-parse', `${secret}^{tree}`)
          for (const hash of ['a'.repeat(40), `${secret.slice(0, 39)}${secret.endsWith('0') ? '1' : '0'}`, tree]) {
            const lines: string[] = []
            const source = { ...world.source, credentials: { token } }
            const commit = await world.course.commit(
              { '.gitmodules': modulesFile({ m: '../exam.git' }), m: { module: hash } },
              { anew: true },
            )
            const report = (line: string) => void lines.push(line)
            const { left } = await world.git.fetch(source, { signal, report })
            const listed = (await world.git.list(source, commit)).length
            const [mirror = ''] = await readdir(world.folder)
            const kept = await readdir(join(world.folder, mirror, commit, 'carrel'))
            results.push([left.length, listed, kept, lines.join().includes(secret)])
          }
        }
        return results
      },
      expected: Array(6).fill([1, 1, ['modules', 'parts.json'], false]),
    },
    {
      name: 'has submodules in folders of git, above the commit, or below a link, with hooks in them: none lies there, none runs',
      rule: 'git contents',
      attempt: async () => {
        const results: unknown[] = []
        const world = await open()
        const mark = join(world.repositories.folder, 'ran')
        const hook = { program: `#!/bin/sh\ntouch ${mark}\n` }
        const data = await world.repositories.make('data')
        const inside = await data.commit({
          'y/hooks/post-checkout': hook,
          'hooks/post-checkout': hook,
          config: `[core]\n\tfsmonitor = touch ${mark}\n`,
        })
        const commits: Record<string, Change>[] = [
          // As in CVE-2024-32002: on some disks the link is the folder in which the submodule lies.
          { 'A/modules/x': { module: inside }, a: { link: '.git' } },
          { 'A/modules/x': { module: inside }, a: { link: '.GIT/modules' } },
          { 'b/.git/modules': { module: inside } },
          { '.git': { module: inside } },
          { 'git~1/x': { module: inside } },
        ]
        for (const files of commits) {
          const paths = Object.keys(files).filter((path) => path !== 'a')
          const addresses = Object.fromEntries(paths.map((path) => [path, '../data.git']))
          const made = await commitByHand(world.course, { '.gitmodules': modulesFile(addresses), ...files })
          const fetched = await world.git.fetch(world.source, { commit: made, signal }).catch(() => undefined)
          const listed = fetched === undefined ? [] : await world.git.list(world.source, made)
          results.push(listed.filter(({ path, kind }) => kind === 'link' || /(^|\/)\.?git(~1)?\//i.test(path)).length)
        }
        return [results, await isThere(mark), await leftIn(world.folder)]
      },
      expected: [[0, 0, 0, 0, 0], false, []],
    },
    {
      name: 'names its submodules “../../x” and “-x”, or lets .gitmodules name other files: refused, also inside of a submodule',
      rule: 'git contents',
      attempt: async () => {
        const results: string[] = []
        const world = await open()
        const data = await world.repositories.make('data')
        const inside = { module: await data.commit({ a: '1' }) }
        const entry = (name: string, path: string) =>
          `[submodule "${name}"]\n\tpath = ${path}\n\turl = ../data.git\n\tupdate = !touch x\n`
        const texts = [entry('../../x', 'x'), entry('x', '-x'), '[include]\n\tpath = /etc/passwd\n']
        for (const text of texts) {
          const hostile = await data.commit({ '.gitmodules': text, x: inside, '-x': inside }, { anew: true })
          const commit = await world.course.commit(
            { '.gitmodules': modulesFile({ outer: '../data.git' }), outer: { module: hostile }, b: '1' },
            { anew: true },
          )
          const { left } = await world.git.fetch(world.source, { signal })
          results.push(...left.map(({ path, problem }) => `${path}: ${problem.slice(0, 40)}`))
          const listed = await world.git.list(world.source, commit)
          results.push(listed.map(({ path }) => path).join())
        }
        return results
      },
      expected: [
        ...Array(2).fill(['outer: The repository holds an object that git ', '.gitmodules,b']).flat(),
        ...['outer/-x: .gitmodules does not say where it is. Ad', 'outer/x: .gitmodules does not say where it is. Ad'],
        '.gitmodules,b,outer/.gitmodules',
      ],
    },
    {
      name: 'has a link that leads out of the commit by the place of its submodule: none is listed',
      rule: 'git contents',
      attempt: async () => {
        const world = await open()
        const data = await world.repositories.make('data')
        const inside = await data.commit({ up: { link: '../..' }, 'a/up': { link: '../../..' }, own: { link: '..' } })
        await follow(world, ['../data.git'], inside)
        return entriesOf(world.git.archive(world.source, await world.git.resolve(world.source, { signal }))).then(
          (entries) => Object.entries(entries).filter(([, content]) => content.startsWith('->')),
        )
      },
      expected: [['m0/own', '-> ..']],
    },
    {
      name: 'nests submodules in one another without an end, or ever more of them: few are fetched, and the rest is told',
      rule: 'git limits',
      attempt: async () => {
        const world = await open()
        const { course } = world
        const names = ['a', 'b', 'c']
        let inner = await course.commit({ f: '1' })
        for (let depth = 0; depth < 8; depth += 1)
          inner = await course.commit({
            '.gitmodules': modulesFile(Object.fromEntries(names.map((name) => [name, '../course.git']))),
            ...Object.fromEntries(names.map((name) => [name, { module: inner }])),
          })
        const { commit, left } = await world.git.fetch(world.source, { signal })
        const paths = (await world.git.list(world.source, commit)).map(({ path }) => path)
        const kinds = new Set(left.map(({ problem }) => problem))
        return [
          paths.filter((path) => path.endsWith('/f')).length,
          [...kinds],
          left.length,
          world.host.requests.length < 60,
        ]
      },
      expected: [50, ['The commit has more than 50 submodules. Remove some.'], 100, true],
    },
    {
      name: 'has submodules that are small each and too large together, in bytes or in files: those within the limit are there',
      rule: 'git limits',
      attempt: async () => {
        const results: unknown[] = []
        const contents: [Partial<GitRules>, (index: number) => Record<string, Change>][] = [
          [{ maxBytes: 2_000_000 }, (index) => ({ large: noise(800_000, String(index)) })],
          [{ maxBytes: 2_000_000 }, () => ({ zeros: Buffer.alloc(800_000) })],
          [{ maxFiles: 20 }, () => Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`f${index}`, 'x']))],
        ]
        for (const [rules, files] of contents) {
          const world = await open(rules)
          const modules: Record<string, Change> = {}
          for (const index of [0, 1, 2]) {
            const data = await world.repositories.make(`data${index}`)
            modules[`m${index}`] = { module: await data.commit(files(index)) }
          }
          const urls = Object.keys(modules).map((path) => [path, `../data${path.slice(1)}.git`])
          await world.course.commit({ '.gitmodules': modulesFile(Object.fromEntries(urls)), ...modules })
          const { commit, left } = await world.git.fetch(world.source, { signal })
          const paths = (await world.git.list(world.source, commit)).map(({ path }) => path.slice(0, 2))
          results.push([
            left.map(({ path, problem }) => `${path}: ${problem.split('.')[0]}`),
            [...new Set(paths)].sort(),
          ])
        }
        return results
      },
      expected: [
        [['m2: The commit takes more than 2 MB'], ['.g', 'm0', 'm1']],
        [['m2: The commit takes more than 2 MB'], ['.g', 'm0', 'm1']],
        [['m2: The commit has more than 20 files'], ['.g', 'm0', 'm1']],
      ],
    },
    {
      name: 'kills the hub in the middle of a submodule: git ends with it, nothing half made is found, and the next fetch brings all',
      rule: 'leftovers',
      attempt: async () => {
        const commitTo = async ({ course, repositories }: GitWorld) => {
          const inside = await (await repositories.make('data')).commit({ a: '1' })
          return course.commit({ '.gitmodules': modulesFile({ m: '../data.git' }), m: { module: inside } })
        }
        const isModule = (url: string) => url.startsWith('/data.git')
        const { between, left, contents, folders } = await fetchKilled(cleanup, () => false, isModule, commitTo)
        return [between, left, contents['m/a'], folders.length]
      },
      expected: ['The commit is not here. Fetch it first.', [], '1', 1],
    },
  ]
  attacks(table)
})

/** Makes a commit by writing its trees, also one with names that git would not take into its index. */
async function commitByHand(repository: TestRepository, files: Record<string, Change>): Promise<string> {
  const here: [mode: string, name: string, hash: string][] = []
  const folders = new Map<string, Record<string, Change>>()
  for (const [path, change] of Object.entries(files)) {
    const [name = '', ...rest] = path.split('/')
    if (rest.length > 0) folders.set(name, { ...folders.get(name), [rest.join('/')]: change })
    else if (typeof change === 'string') here.push(['100644', name, await repository.object('blob', change)])
    else if (change !== null && 'link' in change)
      here.push(['120000', name, await repository.object('blob', change.link)])
    else if (change !== null && 'module' in change) here.push(['160000', name, change.module])
  }
  for (const [name, inside] of folders) {
    const commit = await commitByHand(repository, inside)
    here.push(['40000', name, await repository.git('rev-parse', `${commit}^{tree}`)])
  }
  const bytes = here
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
    .map(([mode, name, hash]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(hash, 'hex')]))
  return repository.commitTree(await repository.object('tree', Buffer.concat(bytes)))
}
