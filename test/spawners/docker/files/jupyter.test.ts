import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { MountedHome } from '../../../../spawners/files.ts'
import { docker, dockerMissing, loadedImage } from '../../../helpers/engines/docker.ts'
import { newSpec, startContext } from '../../../helpers/engines/started.ts'
import { requirePart } from '../../../helpers/require.ts'
import { until } from '../../../helpers/until.ts'
import { type Desk, openDesk } from './desk.ts'

describe('a notebook in a home at a Docker Engine', function () {
  this.timeout(300_000)
  let image: string
  let other: string
  let desk: Desk | undefined

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('jupyter')
    // The next image of the course: another id, and another user.
    const container = await docker.createContainer({ Image: image })
    const made = await container.commit({ changes: ['USER 1234:100', 'ENV HOME=/tmp'] })
    await container.remove()
    other = String((made as { Id?: string }).Id)
  })

  after(async () => {
    if (other !== undefined) await docker.getImage(other).remove({ force: true })
  })

  afterEach(async () => {
    await desk?.clear()
    desk = undefined
  })

  /** Starts JupyterLab with a home, and returns what asks its contents API. */
  async function open(from: string, home: MountedHome) {
    const token = randomBytes(8).toString('hex')
    const arguments_ = ['--ip=0.0.0.0', '--port=8888', '--no-browser', '--ServerApp.allow_remote_access=True']
    const spec = newSpec(from, ['jupyter-lab', ...arguments_], { home, env: { JUPYTER_TOKEN: token } })
    const { spawner } = desk as Desk
    const { url, state } = await spawner.start(spec, startContext())
    const contents = (path: string, init: RequestInit = {}) =>
      fetch(`${url}/api/contents${path}`, { ...init, headers: { authorization: `token ${token}` } })
    await until(
      () =>
        contents('').then(
          ({ ok }) => ok,
          () => false,
        ),
      'JupyterLab to answer',
    )
    return {
      async save(name: string, content: string) {
        const body = JSON.stringify({ type: 'file', format: 'text', content })
        assert.ok((await contents(`/${name}`, { method: 'PUT', body })).ok)
      },
      async read(name: string): Promise<string> {
        return ((await (await contents(`/${name}?type=file&format=text`)).json()) as { content: string }).content
      },
      async names(): Promise<string[]> {
        const { content } = (await (await contents('')).json()) as { content: { name: string }[] }
        return content.map(({ name }) => name).sort()
      },
      stop: () => spawner.stop(spec, state, { graceSeconds: 10 }),
      async crash() {
        await docker.getContainer(String(state.id)).kill()
        await spawner.stop(spec, state, { graceSeconds: 0 })
      },
    }
  }

  it('keeps what was saved when its server is stopped, crashes, and gets an image with another user', async () => {
    desk = await openDesk({ writable: ['/home/jovyan'] })
    const home = await desk.newHome()
    const first = await open(image, home)
    assert.deepEqual(await first.names(), [])
    await first.save('mine.txt', 'first')
    await first.stop()

    const second = await open(image, home)
    assert.equal(await second.read('mine.txt'), 'first')
    await second.save('mine.txt', 'second')
    await second.crash()

    const third = await open(other, home)
    assert.equal(await third.read('mine.txt'), 'second')
    await third.save('mine.txt', 'third')
    await third.save('more.txt', 'by another user')
    await third.stop()

    assert.equal(await desk.said(image, 'id -u; cat mine.txt more.txt', { home }), '1000\nthirdby another user')
  })

  it('begins with the files of the image where the course wants that', async () => {
    desk = await openDesk()
    const home = { ...(await desk.newHome({ path: '/home/jovyan' })), fromImage: true }
    const server = await open(image, home)
    assert.ok((await server.names()).includes('welcome.ipynb'))
    await server.save('welcome.ipynb', 'mine')
    await server.stop()
    const again = await open(image, home)
    assert.equal(await again.read('welcome.ipynb'), 'mine')
    await again.stop()
  })
})
