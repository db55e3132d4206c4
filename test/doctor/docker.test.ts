import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDir, startCarrel } from '../helpers/carrel.ts'
import { docker, dockerMissing, loadedImage, onlyNetwork, removeNetworks } from '../helpers/engines/docker.ts'
import { freeSubnet } from '../helpers/engines/free-subnet.ts'
import { testInstallation } from '../helpers/engines/started.ts'
import { requirePart } from '../helpers/require.ts'
import { until } from '../helpers/until.ts'
import { makeBed, openPortsBut, secretsForDoctor, serveOn } from './world.ts'

/** Returns whether a kubelet listens. In the table of Linux, 0A is the state of listening, and 280A is port 10250. */
function kubeletListens(): boolean {
  return ['tcp', 'tcp6'].some((table) =>
    / [0-9A-F]+:280A [0-9A-F:]+ 0A /.test(readFileSync(`/proc/net/${table}`, 'latin1')),
  )
}

describe('carrel doctor on a Docker Engine', function () {
  this.timeout(300_000)
  const installation = testInstallation()
  let image: string

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('jupyter')
  })

  after(() => removeNetworks([`carrel.installation=${installation}`]))

  const configOf = (spawner: string, more = '', course = '') => `
    import { temporary } from 'carrel/authenticators/temporary'
    import { defineConfig } from 'carrel/config'
    import { dockerSpawner } from 'carrel/spawners/docker'
    export default defineConfig({
      installation: '${installation}',
      spawner: dockerSpawner({ pull: 'never', ${spawner} }),
      authenticators: [temporary()],
      courses: { demo: { image: '${image}', limits: { memory: '256M' }, ${course} } },
      ${more}
    })`
  const probes = () =>
    docker.listContainers({
      all: true,
      filters: { label: [`carrel.installation=${installation}`, 'carrel.user=carrel-doctor'] },
    })

  it('finds no problem in a good system, and leaves nothing behind', async () => {
    const subnet = await freeSubnet()
    const config = configOf(
      `subnet: '${subnet}.0/24', internet: false, writable: ['/home/jovyan']`,
      `hub: { internal: { ip: '${subnet}.1' } },`,
    )
    const carrel = await startCarrel({ config })
    const bed = await makeBed(join(carrel.dataDir, 'data'))
    try {
      await bed.config(config)
      const { code, findings, problems, errors } = await bed.begin(openPortsBut()).report
      // If a cluster of other tests runs on this machine, the doctor rightly reports it.
      const cluster = 'from inside, Kubernetes on this machine'
      const besides = findings.filter(({ check }) => check !== cluster || !kubeletListens())
      assert.deepEqual(
        besides.filter(({ verdict }) => verdict !== 'ok'),
        [],
        errors,
      )
      assert.equal(code, [...problems].length === 0 ? 0 : 1)
      const internal = findings.find(({ check }) => check === "from inside, the hub's internal listener")
      assert.match(internal?.message ?? '', /answers at .*:8082, serves its API only, and refuses who has no token/)
      assert.deepEqual(await probes(), [])
    } finally {
      await carrel.stop()
      await bed.clear()
    }
  })

  it('finds out from inside that servers reach each other, the metadata address of a cloud, and have a gateway’s address', async () => {
    const name = `carrel-test-${randomBytes(4).toString('hex')}`
    // On such a network servers reach each other, and a container answers at the metadata address of clouds.
    const network = await onlyNetwork(name, '169.254.169.0/24')
    const metadata = await docker.createContainer({
      Image: await loadedImage('tiny'),
      User: '0',
      Cmd: ['httpd', '-f', '-p', '80', '-h', '/www'],
      HostConfig: { NetworkMode: name },
      NetworkingConfig: { EndpointsConfig: { [name]: { IPAMConfig: { IPv4Address: '169.254.169.254' } } } },
    })
    const bed = await makeBed()
    try {
      await metadata.start()
      const gateway = `header({ from: ['169.254.169.0/24'], headers: { user: 'Remote-User' } })`
      const own = configOf(`network: '${name}'`).replace('dockerSpawner({', 'byAddress({')
      await bed.config(`${own.replace('[temporary()]', `[temporary(), ${gateway}]`)}
        import { header } from 'carrel/authenticators/header'
        import Docker from '${projectDir}node_modules/dockerode/lib/docker.js'
        // The doctor of a test is no container of that network, so it cannot resolve names of containers.
        function byAddress(options: object) {
          const plugin = dockerSpawner(options)
          return {
            ...plugin,
            async open(context: never) {
              const spawner = await plugin.open(context)
              return {
                ...spawner,
                async start(spec: never, how: never) {
                  const started = await spawner.start(spec, how)
                  const { NetworkSettings } = await new Docker().getContainer(started.state.id).inspect()
                  return { ...started, url: 'http://' + NetworkSettings.Networks['${name}'].IPAddress + ':8888' }
                },
              }
            },
          }
        }`)
      const { code, problems, errors } = await bed.begin(openPortsBut(), secretsForDoctor).report
      assert.equal(code, 1, errors)
      const siblings = problems.get('from inside, the server of another learner')
      assert.match(siblings ?? '', /169\.254\.169\.\d+:8888.*leave out the option network/)
      const answered = problems.get('from inside, the metadata address of the cloud')
      assert.match(answered ?? '', /169\.254\.169\.254:80.*iptables -I DOCKER-USER/)
      const gateways = problems.get('from inside, the gateway of header "header"')
      assert.match(gateways ?? '', /169\.254\.169\.\d+, which a server has too: any learner can sign in as any person/)
    } finally {
      await metadata.remove({ force: true })
      await network.remove()
      await bed.clear()
    }
  })

  it('finds out from inside what a badly set up engine lets servers do and reach', async () => {
    const fake = await serveOn('0.0.0.0', (_request, response) => response.end('{"version":"1"}'))
    const proxy = await serveOn('0.0.0.0', (_request, response) => response.end('{}'))
    const naked = await serveOn('0.0.0.0', (_request, response) => response.end('hello'))
    const bed = await makeBed()
    try {
      await bed.config(
        configOf(
          `newPrivileges: true, capabilities: ['NET_RAW']`,
          `hub: { ip: '0.0.0.0', port: ${fake.port}, internal: { ip: '172.17.0.1', port: ${fake.port} } },
           proxies: [{ url: 'http://127.0.0.1:${proxy.port}' }],`,
          `env: { CARREL_PROXY_TOKEN: 'oh dear' },
           rules: [{ when: { role: 'staff' }, options: { newPrivileges: false, capabilities: ['NET_RAW', 'SYS_CHROOT'] } }],`,
        ),
      )
      const { code, problems, errors } = await bed.begin(openPortsBut(naked.port), secretsForDoctor).report
      assert.equal(code, 1, errors)
      const expected: [string, RegExp][] = [
        [`proxy http://127.0.0.1:${proxy.port}`, /takes a wrong token/],
        [`the API of proxy http://127.0.0.1:${proxy.port}`, /listens on 0\.0\.0\.0.*--api-ip 127\.0\.0\.1/],
        ["the hub's public listener", /listens on 0\.0\.0\.0.*hub\.ip/],
        ["from inside, a proxy's API", new RegExp(`:${proxy.port}`)],
        ['from inside, a port of this machine', new RegExp(`:${naked.port}\\b.*--open-ports`)],
        ["from inside, the hub's internal listener", /tells of users without a token/],
        ['capabilities', /0000000000002000.*option capabilities/],
        ['capabilities of demo as a rule or a choice has it (2)', /0000000000042000.*option capabilities/],
        ['new privileges', /option newPrivileges/],
        ['environment', /sees CARREL_PROXY_TOKEN/],
      ]
      for (const [check, message] of expected) assert.match(problems.get(check) ?? [...problems].join('\n'), message)
      assert.ok(!problems.has('from inside, the server of another learner'))
      assert.ok(!problems.has('new privileges of demo as a rule or a choice has it (2)'))
    } finally {
      for (const { close } of [fake, proxy, naked]) close()
      await bed.clear()
    }
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`removes its servers when it is interrupted (${signal})`, async () => {
      const bed = await makeBed()
      try {
        await bed.config(configOf(''))
        // Containers of an earlier doctor may still be on their way out.
        await until(async () => (await probes()).length === 0)
        const doctor = bed.begin([], secretsForDoctor)
        await until(async () => (await probes()).length > 0)
        doctor.kill(signal)
        assert.equal((await doctor.report).code, 130)
        assert.deepEqual(await probes(), [])
      } finally {
        await bed.clear()
      }
    })
  }
})
