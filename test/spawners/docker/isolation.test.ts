import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import { containerName } from '../../../spawners/docker/labels.ts'
import type { DockerOptionsInput } from '../../../spawners/docker/options.ts'
import type { ServerSpec, Spawner } from '../../../spawners/spawner.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { freeSubnet } from '../../helpers/engines/free-subnet.ts'
import { newSpec, startContext, webServer } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'

describe('the isolation of a container', function () {
  this.timeout(300_000)
  let image: string
  let spawner: (Spawner & { clear(): Promise<void> }) | undefined

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('tiny')
  })

  afterEach(async () => {
    await spawner?.clear()
    spawner = undefined
  })

  /** Runs a shell script in a container and returns the lines that it prints. */
  async function inside(script: string, options: DockerOptionsInput = {}): Promise<string[]> {
    spawner ??= await openDocker(options)
    const spec = newSpec(image, ['sh', '-c', `${script}\nsleep 0.2`])
    const { state } = await spawner.start(spec, startContext())
    const status = await until(async () => {
      const polled = await spawner?.poll(spec, state)
      return polled?.state === 'exited' ? polled : undefined
    })
    return status.lines ?? []
  }

  const knock = (address: string, port: number) =>
    `if echo GET / | nc -w 2 ${address} ${port} > /dev/null 2>&1; then echo open; else echo closed; fi`

  async function containerAddress(spec: ServerSpec): Promise<string> {
    const { NetworkSettings } = await docker.getContainer(containerName(spec)).inspect()
    return Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? ''
  }

  async function startWeb(): Promise<{ spec: ServerSpec; url: string; address: string }> {
    const spec = newSpec(image, webServer)
    const { url } = await (spawner as Spawner).start(spec, startContext())
    return { spec, url, address: await containerAddress(spec) }
  }

  for (const internet of [true, false]) {
    it(`lets it reach no other server, while hub and proxy reach both (internet: ${internet})`, async () => {
      spawner = await openDocker({ internet })
      const other = await startWeb()
      assert.equal(new URL(other.url).hostname, internet ? '127.0.0.1' : other.address)
      const response = await until(() => fetch(other.url).catch(() => undefined))
      assert.equal((await response.text()).trim(), 'a test image of Carrel')
      assert.deepEqual(await inside(`${knock(other.address, 8888)}; ${knock('127.0.0.1', 22)}`), ['closed', 'closed'])
    })
  }

  it('lets it reach no server of another installation', async () => {
    spawner = await openDocker()
    const other = await startWeb()
    const second = await openDocker()
    try {
      const spec = newSpec(image, ['sh', '-c', `${knock(other.address, 8888)}; sleep 0.2`])
      const { state } = await second.start(spec, startContext())
      const { lines } = await until(async () => {
        const status = await second.poll(spec, state)
        return status.state === 'exited' ? status : undefined
      })
      assert.deepEqual(lines, ['closed'])
    } finally {
      await second.clear()
    }
  })

  it('lets it reach programs that listen on all addresses of the machine, and none on its loopback', async () => {
    const listeners = await Promise.all(['0.0.0.0', '127.0.0.1'].map(listenOn))
    try {
      spawner = await openDocker()
      const { address } = await startWeb()
      const gateway = address.replace(/\d+$/, '1')
      const knocks = listeners.map(({ port }) => knock(gateway, port)).join('\n')
      assert.deepEqual(await inside(knocks), ['open', 'closed'])
    } finally {
      for (const { close } of listeners) close()
    }
  })

  it('lets it reach nothing outside of the machine without internet', async () => {
    assert.deepEqual(await inside(knock('169.254.169.254', 80), { internet: false }), ['closed'])
  })

  it('gives it no socket of the engine, no process of others, no capability and no setting of the kernel', async () => {
    const lines = await inside(`
      grep() { awk "/$1/ {print \\$2}" /proc/self/status; }
      grep ^CapEff; grep ^CapPrm; grep ^CapBnd; grep ^NoNewPrivs; grep ^Seccomp:
      for socket in /run/docker.sock /var/run/docker.sock; do cat $socket 2>&1 | tail -c 20; done
      busybox ps | awk 'NR > 1 {print $4}' | busybox sort -u | busybox tr '\\n' ' '; echo
      busybox mount -t tmpfs none /tmp 2> /dev/null && echo mounted || echo refused
      echo x 2> /dev/null > /proc/sys/kernel/hostname && echo written || echo refused
      busybox chroot / true 2> /dev/null && echo chroot || echo refused
      cat /proc/kcore 2> /dev/null | busybox head -c 1 | busybox wc -c`)
    const [effective, permitted, bounding, noNewPrivileges, seccomp, ...rest] = lines
    assert.deepEqual([effective, permitted, bounding], Array(3).fill('0000000000000000'))
    assert.deepEqual([noNewPrivileges, seccomp], ['1', '2'])
    for (const line of rest.slice(0, 2)) assert.match(line, /file or directory/)
    assert.ok(rest.some((line) => line === 'refused') && !rest.some((line) => /^(mounted|written|chroot)$/.test(line)))
    assert.ok(lines.includes('0'), 'the memory of the kernel is masked')
  })

  it('lets it write to its own folders only, with the option writable', async () => {
    const lines = await inside(
      `for folder in / /etc /www /home/jovyan /tmp; do
        if echo x 2> /dev/null > $folder/file; then echo $folder; fi
      done
      cat /www/index.html`,
      { writable: ['/home/jovyan'] },
    )
    assert.deepEqual(lines, ['/home/jovyan', '/tmp', 'a test image of Carrel'])
  })

  it('limits the log of a server that prints a lot', async () => {
    spawner = await openDocker({ logMegabytes: 0.25 })
    const spec = newSpec(image, [
      'sh',
      '-c',
      'dd if=/dev/zero bs=1024 count=8192 2> /dev/null | busybox tr "\\0" x | busybox fold -w 80; echo; echo the end; sleep 0.2',
    ])
    const { state } = await spawner.start(spec, startContext())
    const status = await until(async () => {
      const polled = await spawner?.poll(spec, state)
      return polled?.state === 'exited' ? polled : undefined
    })
    assert.equal(status.lines?.at(-1), 'the end')
    const log = await docker.getContainer(String(state.id)).logs({ stdout: true, stderr: true })
    assert.ok(log.length < 2 ** 18, `${log.length} bytes are kept`)
  })
})

describe('the network of an installation', function () {
  this.timeout(300_000)

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
  })

  const installation = () => ({ name: 'carrel-test', id: randomBytes(8).toString('hex') })
  const open = (options: DockerOptionsInput, of: { name: string; id: string }) =>
    dockerSpawner(options).open({ installation: of, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined })
  const networksOf = ({ id }: { id: string }) =>
    docker.listNetworks({ filters: { label: [`carrel.installation-id=${id}`] } })
  const clear = async (of: { id: string }) => {
    for (const { Id } of await networksOf(of)) await docker.getNetwork(Id).remove()
  }

  it('is made once, and found again', async () => {
    const ours = installation()
    try {
      await Promise.all([open({}, ours), open({}, ours)])
      await open({}, ours)
      const [network, ...others] = await networksOf(ours)
      assert.equal(others.length, 0)
      assert.equal(network?.Name, `carrel-carrel-test-${ours.id.slice(0, 8)}`)
      assert.equal(network?.Internal, false)
    } finally {
      await clear(ours)
    }
  })

  it('has the subnet of the option', async () => {
    const ours = installation()
    const [subnet, other] = [`${await freeSubnet()}.0/24`, `${await freeSubnet()}.0/24`]
    try {
      await open({ subnet }, ours)
      const [network] = await networksOf(ours)
      assert.equal(network?.IPAM?.Config?.[0]?.Subnet, subnet)
      await assert.rejects(open({ internet: false, subnet }, ours), /it has internet/)
      await assert.rejects(open({ subnet: other }, ours), /its subnet is not the option's.*docker network rm/)
    } finally {
      await clear(ours)
    }
  })

  it('is refused when it belongs to another installation, or lets servers reach each other', async () => {
    const ours = installation()
    const Name = `carrel-carrel-test-${ours.id.slice(0, 8)}`
    const Labels = { 'carrel.installation': ours.name, 'carrel.installation-id': ours.id }
    const network = await docker.createNetwork({ Name, Labels })
    try {
      await assert.rejects(open({}, ours), /its containers reach each other/)
    } finally {
      await network.remove()
    }
    const foreign = await docker.createNetwork({ Name, Options: { 'com.docker.network.bridge.enable_icc': 'false' } })
    try {
      await assert.rejects(open({}, ours), /its label carrel\.installation is not carrel-test/)
    } finally {
      await foreign.remove()
    }
  })

  it('is made anew when it was removed', async () => {
    const image = await loadedImage('tiny')
    const spawner = await openDocker()
    try {
      await spawner.clear()
      const { url } = await spawner.start(newSpec(image, webServer), startContext())
      assert.match(url, /^http:\/\/127\.0\.0\.1:/)
    } finally {
      await spawner.clear()
    }
  })
})

async function listenOn(ip: string): Promise<{ port: number; close(): void }> {
  const server = createServer((socket) => socket.end('hello\n'))
  server.listen(0, ip)
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}
