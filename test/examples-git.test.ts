import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { loadConfig } from '../config/load.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const example = join(root, 'examples/git')

describe('the example with a course from git', () => {
  let folder: string
  let url: string
  let host: ReturnType<typeof spawn>

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-example-git-'))
    for (const command of await commandsOf('README.md')) await run('sh', ['-c', command], { cwd: root })
    host = spawn(process.execPath, [join(example, 'host.ts'), folder, '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
    if (host.stdout === null) throw new Error('it has no output')
    const [line] = await once(createInterface({ input: host.stdout }), 'line')
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? assert.fail(line)
  })
  after(async () => {
    host.kill()
    await once(host, 'exit')
    await rm(folder, { recursive: true, force: true })
  })

  /** Returns the commands that make the repository, as a document has them, for the folder of this test. */
  async function commandsOf(file: string): Promise<string[]> {
    const [, block = ''] =
      /```sh\n(mkdir -p \/tmp\/(?:carrel-)?courses[\s\S]*?)```/.exec(await readFile(join(example, file), 'utf8')) ?? []
    const lines = block
      .replaceAll(/\/tmp\/(?:carrel-)?courses/g, folder)
      .trim()
      .split('\n')
    assert.match(lines.pop() ?? '', /^(?:npx )?node examples\/git\/host\.ts /)
    assert.ok(lines.length >= 4)
    return lines
  }

  it('makes the repository by the commands of its README, and serves it whole', async () => {
    const copy = join(folder, 'copy')
    await run('git', ['clone', '--depth=1', `${url}/weather`, copy])
    for (const file of ['carrel.yaml', 'week1/rain.ipynb', 'week1/wind.ipynb', 'data/rain.csv'])
      assert.equal(
        await readFile(join(copy, file), 'utf8'),
        await readFile(join(example, 'course', file), 'utf8'),
        file,
      )
  })

  it('has the same commands in the tutorial', async () => {
    const tutorial = await commandsOf('../../docs/tutorial.md')
    assert.deepEqual(tutorial, await commandsOf('README.md'))
  })

  it('serves nothing but repositories, and takes no push', async () => {
    const paths = ['/', '/weather/carrel.yaml', '/weather/.git/config', '/%2e%2e/info/refs?service=git-upload-pack']
    for (const path of paths) assert.equal((await fetch(`${url}${path}`)).status, 404, path)
    const push = `${url}/weather/info/refs?service=git-receive-pack`
    assert.equal((await fetch(push)).status, 404)
    assert.equal((await fetch(`${url}/weather/git-receive-pack`, { method: 'POST' })).status, 404)
    assert.equal((await fetch(`${url}/none/info/refs?service=git-upload-pack`)).status, 404)
  })

  it('names that repository in its config, and may reach it', async () => {
    const { courses, git } = await loadConfig(join(example, 'carrel.config.ts'))
    assert.equal(courses.weather?.content?.git, 'http://127.0.0.1:8010/weather')
    assert.deepEqual(git.hosts, ['127.0.0.1'])
  })
})
