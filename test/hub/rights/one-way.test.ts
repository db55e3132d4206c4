import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const product = execFileSync('git', ['ls-files', 'hub', 'bin', 'doctor', 'culler'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file.endsWith('.ts'))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
/** Returns the files that have such a call. */
const callersOf = (call: RegExp) => product.filter((file) => call.test(read(file)))

/** What has a server started, and the only files that may do it. Each asks first who may open the course, but for spares, which are nobody's. */
const acts: [what: string, call: RegExp, files: string[]][] = [
  [
    'puts a server into the queue',
    /(?<!function )\bqueueServer\(/,
    ['hub/db/servers/claims.ts', 'hub/servers/request.ts'],
  ],
  ['makes a spare', /(?<!function )\bmakeSpare\(/, ['hub/spares/refill.ts']],
  ['makes a spare somebody’s', /(?<!function )\bclaimReady\(/, ['hub/servers/spares/claim.ts']],
  ['asks for a spare', /(?<!function )\bclaimSpare\(/, ['hub/servers/request.ts']],
  ['has a server start again after its stop', /(?<!function )\bwantRestart\(/, ['hub/servers/request.ts']],
  ['has a spawner start a server', /\bspawner\s*\.start\(/, ['hub/servers/start.ts']],
]

describe('the one way to a server', () => {
  for (const [what, call, files] of acts) {
    it(`has one file that ${what}`, () => {
      assert.deepEqual(
        callersOf(call).filter((file) => !file.startsWith('doctor/')),
        files,
      )
    })
  }

  it('asks who may open the course before each of them', () => {
    const request = read('hub/servers/request.ts').split('export async function requestServer(')[1] ?? ''
    assert.match(request.split('countLaunch(')[0] ?? '', /await requireOpen\(hub, \{ user, course \}\)/)
    assert.match(request.split('claimSpare(')[0] ?? '', /await requireOpen\(hub, \{ user, course \}\)/)
    const spec = read('hub/servers/start.ts').split('async function specOf(')[1] ?? ''
    assert.match(spec.split('return serverSpec(')[0] ?? '', /await refusalOfQueued\(hub, user, server\.course\)/)
  })

  it('asks for the settings of the owner wherever it is decided what a run is made of', () => {
    const files = callersOf(/(?<!function )\bnamingMadeOf\(/)
    const ofSpares = 'hub/servers/spares/wanted.ts'
    assert.deepEqual(files, ['hub/servers/request.ts', ofSpares, 'hub/servers/stop.ts'])
    // A spare has no owner yet. It is given only to a user for whom the same settings come out.
    assert.match(read(ofSpares), /namingMadeOf\(hub, \{ \.\.\.courseWith\(hub, anyone, course, chosen\), answers \}/)
    for (const file of files.filter((file) => file !== ofSpares)) {
      const [, asked = ''] = /\bnamingMadeOf\(hub, (\w+)/.exec(read(file)) ?? []
      const decided = new RegExp(`\\b${asked} = \\{ \\.\\.\\.courseWith\\(hub, (user|owner), course, chosen\\)`).test(
        read(file),
      )
      assert.ok(decided, `${file} names ${asked}`)
    }
    assert.match(read('hub/choices/decide.ts'), /\bcourseOfOwner\(hub, \w+, course\)/)
  })
})
