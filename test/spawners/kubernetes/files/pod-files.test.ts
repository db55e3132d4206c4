// Tests of how homes and bundles come into pods, of servers and of errands.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import type { V1Container, V1Pod } from '@kubernetes/client-node'
import type { ErrandSpec, MountedHome } from '../../../../spawners/files.ts'
import { buildErrandPod } from '../../../../spawners/kubernetes/errand-pod.ts'
import type { LaidBundle } from '../../../../spawners/kubernetes/files/mounts.ts'
import { type KubernetesOptionsInput, kubernetesOptions } from '../../../../spawners/kubernetes/options.ts'
import { buildPod } from '../../../../spawners/kubernetes/pod.ts'
import { copyLine } from '../../../../spawners/lines/copy-line.ts'
import type { ServerSpec } from '../../../../spawners/spawner.ts'

const installation = { name: 'campus', id: 'f00d' }
const path = '/home/jovyan/work'
const home: MountedHome = { id: 'h0h0h0h0h0h0', state: { uid: 'u' }, path, fromImage: false }
const small: LaidBundle = {
  ...{ digest: 'a'.repeat(64), path: '/srv/carrel/settings', into: 'read-only' },
  files: [
    { key: 'file-0', path: 'overrides.json', mode: 0o644 },
    { key: 'file-1', path: 'bin/run', mode: 0o755 },
  ],
}
const big: LaidBundle = {
  ...{ digest: 'b'.repeat(64), path: '/srv/carrel/data', into: 'read-only' },
  ...{ url: 'http://hub:8082/hub/api/bundles/b', bytes: 1000 },
}
const command = ['jupyter', 'lab']
const tar = () => Readable.from([])

describe('a home in a pod', () => {
  it('is a claim, in which the program starts, and belongs to a group of the program', () => {
    const { spec, metadata } = server({ home })
    assert.deepEqual(spec?.volumes, [
      { name: 'home', persistentVolumeClaim: { claimName: 'carrel-home-h0h0h0h0h0h0' } },
    ])
    const { volumeMounts, workingDir, args } = main(spec)
    assert.deepEqual([volumeMounts, workingDir, args], [[{ name: 'home', mountPath: path }], path, command])
    assert.equal(spec?.securityContext?.fsGroup, 100)
    assert.equal(spec?.securityContext?.fsGroupChangePolicy, 'OnRootMismatch')
    assert.equal(metadata?.labels?.['carrel/home'], home.id)
    assert.equal(spec?.initContainers, undefined)
  })

  it("belongs to the operator's group where the options name one", () => {
    assert.equal(server({ home }, { security: { fsGroup: 7 } }).spec?.securityContext?.fsGroup, 7)
  })

  it('is filled by a container of its own, with the entry point of the image in front', () => {
    const { spec } = server({ home: { ...home, fromImage: true }, env: { NB_UID: '7' } })
    const [fill] = spec?.initContainers ?? []
    assert.equal(fill?.command, undefined)
    assert.deepEqual(literal(fill?.args), copyLine([{ from: path, to: '/carrel-home' }], []))
    assert.deepEqual(fill?.env, [{ name: 'NB_UID', value: '7' }])
    assert.deepEqual(fill?.volumeMounts, [{ name: 'home', mountPath: '/carrel-home' }])
  })

  it('takes the place of a writable folder that is the same or inside it, and lies in one that is around it', () => {
    const mounts = (writable: string[]) =>
      main(server({ home }, { writable }).spec).volumeMounts?.map(({ name, mountPath }) => `${name} ${mountPath}`)
    assert.deepEqual(mounts([path, `${path}/deep`]), ['writable-0 /tmp', `home ${path}`])
    assert.deepEqual(mounts(['/home/jovyan']), ['writable-0 /tmp', 'writable-1 /home/jovyan', `home ${path}`])
    assert.equal(server({ home }, { writable: [path] }).spec?.initContainers, undefined)
  })
})

describe('a bundle in a pod', () => {
  it('is a ConfigMap whose keys become paths, seen below its top and read-only', () => {
    const { spec, metadata } = server({}, {}, [small])
    const items = [
      { key: 'file-0', path: 'files/overrides.json', mode: 0o644 },
      { key: 'file-1', path: 'files/bin/run', mode: 0o755 },
    ]
    const [volume] = spec?.volumes ?? []
    assert.match(volume?.configMap?.name ?? '', /^carrel-bundle-[0-9a-f]{12}-a{64}$/)
    assert.deepEqual(volume?.configMap?.items, items)
    assert.deepEqual(main(spec).volumeMounts, [
      { name: 'bundle-0', mountPath: '/srv/carrel/settings', readOnly: true, subPath: 'files' },
    ])
    assert.equal(metadata?.labels?.[`carrel/bundle-${'a'.repeat(40)}`], 'used')
  })

  it('that is big is fetched by the image, with the token of the environment and nowhere else', () => {
    const env = { JUPYTER_TOKEN: 'the-secret-token' }
    const { spec, metadata } = server({ env }, { ephemeralStorage: '1Ki' }, [small, big])
    const [fetching] = spec?.initContainers ?? []
    assert.deepEqual(spec?.volumes?.[1], { name: 'bundle-1', emptyDir: {} })
    assert.ok(fetching?.command?.includes('http://hub:8082/hub/api/bundles/b'))
    assert.deepEqual(fetching?.env, [{ name: 'JUPYTER_TOKEN', value: 'the-secret-token' }])
    assert.deepEqual(fetching?.volumeMounts, [{ name: 'bundle-1', mountPath: '/carrel-bundle' }])
    assert.ok(!JSON.stringify([fetching?.command, fetching?.args, metadata]).includes('the-secret-token'))
    assert.deepEqual(main(spec).volumeMounts?.[1], {
      ...{ name: 'bundle-1', mountPath: '/srv/carrel/data', readOnly: true, subPath: 'files' },
    })
    // The archive and what comes out of it are there at the same time.
    assert.equal(main(spec).resources?.limits?.['ephemeral-storage'], String(1024 + 2 * 1000))
  })

  it("is copied into the home by a line in front of the program, behind the image's entry point", () => {
    const { spec } = server({ home }, {}, [{ ...small, into: 'home' }])
    assert.deepEqual(literal(main(spec).args), copyLine([{ from: small.path, to: path }], command))
    assert.equal(main(spec).command, undefined)
    const without = server({}, {}, [{ ...small, into: 'home' }]).spec
    assert.deepEqual(literal(main(without).args), copyLine([{ from: small.path, to: '.' }], command))
  })

  it('without files is an empty folder', () => {
    const { spec } = server({}, {}, [{ ...small, files: [] }])
    assert.deepEqual(spec?.volumes, [{ name: 'bundle-0', emptyDir: {} }])
    assert.deepEqual(main(spec).volumeMounts, [{ name: 'bundle-0', mountPath: small.path, readOnly: true }])
  })

  for (const inside of [path, `${path}/settings`]) {
    it(`is refused at ${inside}, where root would make its folder in the home`, () => {
      const laid = { ...small, path: inside }
      assert.throws(() => server({ home }, {}, [laid]), { name: 'SpawnError', detail: /inside the home/, lasts: true })
    })
  }
  it('may lie beside the home, also where its name begins alike', () => {
    assert.ok(server({ home }, {}, [{ ...small, path: `${path}-settings` }]))
  })
})

describe('the pod of an errand', () => {
  const errand: ErrandSpec = {
    ...{ id: 'e0e0e0e0e0e0', image: 'registry.example.org/demo:1', command: ['du', '$HOME'] },
    ...{ bundles: [], limits: { memory: 1024 }, home },
  }
  const built = (streams = { stdin: false, stdout: false }, options: KubernetesOptionsInput = {}) =>
    buildErrandPod(errand, [], streams, installation, kubernetesOptions.parse(options))

  it('is no server, has no token and no name server, and ends by itself at last', () => {
    const { metadata, spec } = built()
    assert.equal(metadata?.name, 'carrel-errand-e0e0e0e0e0e0')
    assert.deepEqual(metadata?.labels, {
      'app.kubernetes.io/name': 'carrel',
      'app.kubernetes.io/managed-by': 'carrel',
      'app.kubernetes.io/component': 'errand',
      'carrel/installation': 'campus',
      'carrel/installation-id': 'f00d',
      'carrel/errand': 'e0e0e0e0e0e0',
      'carrel/home': home.id,
    })
    assert.equal(spec?.automountServiceAccountToken, false)
    assert.deepEqual([spec?.dnsPolicy, spec?.dnsConfig], ['None', { nameservers: ['127.0.0.1'] }])
    assert.ok((spec?.activeDeadlineSeconds ?? 0) > 3600)
  })

  it("has none of the operator's labels, which may open a network, and no token even where servers have one", () => {
    const { metadata, spec } = built(undefined, {
      labels: { 'hub.jupyter.org/network-access-hub': 'true' },
      automountServiceAccountToken: true,
      annotations: { 'sidecar.istio.io/inject': 'false' },
    })
    assert.equal(metadata?.labels?.['hub.jupyter.org/network-access-hub'], undefined)
    assert.equal(spec?.automountServiceAccountToken, false)
    assert.deepEqual(metadata?.annotations, {
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      'karpenter.sh/do-not-disrupt': 'true',
      'sidecar.istio.io/inject': 'false',
    })
  })

  it("runs its program in place of the image's own, in the home, with its words unchanged", () => {
    const { command, workingDir, resources, securityContext } = main(built().spec)
    assert.deepEqual(literal(command)?.slice(-3), ['du', 'du', '$HOME'])
    assert.equal(command?.at(-1), '$$HOME')
    assert.equal(workingDir, path)
    assert.equal(resources?.limits?.memory, '1024')
    assert.deepEqual(securityContext, { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } })
  })

  it('is handed what is too big for a ConfigMap, and fetches nothing', () => {
    const handed: LaidBundle = { digest: 'c'.repeat(64), path: '/srv/carrel/data', into: 'read-only', bytes: 1000, tar }
    const { spec } = buildErrandPod(
      { ...errand, bundles: [handed] },
      [handed],
      { stdin: false, stdout: false },
      ...([installation, kubernetesOptions.parse({})] as const),
    )
    const [receive] = spec?.initContainers ?? []
    assert.deepEqual(receive?.volumeMounts, [{ name: 'bundle-0', mountPath: '/carrel-bundle' }])
    assert.doesNotMatch(String(receive?.command), /token|wget|curl|http/)
  })

  it('has pipes only where the hub carries its input or output', () => {
    assert.deepEqual(
      built().spec?.volumes?.map(({ name }) => name),
      ['home'],
    )
    const carried = built({ stdin: true, stdout: true }).spec
    assert.deepEqual(
      carried?.volumes?.map(({ name }) => name),
      ['home', 'pipes'],
    )
  })
})

function server(part: Partial<ServerSpec>, options: KubernetesOptionsInput = {}, laid: LaidBundle[] = []): V1Pod {
  const spec: ServerSpec = {
    ...{ server: 'k3j9x0a1b2c4', run: 7, hash: 'sha', course: 'Demo', user: 'ann', image: 'demo:1', command },
    ...{ env: {}, limits: {}, gpu: false, bundles: laid },
    ...part,
  }
  return buildPod(spec, laid, installation, kubernetesOptions.parse(options))
}

function main(spec: V1Pod['spec']): V1Container {
  const [container] = spec?.containers ?? []
  assert.ok(container)
  return container
}

/** Returns words as Kubernetes hands them to a program. */
function literal(words: string[] | undefined): string[] | undefined {
  return words?.map((word) => word.replaceAll('$$', '$'))
}
