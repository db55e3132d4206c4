import assert from 'node:assert/strict'
import { type Course, courseSchema } from '../../../courses/course.ts'
import { madeOfCourse } from '../../../hub/made-of/made-of.ts'
import { readyPath } from '../../../hub/made-of/program.ts'
import { canListen, listensOnly, type SpecInput, serverSpec } from '../../../hub/servers/server-spec.ts'
import { serverToken } from '../../../seats/keys.ts'

describe('what to start for a run', () => {
  const key = { kid: 'k', secret: Buffer.alloc(32, 1) }
  const token = serverToken(key, 'abc123abc123', 2)
  const hub = { hubUrl: 'https://hub.example.org', internalUrl: 'http://10.0.0.1:8082' }
  const courseOf = (course: object): Course => ({
    ...courseSchema.parse({ image: 'image:1', ...course }),
    name: 'Demo',
    slug: 'demo',
    id: 'demo',
  })
  const specOf = (course: object, more: Partial<SpecInput> = {}) =>
    serverSpec({
      server: 'abc123abc123',
      run: 2,
      user: 'ann',
      path: '/user/ann/demo/',
      listen: { port: 8888 },
      key,
      madeOf: madeOfCourse(hub, courseOf(course)),
      ...more,
    })
  const home = {
    mounted: { id: 'h1', path: '/home/jovyan/work', fromImage: false },
    folder: '/home/jovyan/work',
  } as unknown as NonNullable<SpecInput['home']>

  const settingsWith = (host: string) =>
    `--ServerApp.tornado_settings={'hub_prefix': "/hub/at/user/ann/demo/", 'hub_host': "${host}", 'user': "ann"}`

  it('has the hash that it had before there were other programs', () => {
    const { hash } = specOf({ env: { A: '{port}' }, command: ['start-notebook.py'], limits: { memory: '1G' } })
    assert.equal(hash, '53c3732e0dd39faee06c446868fe92c904f28f812a6a3ab7665a67999d655c99')
  })

  it('leads through its own host to the hub where the owner finds the strip, and has no other hash without it', () => {
    const { command, hash } = specOf({ strip: true })
    assert.ok(command.includes(settingsWith('')))
    assert.ok(command.includes('--LabApp.expose_app_in_browser=True'))
    assert.ok(!specOf({ strip: true, program: 'notebook-6' }).command.join(' ').includes('expose_app'))
    assert.ok(specOf({ strip: false }).command.includes(settingsWith('https://hub.example.org')))
    assert.equal(specOf({ strip: false }).hash, specOf({}).hash)
    assert.notEqual(specOf({}).hash, hash)
  })

  it('is Jupyter with the variables of its course as they are', () => {
    const { command, env } = specOf({ env: { A: '{port} {token}' } })
    assert.equal(command[0], 'jupyter-lab')
    assert.deepEqual([env.A, env.JUPYTER_TOKEN, env.JUPYTERHUB_API_TOKEN], ['{port} {token}', token, token])
  })

  it('is the classic Notebook with the names that its options have', () => {
    const { command, env } = specOf({ program: 'notebook-6' }, { home })
    assert.deepEqual(command, [
      'jupyter-notebook',
      '--no-browser',
      '--NotebookApp.ip=0.0.0.0',
      '--NotebookApp.port=8888',
      '--NotebookApp.port_retries=0',
      '--NotebookApp.base_url=/user/ann/demo/',
      '--NotebookApp.allow_remote_access=True',
      '--NotebookApp.allow_root=True',
      `--NotebookApp.tornado_settings={'hub_prefix': "/hub/at/user/ann/demo/", 'hub_host': "https://hub.example.org", 'user': "ann"}`,
      '--NotebookApp.notebook_dir=/home/jovyan/work',
      '--FileContentsManager.delete_to_trash=False',
    ])
    assert.equal(env.JUPYTER_TOKEN, token)
    const own = specOf(
      { program: 'notebook-6', command: ['jupyter', 'notebook'] },
      { listen: { socket: '/run/x/sock' } },
    )
    assert.deepEqual(own.command.slice(0, 4), ['jupyter', 'notebook', '--no-browser', '--NotebookApp.sock=/run/x/sock'])
  })

  describe('for a web program', () => {
    const program = {
      command: ['serve', '--at={ip}:{port}', '--base={prefix}', '{folder}', 'run={start}', '{"a":1}'],
      prefix: 'kept',
      authorization: 'basic',
    }
    const course = {
      program,
      start: 'week 1/{port}.py',
      env: { APP_PASSWORD: '{token}', APP_BASE: '{prefix}/', PLAIN: 'x' },
    }

    it('is its own command, in which only placeholders are filled in', () => {
      const { command, env } = specOf(course, { home })
      assert.deepEqual(command, [
        ...['serve', '--at=0.0.0.0:8888', '--base=/user/ann/demo', '/home/jovyan/work', 'run=week 1/{port}.py'],
        '{"a":1}',
      ])
      assert.deepEqual(env, { APP_PASSWORD: token, APP_BASE: '/user/ann/demo/', PLAIN: 'x' })
    })

    it('has the token in no argument, and not in the hash', () => {
      const one = specOf(course)
      const other = specOf(course, { key: { kid: 'k', secret: Buffer.alloc(32, 2) } })
      assert.doesNotMatch(JSON.stringify(one.command), /carrel-server-/)
      assert.notEqual(one.env.APP_PASSWORD, other.env.APP_PASSWORD)
      assert.equal(one.hash, other.hash)
    })

    it('listens where it can', () => {
      const made = madeOfCourse(hub, courseOf(course)).program
      const socket = { ...program, command: ['serve', '{socket}'], listens: 'socket' }
      const withSocket = madeOfCourse(hub, courseOf({ ...course, program: socket })).program
      assert.deepEqual([made, withSocket, 'jupyter' as const].map(listensOnly), ['port', undefined, undefined])
      assert.equal(canListen(withSocket, { port: 1 }), false)
      assert.equal(canListen('jupyter', { port: 1 }), true)
      const { command } = specOf({ ...course, program: socket }, { listen: { socket: '/run/x/sock' } })
      assert.deepEqual(command, ['serve', '/run/x/sock'])
      assert.deepEqual([specOf(course).listen, specOf({}).listen], [{ port: 8888 }, undefined])
    })

    it('is up when its own path answers, below the prefix unless that is stripped', () => {
      const at = (more: object) =>
        readyPath(madeOfCourse(hub, courseOf({ ...course, program: { ...program, ...more } })), '/user/ann/demo/')
      assert.equal(at({}), '/user/ann/demo/')
      assert.equal(at({ ready: '/healthz?x=1' }), '/user/ann/demo/healthz?x=1')
      assert.equal(at({ ready: '/healthz', prefix: 'stripped' }), '/healthz')
      assert.equal(readyPath({ program: 'notebook-6' }, '/user/ann/demo/'), '/user/ann/demo/api')
      assert.equal(readyPath(undefined, '/user/ann/demo/'), '/user/ann/demo/api')
    })
  })
})
