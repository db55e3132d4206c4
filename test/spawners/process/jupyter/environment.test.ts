import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { identifyProcess } from '../../../../net/machine/process-identity.ts'
import { makeJupyterEnvironment } from '../../../../spawners/process/jupyter/environment.ts'
import { until } from '../../../helpers/until.ts'

/** Tests with a shell script in place of Python and pip, which can fail in every way. No package is fetched. */
describe('the JupyterLab environment', () => {
  let root: string
  let bin: string
  let lines: string[]

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'carrel-environment-'))
    bin = join(root, 'path')
    lines = []
    await mkdir(bin)
  })
  afterEach(() => rm(root, { recursive: true }))

  const make = (options: { root?: string; python?: string; signal?: AbortSignal } = {}) =>
    makeJupyterEnvironment({
      root,
      env: { PATH: `${bin}:/usr/bin:/bin` },
      python: join(bin, 'python3'),
      report: (line) => lines.push(line),
      signal: new AbortController().signal,
      ...options,
    })

  interface FakePython {
    version?: string
    hasVenv?: boolean
    /** Lines of shell that are run for `pip install`. */
    install?: string
  }

  /**
   * Writes the script. Its `-m venv DIR` makes DIR/bin/python, which is the script again; its `pip install` makes a
   * jupyter-lab as pip does.
   */
  async function fakePython({ version = '3.12.1', hasVenv = true, install = '' }: FakePython = {}): Promise<void> {
    const script = `#!/bin/sh
      case "$*" in
        *platform*) echo ${version};;
        *ensurepip*) exit ${hasVenv ? 0 : 1};;
        "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo "home = $3" > "$3/pyvenv.cfg";;
        *uninstall*) echo "$*" > "$(dirname "$0")/uninstalled";;
        *"pip "*install*) here=$(dirname "$0")
          ${install}
          echo "Collecting jupyterlab>=4"
          echo "Installing collected packages: a, b, c"
          printf '#!%s/python\\nprint("lab")\\n' "$here" > "$here/jupyter-lab";;
      esac`
    await writeFile(join(bin, 'python3'), script)
    await chmod(join(bin, 'python3'), 0o755)
  }

  const isThere = async () => (await readdir(root)).filter((name) => name.startsWith('.jupyter'))

  it('is made once, complete and in its place, with reports of progress', async () => {
    await fakePython()
    await make()
    assert.deepEqual(await isThere(), ['.jupyter'])
    const script = await readFile(join(root, '.jupyter/bin/jupyter-lab'), 'utf8')
    assert.equal(script.split('\n')[0], `#!${root}/.jupyter/bin/python`)
    assert.equal(await readFile(join(root, '.jupyter/pyvenv.cfg'), 'utf8'), `home = ${root}/.jupyter\n`)
    assert.match(await readFile(join(root, '.jupyter/bin/uninstalled'), 'utf8'), /--yes rfc3987-syntax/)
    assert.deepEqual(
      [lines[0], lines.at(-1)],
      ['Installing JupyterLab into .jupyter, once (about a minute) …', 'JupyterLab is installed.'],
    )
    lines = []
    await make()
    assert.deepEqual(lines, [])
  })

  it('is complete when two starts make it at once', async () => {
    await fakePython({ install: 'sleep 0.2' })
    await Promise.all([make(), make(), make()])
    assert.deepEqual(await isThere(), ['.jupyter'])
  })

  it('is made again when the first try was interrupted, and nothing of the first try is left', async () => {
    await fakePython({ install: 'kill -9 $PPID; sleep 5' })
    const script = `import { makeJupyterEnvironment } from ${JSON.stringify(environmentModule)}
      const signal = new AbortController().signal
      await makeJupyterEnvironment({ root: ${JSON.stringify(root)}, python: ${JSON.stringify(join(bin, 'python3'))}, report() {}, signal })`
    const killed = promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script])
    await assert.rejects(killed, { signal: 'SIGKILL' })
    assert.equal((await isThere()).length, 1)
    await fakePython()
    await make()
    assert.deepEqual(await isThere(), ['.jupyter'])
  })

  it('does not touch the draft of another start', async () => {
    const theirs = join(root, '.jupyter.theirs')
    await mkdir(theirs)
    await writeFile(join(theirs, 'carrel-maker.json'), JSON.stringify(await identifyProcess(process.pid)))
    await fakePython()
    await make()
    assert.deepEqual((await isThere()).sort(), ['.jupyter', '.jupyter.theirs'])
  })

  it('is made anew when its Python was removed, or the checkout was moved', async () => {
    await fakePython()
    await make()
    await rm(join(root, '.jupyter/bin/python'))
    await make()
    await writeFile(join(root, '.jupyter/bin/jupyter-lab'), '#!/elsewhere/.jupyter/bin/python\n')
    await make()
    assert.match(await readFile(join(root, '.jupyter/bin/jupyter-lab'), 'utf8'), new RegExp(`^#!${root}`))
    assert.deepEqual(await isThere(), ['.jupyter'])
  })

  it('may be a link to that of another checkout, which is left as it is', async () => {
    await fakePython()
    const other = join(root, 'other')
    await mkdir(other)
    await make({ root: other })
    await symlink('other/.jupyter', join(root, '.jupyter'))
    lines = []
    await make()
    assert.deepEqual(lines, [])
    await rename(join(other, '.jupyter'), join(other, 'elsewhere'))
    await assert.rejects(make(), /\.jupyter is a link to other\/\.jupyter, where no complete JupyterLab is.*remove it/)
    await mkdir(join(other, '.jupyter'))
    await writeFile(join(other, '.jupyter/theirs'), '')
    await assert.rejects(make(), /is a link to other\/\.jupyter/)
    assert.deepEqual(await readdir(join(other, '.jupyter')), ['theirs'])
    assert.deepEqual(await isThere(), ['.jupyter'])
  })

  it('is abandoned at once, with all its processes, when the start is aborted', async () => {
    await fakePython({ install: `echo $$ > "${root}/installing"; sleep 1000` })
    const controller = new AbortController()
    const making = make({ signal: controller.signal })
    making.catch(() => undefined)
    const pid = await until(
      async () => Number(await readFile(join(root, 'installing'), 'utf8').catch(() => '')) || undefined,
    )
    controller.abort(new Error('Ctrl-C'))
    await assert.rejects(making, /Ctrl-C/)
    assert.equal(await identifyProcess(pid), undefined)
    assert.deepEqual(await isThere(), [])
  })

  it('ignores settings that would install packages elsewhere', async () => {
    await fakePython({ install: 'env > "$here/seen"' })
    process.env.PIP_TARGET = '/elsewhere'
    process.env.PIP_INDEX_URL = 'https://index.example.org/simple'
    try {
      await makeJupyterEnvironment({
        root,
        python: join(bin, 'python3'),
        report: () => undefined,
        signal: new AbortController().signal,
      })
    } finally {
      delete process.env.PIP_TARGET
      delete process.env.PIP_INDEX_URL
    }
    const seen = await readFile(join(root, '.jupyter/bin/seen'), 'utf8')
    assert.doesNotMatch(seen, /PIP_TARGET/)
    assert.match(seen, /PIP_INDEX_URL=https:\/\/index/)
  })

  const failures: [what: string, python: FakePython | undefined, remedies: RegExp[]][] = [
    [
      'there is no Python',
      undefined,
      [/needs Python 3\.9 or newer/, /apt install python3/, /brew install/, /jupyter:/],
    ],
    ['Python is too old', { version: '3.7.3' }, [/python3 is 3\.7\.3/, /apt install/]],
    ['there is no venv module', { hasVenv: false }, [/venv or ensurepip/, /apt install python3-venv/]],
    [
      'there is no package index',
      { install: 'echo "ERROR: No matching distribution found for jupyterlab>=4.2" >&2; exit 1' },
      [/No matching distribution/, /PIP_INDEX_URL/, /jupyter:/],
    ],
  ]
  for (const [what, python, remedies] of failures) {
    it(`fails with a remedy when ${what}, and leaves nothing behind`, async () => {
      if (python !== undefined) await fakePython(python)
      const error = await make().then(
        () => assert.fail('it was made'),
        (reason: Error) => reason,
      )
      for (const remedy of remedies) assert.match(error.message, remedy)
      assert.deepEqual(await isThere(), [])
    })
  }

  it('looks for python3, then for python', async () => {
    await fakePython()
    await promisify(execFile)('mv', [join(bin, 'python3'), join(bin, 'python')])
    await makeJupyterEnvironment({
      root,
      env: { PATH: `${bin}:${await shellTools()}` },
      report: () => undefined,
      signal: new AbortController().signal,
    })
    assert.deepEqual(await isThere(), ['.jupyter'])
  })

  /** Returns a PATH with the programs that the script needs, and no Python. */
  async function shellTools(): Promise<string> {
    const folder = join(root, 'tools')
    await mkdir(folder)
    for (const tool of ['cp', 'mkdir', 'dirname']) {
      const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `command -v ${tool}`])
      await promisify(execFile)('ln', ['-s', stdout.trim(), join(folder, tool)])
    }
    return folder
  }
})

const environmentModule = join(import.meta.dirname, '../../../../spawners/process/jupyter/environment.ts')
