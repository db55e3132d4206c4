import assert from 'node:assert/strict'
import { header } from '../../authenticators/header.ts'
import { judgeGateways, judgeHardening, judgeInternal, judgeReached, nowhere } from '../../doctor/judge.ts'
import { judgeBound, judgeMetrics } from '../../doctor/listeners.ts'
import { parseListening } from '../../doctor/listening.ts'
import type { Report } from '../../doctor/probes.ts'
import { internalUrlOf } from '../../doctor/setup.ts'
import { isPublic } from '../../net/address.ts'

const none = '0000000000000000'
const good: Report['self'] = {
  addresses: ['172.30.0.2'],
  uid: 1000,
  capabilities: none,
  bounding: none,
  noNewPrivileges: '1',
  seccomp: '2',
  writable: [],
  sockets: [],
  token: [],
  environment: ['HOME', 'JUPYTER_TOKEN', 'JUPYTERHUB_API_TOKEN'],
  processes: ['python3', 'tini'],
}
const report = (more: Partial<Report>): Report => ({ self: good, reached: [], answers: [], ...more })

describe('the address of the hub’s internal listener that servers get', () => {
  const hub = { ip: '127.0.0.1', port: 8081, insecureHttp: false, openMetrics: false }
  const told = (internal: { ip: string; port: number; url?: string }) => internalUrlOf({ hub: { ...hub, internal } })

  it('has brackets around an address of IPv6', () => {
    assert.equal(told({ ip: '::1', port: 8082 }), 'http://[::1]:8082')
    assert.equal(told({ ip: '10.0.0.5', port: 8082 }), 'http://10.0.0.5:8082')
  })

  it('is the one of the config, if there is one', () => {
    assert.equal(told({ ip: '::', port: 8082, url: 'http://hub.internal:80' }), 'http://hub.internal:80')
    assert.equal(internalUrlOf({ hub }), undefined)
  })
})

describe('the doctor’s finding about a server’s rights', () => {
  const problems = (self: Partial<Report['self']>, spawner = 'docker') =>
    judgeHardening({ ...good, ...self }, spawner).filter(({ verdict }) => verdict !== 'ok')

  it('is no problem when the server has none', () => {
    assert.deepEqual(problems({}), [])
    assert.deepEqual(problems({}, 'kubernetes'), [])
  })

  for (const [check, self, docker, kubernetes] of [
    ['capabilities', { capabilities: '0000000000000001' }, /option capabilities/, /dropCapabilities/],
    ['capabilities', { bounding: '00000000a80425fb' }, /option capabilities/, /dropCapabilities/],
    ['capabilities', { capabilities: '' }, /option capabilities/, /dropCapabilities/],
    ['user', { uid: 0 }, /image/, /runAsNonRoot/],
    ['new privileges', { noNewPrivileges: '0' }, /newPrivileges/, /allowPrivilegeEscalation/],
    ['seccomp', { seccomp: '0' }, /seccomp profile/, /RuntimeDefault/],
    ['sockets', { sockets: ['/run/docker.sock'] }, /docker\.sock/, /docker\.sock/],
    ['service account', { token: ['/var/run/x/token'] }, /automount/, /automountServiceAccountToken/],
    ['environment', { environment: ['CARREL_KEYS'] }, /CARREL_KEYS/, /CARREL_KEYS/],
    ['environment', { environment: ['CONFIGPROXY_AUTH_TOKEN'] }, /CONFIGPROXY/, /CONFIGPROXY/],
    ['processes', { processes: ['bash', 'dockerd'] }, /dockerd/, /dockerd/],
    ['processes', { processes: ['containerd-shim'] }, /containerd-shim/, /containerd-shim/],
  ] as [string, Partial<Report['self']>, RegExp, RegExp][]) {
    it(`is the remedy for ${check}: ${JSON.stringify(self)}`, () => {
      for (const [spawner, message] of [
        ['docker', docker],
        ['kubernetes', kubernetes],
      ] as const) {
        const [found, ...more] = problems(self, spawner)
        assert.deepEqual([found?.check, more], [check, []])
        assert.match(found?.message ?? '', message)
      }
    })
  }
})

describe('the doctor’s finding about what a server reached', () => {
  const problems = (reached: Report['reached'], open: number[] = []) =>
    judgeReached(report({ reached }), new Set(open)).filter(({ verdict }) => verdict === 'problem')

  it('is one line without a problem when the server reached nothing', () => {
    const [finding, ...more] = judgeReached(report({}), new Set())
    assert.deepEqual([finding?.verdict, more], ['ok', []])
  })

  for (const name of [
    "the hub's public listener",
    "a proxy's API",
    'the API of engine or cluster',
    'the Docker Engine',
    'the Kubernetes API',
    'Kubernetes on this machine',
    'the metadata address of the cloud',
    'the server of another learner',
    'a port of this machine',
  ]) {
    it(`is the remedy for ${name}`, () => {
      const [found, ...more] = problems([{ name, host: 'fd00::1', port: 80 }])
      assert.deepEqual([found?.check, more], [`from inside, ${name}`, []])
      assert.match(found?.message ?? '', /^is reached at \[fd00::1\]:80\. .{20}/)
    })
  }

  it('excuses a port that the options declare open, but no address that is ours', () => {
    assert.deepEqual(problems([{ name: 'a port of this machine', host: 'x', port: 22 }], [22]), [])
    assert.equal(problems([{ name: "a proxy's API", host: 'x', port: 22 }], [22]).length, 1)
  })

  it('is unknown for the metadata address where every address answers', () => {
    const reached = ['the metadata address of the cloud', nowhere].map((name) => ({ name, host: 'x', port: 80 }))
    const found = judgeReached(report({ reached }), new Set())
    assert.deepEqual(
      found.map(({ check, verdict }) => [check, verdict]),
      [
        ['from inside, the metadata address of the cloud', 'unknown'],
        ['from inside', 'ok'],
      ],
    )
    assert.ok(!found[1]?.message.includes('metadata'))
  })

  it('names an address once that is known by two names', () => {
    const reached = [
      { name: 'the Docker Engine', host: 'x', port: 2375 },
      { name: 'a port of this machine', host: 'x', port: 2375 },
    ]
    assert.equal(problems(reached).length, 1)
  })
})

describe('the doctor’s finding about the internal listener', () => {
  const requests = Array.from({ length: 6 }, () => ({ host: 'hub', port: 8082, method: 'GET', path: '/', headers: {} }))
  const right = [200, 403, 403, 404, 404, 404].map((status) => ({ status, body: '{"version":"1"}' }))
  const setup = { config: { hub: { internal: { ip: '127.0.0.1', port: 1 } } }, signal: new AbortController().signal }
  const judge = async (answers: Report['answers'], asked = requests) =>
    (await judgeInternal(setup as never, asked, report({ answers })))[0]
  const but = (index: number, status: number) => right.map((one, i) => (i === index ? { ...one, status } : one))

  it('is no problem when the listener is right, or when there is none', async () => {
    assert.equal((await judge(right))?.verdict, 'ok')
    assert.match((await judge([], []))?.message ?? '', /there is none/)
  })

  it('is unknown when there is no answer', async () => {
    assert.equal((await judge([null, ...right.slice(1)]))?.verdict, 'unknown')
  })

  for (const [what, answers, message] of [
    ['another program is there', but(0, 404), /something else than a hub/],
    ['it answers without a token', but(1, 200), /without a token/],
    ['it answers a forged token', but(2, 200), /without a token/],
    ['it is the public listener, as its users show', but(3, 403), /more than servers need/],
    ['it has pages', but(4, 200), /more than servers need/],
    ['it has metrics', but(5, 200), /more than servers need/],
  ] as const) {
    it(`is a problem when ${what}`, async () => {
      const found = await judge([...answers])
      assert.equal(found?.verdict, 'problem')
      assert.match(found?.message ?? '', message)
    })
  }
})

describe('the doctor’s finding about the metrics of the hub', () => {
  for (const [status, verdict] of [
    [403, 'ok'],
    [200, 'problem'],
    [500, 'unknown'],
    [undefined, undefined],
  ] as const) {
    it(`is ${verdict ?? 'nothing'} where a stranger gets ${status ?? 'no answer'}`, () => {
      assert.equal(judgeMetrics(status)[0]?.verdict, verdict)
    })
  }
})

describe('the doctor’s finding about the address of a listener', () => {
  const table = [
    { address: '127.0.0.1', port: 8001 },
    { address: '::', port: 8002 },
    { address: '10.0.0.5', port: 8003 },
  ]
  for (const [url, verdict] of [
    ['unix+http://%2Frun%2Fx.sock', 'ok'],
    ['http://127.0.0.1:8001', 'ok'],
    ['http://127.0.0.1:8002', 'problem'],
    ['http://10.0.0.5:8003', 'ok'],
    ['http://203.0.113.9:8009', 'problem'],
    ['http://[2001:db8::9]:8009', 'problem'],
    ['http://0.0.0.0:8009', 'problem'],
    ['http://proxy.carrel.svc:8001', 'ok'],
  ] as const) {
    it(`is ${verdict === 'ok' ? 'no problem' : 'a problem'} for ${url}`, () => {
      assert.equal(judgeBound('it', url, table, 'elsewhere')[0]?.verdict, verdict)
    })
  }

  it('knows public addresses', () => {
    for (const ip of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2001:db8::1']) assert.ok(isPublic(ip), ip)
    const others = ['127.0.0.1', '::1', '10.1.1.1', '172.31.0.1', '192.168.0.1', '169.254.1.1', '100.64.0.1', 'fd00::1']
    for (const ip of [...others, 'fe80::1', 'localhost', '0.0.0.0', '::']) assert.ok(!isPublic(ip), ip)
  })

  it('reads the kernel’s table', () => {
    const text = [
      '  sl  local_address rem_address   st tx_queue',
      '   0: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1',
      '   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2',
      '   2: 0100007F:A1B2 0100007F:1F41 01 00000000:00000000 00:00000000 00000000     0        0 3',
      '   3: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000',
      '   4: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000',
    ].join('\n')
    assert.deepEqual(parseListening(text), [
      { address: '127.0.0.1', port: 8001 },
      { address: '0.0.0.0', port: 22 },
      { address: '::1', port: 8080 },
      { address: '::', port: 80 },
    ])
  })
})

describe('what the doctor says of gateways in front', () => {
  const judged = (from: string[], addresses: string[]) => {
    const gateway = header({ from, headers: { user: 'Remote-User' } })
    return judgeGateways({ authenticators: [gateway] }, { addresses })
  }

  it('is a problem where a server has an address of theirs, so that a learner could sign in as anyone', () => {
    const [finding] = judged(['172.16.0.0/12'], ['172.18.0.5', 'fe80::1'])
    assert.equal(finding?.verdict, 'problem')
    assert.match(JSON.stringify(finding), /172\.18\.0\.5/)
  })

  it('is well where no server has one', () => {
    assert.deepEqual(
      judged(['172.18.0.1'], ['172.18.0.5']).map(({ verdict }) => verdict),
      ['ok'],
    )
  })
})
