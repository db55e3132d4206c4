import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import type { DockerOptionsInput } from '../../../spawners/docker/options.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { docker, dockerMissing, loadedImage } from '../../helpers/engines/docker.ts'
import { type Registry, type RegistryOptions, startRegistry } from '../../helpers/engines/registry.ts'
import { imageArchive } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'

async function look(image: string, options: DockerOptionsInput = {}, ask = true, start?: string): Promise<string> {
  const { signal } = new AbortController()
  const courses = [{ name: 'demo', image, start }]
  const found = (await dockerSpawner(options).check?.({ courses, ask, signal })) ?? []
  return found.map(({ course, verdict, message }) => `${course ?? 'spawner'} ${verdict}: ${message}`).join('\n')
}

describe('the look of the Docker spawner', () => {
  const cleanup = cleanupAfterEach()

  async function engine(answer: RequestListener, timeoutSeconds = 60): Promise<DockerOptionsInput> {
    const server = createServer(answer).listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => {
      server.closeAllConnections()
      server.close()
    })
    return { host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutSeconds }
  }

  it('finds a name that no image has, without asking an engine', async () => {
    const options = { host: 'tcp://127.0.0.1:1' }
    for (const image of ['', 'Course', 'a b', 'https://registry.example.org/course']) {
      assert.match(await look(image, options, false), /^demo problem: ".*" is not the name of an image\. Correct image/)
    }
    assert.equal(await look('registry.example.org/course:1', options, false), '')
  })

  it('says that no engine answers, and nothing of courses', async () => {
    const said = await look('course:1', { host: 'tcp://127.0.0.1:1' })
    assert.match(said, /^spawner problem: No Docker Engine answers at tcp:\/\/127\.0\.0\.1:1.*$/)
  })

  it('asks an engine once for an image of several courses, and never for a pull', async () => {
    const asked: string[] = []
    const options = await engine((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.end('{}')
    })
    const courses = ['a', 'b', 'c'].map((name) => ({ name, image: 'course:1' }))
    const { signal } = new AbortController()
    const found = (await dockerSpawner(options).check?.({ courses, ask: true, signal })) ?? []
    assert.deepEqual(
      found.map(({ course, verdict }) => [course, verdict]),
      courses.map(({ name }) => [name, 'ok']),
    )
    assert.deepEqual(asked, ['GET /_ping', 'GET /images/course:1/json'])
  })

  it('tells what the engine and this machine lack for the spawner, and for which course', async () => {
    const options = await engine((request, response) => {
      if (request.url?.startsWith('/volumes/')) response.writeHead(404)
      const Runtimes = { runc: {} }
      const DriverStatus = [['Backing Filesystem', 'extfs']]
      response.end(JSON.stringify({ message: 'no such volume', Runtimes, Driver: 'overlay2', DriverStatus }))
    })
    const secretEnv = { API_KEY: '/absent/key' }
    const courses = [
      { name: 'plain', image: 'course:1' },
      {
        name: 'own',
        image: 'course:1',
        options: { runtime: 'runsc', mounts: [{ volume: 'sets', path: '/srv/sets' }] },
      },
      {
        name: 'small',
        image: 'course:1',
        options: { disk: '100Mi', runtime: 'runc', secretEnv, seccomp: '/absent/profile' },
      },
      // The hub builds its image.
      { name: 'built', options: { secretEnv: { ...secretEnv, OTHER: '/absent/other' } } },
      // The check of the config tells this.
      { name: 'wrong', image: 'course:1', options: { runtime: 1 } },
    ]
    const { signal } = new AbortController()
    const own = { ...options, mounts: [{ volume: 'common', path: '/srv/common' }] }
    const said = async (ask: boolean) =>
      ((await dockerSpawner(own).check?.({ courses, ask, signal })) ?? [])
        .filter(({ verdict }) => verdict !== 'ok')
        .map(({ course, verdict, message }) => `${course ?? 'spawner'} ${verdict}: ${message}`)
    const files = [
      /^small problem: the file \/absent\/key of the variable API_KEY: ENOENT.*option secretEnv/,
      /^small problem: the seccomp profile \/absent\/profile: ENOENT.*option seccomp/,
      /^built problem: the file \/absent\/key of the variable API_KEY/,
      /^built problem: the file \/absent\/other of the variable OTHER/,
    ]
    const lacks = [
      /^spawner problem: the engine has no volume common,/,
      /^own problem: the engine has no volume sets,/,
      /^own problem: the engine has no runtime runsc, .* it has runc\./,
      /^small problem: the engine cannot limit a server's disk \(option disk\).* overlay2 on extfs: /,
    ]
    for (const [ask, expected] of [
      [false, files],
      [true, [...files, ...lacks]],
    ] as const) {
      const found = await said(ask)
      assert.equal(found.length, expected.length, found.join('\n'))
      for (const [at, pattern] of expected.entries()) assert.match(found[at] ?? '', pattern)
    }
  })

  it('judges a course’s image by its own option about fetching', async () => {
    const options = await engine((request, response) => {
      if (request.url?.startsWith('/images/')) response.writeHead(404)
      response.end(JSON.stringify({ message: 'No such image' }))
    })
    const courses = [
      { name: 'fetches', image: 'course:1' },
      { name: 'never', image: 'course:1', options: { pull: 'never' } },
    ]
    const { signal } = new AbortController()
    const found = (await dockerSpawner(options).check?.({ courses, ask: true, signal })) ?? []
    assert.deepEqual(
      found.map(({ course, verdict }) => [course, verdict]),
      [
        ['fetches', 'ok'],
        ['never', 'problem'],
      ],
    )
  })

  const answers: [what: string, status: number, message: string, expected: RegExp][] = [
    [
      'does not know the image',
      404,
      'manifest unknown',
      /^demo problem: its image course:1 is not to be had: manifest unknown\. Correct/,
    ],
    ['lets nobody in', 401, 'unauthorized: authentication required', /^demo problem: .*option registryAuth/],
    [
      'cannot be reached',
      500,
      'dial tcp 10.0.0.1:443: i/o timeout',
      /^demo problem: the registry of its image course:1 cannot be asked/,
    ],
    ['cannot be asked by this engine', 404, 'page not found', /^demo unknown: whether its image course:1 is there/],
  ]
  for (const [what, status, message, expected] of answers) {
    it(`tells that the registry ${what}`, async () => {
      const options = await engine((request, response) => {
        if (request.url === '/_ping') return response.end('OK')
        const isHere = request.url?.startsWith('/images/')
        response.writeHead(isHere ? 404 : status, { 'content-type': 'application/json' })
        return response.end(JSON.stringify({ message: isHere ? 'No such image' : message }))
      })
      assert.match(await look('course:1', options), expected)
    })
  }

  it('has the registry asked where each start does, although the engine has an image of that name', async () => {
    const asked: string[] = []
    const options = await engine((request, response) => {
      asked.push(request.url ?? '')
      response.end('{}')
    })
    assert.match(await look('course:1', { ...options, pull: 'always' }), /^demo ok: .*to be had from its registry/)
    assert.equal(asked.at(-1), '/distribution/course:1/json')
  })

  it('takes an engine that hangs at an image for unknown', async () => {
    const options = await engine((request, response) => {
      if (request.url === '/_ping') response.end('OK')
    }, 2)
    assert.match(await look('course:1', options), /^demo unknown: .*took over 2 s/)
  })
})

describe('the look of the Docker spawner at a real engine', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const login = { username: 'course', password: 'open sesame' }
  let archive: string

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    archive = (await imageArchive('tiny')).archive
  })

  async function open(options: Omit<RegistryOptions, 'archive'> = {}): Promise<Registry> {
    const registry = await startRegistry({ archive, ...options })
    cleanup.defer(() => registry.close())
    return registry
  }

  it('finds an image that the engine has, and says that it did not look for start in it', async () => {
    const image = await loadedImage('tiny')
    assert.equal(await look(image), `demo ok: the engine has its image ${image}`)
    assert.match(await look(image, { pull: 'never' }, true, 'a.ipynb'), /; whether a\.ipynb is in it is not known$/)
  })

  it('finds an image at its registry, and does not fetch it', async () => {
    const registry = await open()
    assert.equal(
      await look(registry.reference),
      `demo ok: its image ${registry.reference} is to be had from its registry`,
    )
    assert.ok(registry.requests.some(({ line }) => line.includes('/manifests/')))
    await assert.rejects(docker.getImage(registry.reference).inspect(), { statusCode: 404 })
  })

  it('finds no image at a registry that has none of that name, or is away', async () => {
    const registry = await open()
    for (const wrong of [`${registry.reference}-typo`, `${registry.address}/another/image:1`]) {
      assert.match(await look(wrong), /^demo problem: its image .* is not to be had: .*Correct image/)
    }
    assert.match(await look('127.0.0.1:1/absent:1'), /^demo problem: the registry of its image .* cannot be asked/)
    assert.match(await look(registry.reference, { pull: 'never' }), /^demo problem: .*option pull says never/)
  })

  it('asks with the login of the registry, and tells it to nobody', async () => {
    const registry = await open({ login: { ...login, by: 'basic' } })
    const registryAuth = { ...login, serveraddress: registry.address }
    assert.match(await look(registry.reference), /^demo problem: .*registryAuth/)
    assert.match(await look(registry.reference, { registryAuth }), /^demo ok/)
    const wrong = await look(registry.reference, { registryAuth: { ...registryAuth, password: 'wrong guess' } })
    assert.match(wrong, /^demo problem: /)
    assert.doesNotMatch(wrong, /guess|sesame/)
  })
})
