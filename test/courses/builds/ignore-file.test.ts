import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { leftOutBy } from '../../../courses/builds/ignore-file.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { dockerMissing } from '../../helpers/engines/docker.ts'
import { requirePart } from '../../helpers/require.ts'

const run = promisify(execFile)
const paths = [
  ...['README.md', 'data.csv', 'a.pyc', 'deep/a.pyc', 'deep/er/a.pyc', 'deep/er/keep.txt', 'deep/keep.txt'],
  ...['temp/x', 'temp/y/z', 'tempa', 'tempb', 'docs/README.md', 'docs/a.md', 'docs/b.md', 'a-b', 'a+b', 'axb'],
  ...['notes (1).txt', 'x.y.z', 'ab/c/d', 'solutions/week1.ipynb', 'week1/solutions/a.ipynb', 'src/.env', '.env'],
]
/** Texts of `.dockerignore`, each of which is given to Docker's own client too. */
const texts = [
  '# a remark\n\n  \n/temp/\n*.md\n!README.md\n./docs/../ab/\r\n',
  '*/temp*\n*/*/temp*\ntemp?\n**/*.pyc\nx.y.?\n.env\n',
  '**.pyc\n**/solutions\nab/**/d\n**/e**\n',
  'deep/**\n!deep/keep.txt\na[+\\-]b\n[^.]*.csv\ntemp[a-a]\nnotes\\ (1).txt\n',
  '*\n!docs/a.md\n!week1/solutions\n',
  'docs\n!docs/README.md\ndocs/R*\ndeep/**/keep.txt\n../temp\n.\n/\n',
  '**\n!src/.env\n',
]

describe('.dockerignore', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const keptBy = async (text: string) => {
    const left = await leftOutBy('.dockerignore', text, paths)
    return paths.filter((path) => !left.has(path)).sort()
  }

  const cases: [what: string, text: string, expected: (path: string) => boolean][] = [
    ['leaves out a folder with all in it', 'temp', (path) => !path.startsWith('temp/')],
    ['takes files back in, by the last line that means them', '*.md\n!README.md', () => true],
    ['means names at the top alone without **', '*.pyc', (path) => path !== 'a.pyc'],
    ['means names at any depth with **/', '**/*.pyc', (path) => !path.endsWith('.pyc')],
    [
      'takes a file back in from a folder that is left out',
      'deep\n!deep/keep.txt',
      (path) => !path.startsWith('deep/') || path === 'deep/keep.txt',
    ],
    ['takes names back in at any depth', '*\n!**/README.md', (path) => path.endsWith('README.md')],
  ]
  for (const [what, text, expected] of cases)
    it(what, async () => assert.deepEqual(await keptBy(text), paths.filter(expected).sort()))

  it('leaves out folders of which nothing is left, and no others', async () => {
    const left = await leftOutBy('.dockerignore', 'deep/er\ntemp\n!temp/x\ndocs/*', paths)
    const folders = [...left].filter((path) => !paths.includes(path))
    assert.deepEqual(folders, ['deep/er', 'temp/y'])
  })

  it('is refused with the lines that Docker cannot read', async () => {
    const text = 'a\n!\nb[\n[]\nc\\\na[-+]b\n'
    await assert.rejects(leftOutBy('.dockerignore', text, paths), ({ problems }: { problems: string[] }) => {
      assert.deepEqual(
        problems.map((problem) => problem.split(':')[0]),
        [2, 3, 4, 5, 6].map((line) => `.dockerignore, line ${line}`),
      )
      return true
    })
  })

  describe('is read as Docker reads it', () => {
    before(async function () {
      const noClient = await run('docker', ['--version']).then(
        () => undefined,
        () => 'there is no docker command (on Debian: apt-get install docker.io)',
      )
      requirePart(this, 'docker', (await dockerMissing()) ?? noClient)
    })
    for (const text of texts) {
      it(JSON.stringify(text), async () => {
        const folder = await mkdtemp(join(tmpdir(), 'carrel-ignore-'))
        cleanup.defer(() => rm(folder, { recursive: true }))
        for (const path of paths) {
          await mkdir(join(folder, dirname(path)), { recursive: true })
          await writeFile(join(folder, path), path)
        }
        await writeFile(join(folder, '.dockerignore'), text)
        await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY . /all/\n')
        assert.deepEqual(await keptBy(text), await seenIn(folder))
      })
    }
  })

  /** Builds an image of the folder, and returns which of the files it has. */
  async function seenIn(folder: string): Promise<string[]> {
    const tag = `carrel.test/ignore:${randomBytes(6).toString('hex')}`
    const env = { ...process.env, DOCKER_BUILDKIT: '0' }
    await run('docker', ['build', '--quiet', '--tag', tag, folder], { env })
    cleanup.defer(() => run('docker', ['image', 'rm', '--force', tag]))
    const { stdout: id } = await run('docker', ['create', tag, 'none'])
    cleanup.defer(() => run('docker', ['rm', '--force', id.trim()]))
    const listing = spawn('tar', ['-t'], { stdio: ['pipe', 'pipe', 'ignore'] })
    spawn('docker', ['export', id.trim()], { stdio: ['ignore', 'pipe', 'ignore'] }).stdout.pipe(listing.stdin)
    const names = Buffer.concat(await Array.fromAsync(listing.stdout))
      .toString()
      .split('\n')
    return names
      .flatMap((name) => (name.startsWith('all/') && paths.includes(name.slice(4)) ? [name.slice(4)] : []))
      .sort()
  }
})
