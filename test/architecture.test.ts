import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { exportsOf, importsOf, ownPath, packageOf } from './helpers/imports.ts'

const root = join(import.meta.dirname, '..')
const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const code = files.filter((file) => file.endsWith('.ts'))

const product = code.filter((file) =>
  /^(bin|doctor|hub|spawners|authenticators|proxy|seats|culler|courses|git|notebooks|roster|config|net|metrics|words)\//.test(
    file,
  ),
)

interface Row {
  rooms: string[]
  mayImport: string[]
}

/** The table of rooms in ARCHITECTURE.md: a room that ends with a slash is a folder, another one a file. */
const rows: Row[] = [...read('ARCHITECTURE.md').matchAll(/^\| (`[^|]+`) \|[^|]+\| ([^|]+) \|$/gm)].flatMap(
  ([, rooms = '', imports = '']) => {
    const row = { rooms: quotedIn(rooms), mayImport: imports === 'anything' ? [''] : quotedIn(imports) }
    return row.rooms.some((room) => /^\w+\//.test(room)) ? [row] : []
  },
)

/** Returns the row that names the file, or the closest folder around it. */
function rowOf(file: string): { row: Row; room: string } | undefined {
  const found = rows.flatMap((row) => row.rooms.map((room) => ({ row, room })))
  return found.filter(({ room }) => isIn(file, room)).sort((a, b) => b.room.length - a.room.length)[0]
}

/** Names that more than one file may export, and why. */
const exportedTwice: Record<string, string> = {
  command: 'every command of bin/ is one, and is loaded by its file',
  options: 'every command of bin/ has its own',
}

/** The files that list the parts of a process: all rooms import their types, and they import types of all rooms. */
const typesOnly = ['hub/hub.ts', 'proxy/context.ts']

/** Which files of ours each file imports, types included. */
const importsOfFile = new Map(
  product.map((file) => [file, importsOf(read(file)).flatMap((specifier) => ownPath(file, specifier) ?? [])]),
)

describe('architecture', () => {
  it('has a row for each file', () => {
    assert.deepEqual(
      product.filter((file) => rowOf(file) === undefined),
      [],
    )
  })

  it('has no import that the table forbids', () => {
    const forbidden = product.flatMap((file) => {
      const { row, room } = rowOf(file) ?? { row: { mayImport: [], rooms: [] }, room: '' }
      const ofPages = /^(?:hub|proxy)\//.test(file) ? ['words/'] : []
      const allowed = [...row.mayImport, ...row.rooms, ...ofPages, room]
      const imported = importsOfFile.get(file) ?? []
      return imported
        .filter((path) => !allowed.some((start) => isIn(path, start)))
        .map((path) => `${file} imports ${path}`)
    })
    assert.deepEqual(forbidden, [])
  })

  it('has rooms that stand on those above them in the table only', () => {
    const downward = rows.flatMap(({ rooms, mayImport }, index) => {
      if (rooms.some((room) => typesOnly.includes(room))) return []
      const below = rows.slice(index + 1).flatMap((row) => row.rooms)
      const named = mayImport.filter((path) => path !== '' && !typesOnly.includes(path))
      return named.filter((path) => below.includes(path)).map((path) => `${rooms[0]} names ${path}`)
    })
    assert.deepEqual(downward, [])
    const values = typesOnly.filter((file) => /^import (?!type )/m.test(read(file)))
    assert.deepEqual(values, [])
  })

  for (const house of ['hub', 'proxy']) {
    describe(`the picture of the inside of ${house}/`, () => {
      const drawn = floorsIn(pictureUnder(read('ARCHITECTURE.md'), `### Inside the ${house}`), house)

      it('shows every folder, every file beside the folders, and nothing else', () => {
        const inside = files.filter((file) => file.startsWith(`${house}/`))
        const folders = new Set(inside.flatMap(foldersAround).filter((folder) => folder !== `${house}/`))
        const beside = inside.filter((file) => dirname(file) === house)
        assert.deepEqual([...drawn.keys()].sort(), [...folders, ...beside].sort())
        const outside = [...drawn].filter(([, floor]) => Number.isNaN(floor)).map(([room]) => room)
        assert.deepEqual(
          outside,
          typesOnly.filter((file) => dirname(file) === house),
        )
      })

      it('has each room stand on rooms of lower floors only', () => {
        assert.deepEqual(upwardIn(drawn), [])
      })
    })
  }

  it('has no file that imports itself through others, types included', () => {
    assert.deepEqual(circlesIn(importsOfFile), [])
  })

  it('has no room with more than 20 files', () => {
    const counts = new Map<string, number>()
    for (const file of code) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
    assert.deepEqual(
      [...counts].filter(([, count]) => count > 20),
      [],
    )
  })

  it('computes what it imports in one place only, where a config file is loaded', () => {
    const computing = product.filter((file) => /\bimport\(\s*[^'"`\s)]/.test(read(file)))
    assert.deepEqual(computing, ['config/load.ts'])
  })

  it('uses every package that it depends on, and depends on every package that it uses', () => {
    const { dependencies } = JSON.parse(read('package.json'))
    const used = product.flatMap((file) => importsOf(read(file)).map((specifier) => packageOf(file, specifier)))
    const undeclared = [...new Set(used)].filter((name) => name !== undefined && !Object.hasOwn(dependencies, name))
    assert.deepEqual(undeclared, [])
    // knex and pino take drivers and transports by name; node is what runs all of it.
    const text = product.map(read).join('\n')
    const mentioned = (name: string) => name === 'node' || used.includes(name) || text.includes(`'${name}'`)
    assert.deepEqual(
      Object.keys(dependencies).filter((name) => !mentioned(name)),
      [],
    )
  })

  it('says in decision 5 why it depends on each package, and on no other', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'))
    const names = Object.keys({ ...dependencies, ...devDependencies }).map((name) =>
      name.replace(/^@types\/.*/, '@types/*'),
    )
    const firstCells = read('docs/decisions/0005-dependencies.md').match(/^\| `[^|]+\|/gm) ?? []
    assert.deepEqual(firstCells.flatMap(quotedIn).sort(), [...new Set(names)].sort())
  })

  it('has one file for each exported name, so that a name means one thing', () => {
    const exporters = new Map<string, string[]>()
    for (const file of product) {
      for (const name of new Set(exportsOf(read(file)))) exporters.set(name, [...(exporters.get(name) ?? []), file])
    }
    const twice = [...exporters].filter(([name, { length }]) => length > 1 && !Object.hasOwn(exportedTwice, name))
    assert.deepEqual(twice, [])
    assert.ok(exporters.has('startProxy') && exporters.has('Access'), 'exports are found')
  })

  it('has every file that ARCHITECTURE.md names', () => {
    assert.deepEqual(
      namedIn(read('ARCHITECTURE.md')).filter((name) => !isThere(name)),
      [],
    )
  })

  it('has no file that is too long to be read in one sitting', () => {
    const long = files
      .filter((file) => /\.(ts|js)$/.test(file))
      .map((file): [string, number] => [file, read(file).split('\n').length - 1])
      .filter(([file, lines]) => lines >= (file.startsWith('test/') ? 500 : 400))
    assert.deepEqual(long, [])
  })

  it('skips no test, and runs no test alone', () => {
    const pattern = /\b(?:describe|context|it|specify)\.(?:only|skip)\b|\bx(?:describe|context|it)\(/
    assert.deepEqual(
      code.filter((file) => file.startsWith('test/') && pattern.test(read(file))),
      [],
    )
  })

  it("names no path of a developer's machine", () => {
    // jovyan is the user inside Jupyter's images, whatever machine runs them.
    const paths = [/(?<![\w.~$}-])\/(?:work|root|Users)\//, /(?<![\w.~$}-])\/home\/(?!jovyan\b)[\w.-]+\//]
    const here = [root, homedir()].filter((path) => path.split('/').length > 2)
    assert.deepEqual(
      files.filter((file) => {
        const text = read(file)
        return paths.some((pattern) => pattern.test(text)) || here.some((path) => text.includes(`${path}/`))
      }),
      [],
    )
  })

  it('locks every optional package, also those for other platforms, without which npm ci refuses', () => {
    type Locked = { optionalDependencies?: Record<string, string> }
    const packages: Record<string, Locked> = JSON.parse(read('package-lock.json')).packages
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
      ),
    )
    assert.deepEqual(missing, [])
  })

  it('names no package registry, so that anybody can install from their own', () => {
    assert.doesNotMatch(read('package-lock.json'), /"resolved": "http/)
    assert.doesNotMatch(read('.npmrc'), /registry\s*=\s*http|_auth/)
    const configured = ['npm_config_registry', 'PIP_INDEX_URL', 'UV_INDEX_URL', 'GOPROXY'].flatMap(
      (name) => process.env[name]?.match(/(?<=https?:\/\/(?:[^/@]*@)?)[^/,:@]+/g) ?? [],
    )
    const publicHosts = ['registry.npmjs.org', 'pypi.org', 'proxy.golang.org', '127.0.0.1', 'localhost']
    const hosts = configured.filter((host) => !publicHosts.includes(host))
    assert.deepEqual(
      files.filter((file) => hosts.some((host) => read(file).includes(host))),
      [],
    )
  })

  describe('its checks', () => {
    it('find a circle', () => {
      const imports = new Map([
        ['a', ['b']],
        ['b', ['c', 'd']],
        ['c', []],
        ['d', ['b']],
      ])
      assert.deepEqual(circlesIn(imports), ['b > d > b'])
      imports.set('d', ['c'])
      assert.deepEqual(circlesIn(imports), [])
    })

    it('read the table', () => {
      assert.ok(rows.length > 30)
      assert.equal(rowOf('hub/hub.ts')?.room, 'hub/hub.ts')
      assert.equal(rowOf('hub/db/migrations/0001-first.ts')?.room, 'hub/db/')
      assert.equal(rowOf('README.md'), undefined)
    })

    it('read a picture, and find a room that stands on one above it', () => {
      const text = `
### Inside the hub

\`\`\`
 2 │ start.ts, app.ts │
 1 │ servers/  starts and/or stops  db/migrations/ │
   │ http/ │
\`\`\`

\`\`\`
 7 no other/ picture
\`\`\`
`
      const floors = floorsIn(pictureUnder(text, '### Inside the hub'), 'hub')
      const expected = {
        'hub/start.ts': 2,
        'hub/app.ts': 2,
        'hub/servers/': 1,
        'hub/db/migrations/': 1,
        'hub/http/': 1,
      }
      assert.deepEqual(Object.fromEntries(floors), expected)
      assert.deepEqual(upwardIn(new Map([...floors, ['hub/http/', 0]])), [])
      assert.deepEqual(upwardIn(floors), ['hub/servers/ stands on hub/http/'])
      assert.throws(() => pictureUnder(text, '### Inside the proxy'))
    })

    it('see every kind of import', () => {
      const text = `
        import { a } from './a.ts'
        import type { B } from "../b.ts"
        import {
          c,
        } from './c.ts'
        import './d.ts'
        import j, { type K as L } from './j.ts'
        import * as m from './k.ts'
        export * from './e.ts'
        export { type F } from './f.ts'
        const g = await import('./g.ts')
        type H = import('./h.ts').H
        const i = require('./i.ts')
        // import './not.ts'
        /* from './nor-this.ts' */
      `
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'].map((name) => `./${name}.ts`)
      const found = importsOf(text).map((name) => name.replace('../', './'))
      assert.deepEqual(found.sort(), names)
      assert.deepEqual(importsOf('throw new Error(`differs from "demo"`)'), [])
    })

    it('know where an import leads', () => {
      const cases: [string, string, string | undefined][] = [
        ['hub/db/users.ts', '../../seats/keys.ts', 'seats/keys.ts'],
        ['hub/hub.ts', './db/users.ts', 'hub/db/users.ts'],
        ['culler/culler.ts', 'carrel/spawners/docker', 'spawners/docker/docker.ts'],
        ['culler/culler.ts', 'carrel/config', 'config/config.ts'],
        ['culler/culler.ts', '/etc/passwd', '/etc/passwd'],
        ['culler/culler.ts', 'node:fs', undefined],
        ['culler/culler.ts', 'undici', undefined],
      ]
      for (const [importer, specifier, path] of cases) assert.equal(ownPath(importer, specifier), path)
      assert.equal(packageOf('hub/hub.ts', '@koa/router/lib'), '@koa/router')
      assert.equal(packageOf('hub/hub.ts', 'node:fs'), undefined)
    })

    it('find the files that a text names', () => {
      const text = `
        The hub (\`hub/hub.ts\`, \`app.ts\`) and [the wire](docs/wire.md#errors); \`spawners/\` has spawners/spawner.ts,
        see https://example.org/none.md, \`/user/ann/\`, \`application/json\`, \`a.b\` and \`seats/no-such.ts\`.`
      const named = ['hub/hub.ts', 'app.ts', 'spawners/', 'seats/no-such.ts', 'docs/wire.md', 'spawners/spawner.ts']
      assert.deepEqual(namedIn(text).sort(), named.sort())
      assert.equal(isThere('seats/no-such.ts'), false)
      assert.equal(isThere('spawner.ts'), true)
      assert.equal(isThere('spawners/'), true)
      assert.equal(isThere('no-such-folder/'), false)
    })
  })
})

/** The names in backticks. */
function quotedIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
}

function isIn(file: string, room: string): boolean {
  return room.endsWith('/') || room === '' ? file.startsWith(room) : file === room
}

/** The first code block below a heading. */
function pictureUnder(markdown: string, heading: string): string {
  const [, section] = markdown.split(`${heading}\n`)
  const [, picture] = section?.split('```') ?? []
  if (picture === undefined) throw new Error(`there is no picture under “${heading}”`)
  return picture
}

/**
 * The floor of each folder and file that a picture shows. A floor begins at the line that begins with its number; what
 * stands outside the house, after its last line, has no floor.
 */
function floorsIn(picture: string, house: string): Map<string, number> {
  const floors = new Map<string, number>()
  let floor = Number.NaN
  for (const line of picture.split('\n')) {
    const [, number] = /^ *(\d+) /.exec(line) ?? []
    if (number !== undefined) floor = Number(number)
    if (line.includes('└')) floor = Number.NaN
    for (const [name] of line.matchAll(/(?<![\w./-])[a-z][a-z-]*(?:\/[a-z][a-z-]*)*(?:\/|\.ts)(?!\w)/g))
      floors.set(`${house}/${name}`, floor)
  }
  return floors
}

/** The pairs of rooms of which the first uses the second, by the table or by an import, without being drawn above it. */
function upwardIn(drawn: Map<string, number>): string[] {
  const placeOf = (path: string) =>
    [...drawn.keys()].filter((room) => isIn(path, room)).sort((a, b) => b.length - a.length)[0]
  const byTable = rows.flatMap(({ rooms, mayImport }) => rooms.flatMap((room) => mayImport.map((path) => [room, path])))
  const byImport = [...importsOfFile].flatMap(([file, paths]) => paths.map((path) => [file, path]))
  const upward = [...byTable, ...byImport].flatMap(([from = '', to = '']) => {
    const [upper, lower] = [placeOf(from), placeOf(to)]
    if (upper === undefined || lower === undefined || upper === lower) return []
    if (rowOf(upper)?.row === rowOf(lower)?.row) return []
    const difference = (drawn.get(upper) ?? Number.NaN) - (drawn.get(lower) ?? Number.NaN)
    // A file of types stands outside, and its difference is no number.
    return difference <= 0 ? [`${upper} stands on ${lower}`] : []
  })
  return [...new Set(upward)]
}

/** The folders that a path lies in, each with a slash at its end. */
function foldersAround(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`)
}

/** Every file that can be reached from itself. */
function circlesIn(imports: Map<string, string[]>): string[] {
  const state = new Map<string, 'open' | 'done'>()
  const found = new Set<string>()
  const visit = (file: string, path: string[]) => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      found.add([...path.slice(path.indexOf(file)), file].join(' > '))
      return
    }
    state.set(file, 'open')
    for (const next of imports.get(file) ?? []) visit(next, [...path, file])
    state.set(file, 'done')
  }
  for (const file of imports.keys()) visit(file, [])
  return [...found]
}

function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.indexOf('/')))
}

/** Paths with an extension wherever they stand; in backticks also file names alone and our folders. */
function namedIn(markdown: string): string[] {
  const text = markdown.replace(/\bhttps?:\/\/\S+/g, '')
  const folders = new Set(files.map(folderOf))
  const extension = /\.(?:ts|js|md|json|yaml|yml|css|svg|ipynb)$/
  const paths = text.match(/(?<![\w./-])[\w.-]+(?:\/[\w.-]+)+(?![\w/*-])/g) ?? []
  const quoted = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)`/g)].map(([, name = '']) => name)
  return [...new Set([...paths.filter((path) => extension.test(path)), ...quoted])].filter(
    (name) => extension.test(name) || (name.includes('/') && folders.has(folderOf(name))),
  )
}

function isThere(name: string): boolean {
  if (name.includes('/')) return existsSync(join(root, name))
  return files.some((file) => basename(file) === name)
}
