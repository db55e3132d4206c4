import assert from 'node:assert/strict'
import { header } from '../../authenticators/header.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { childSpecs, type Setting } from '../../bin/start/child-specs.ts'
import { besideGateway } from '../../bin/start/links.ts'
import { hubUrl, serversUrl, testConfig } from '../helpers/test-hub.ts'

describe('carrel start with a gateway in front', () => {
  const school = header({
    name: 'school',
    from: ['10.0.0.7'],
    headers: { user: 'Remote-User', groups: 'Remote-Groups' },
  })
  const staff = header({ name: 'staff', from: ['10.0.0.7', 'fd00::8'], headers: { user: 'Remote-User' } })
  const plain = testConfig({})
  const gated = testConfig({}, undefined, { authenticators: [temporary({ behind: school }), staff] })

  /** Returns the options of the proxy that are about gateways. */
  const toldOf = (config: Setting['config']) => {
    const { proxy } = childSpecs({
      ...{ config, configFile: undefined, dataDir: '/data', runDir: '/run', ips: ['127.0.0.1'], port: 8000 },
      ...{ hubUrl, serversUrl, env: {}, logFiles: { logMegabytes: 10, logKeep: 9 } },
      entrance: {
        ...{ tlsCert: undefined, tlsKey: undefined, trustedProxies: [], metricsIp: '127.0.0.1' },
        ...{ metricsPort: undefined, metricsSocket: undefined },
      },
      secrets: { keys: 'k', proxyToken: 'p', cullerToken: 'c' },
    })
    return proxy.args.filter((arg) => arg.startsWith('--gateway'))
  }

  it('tells its proxy of all gateways and headers of the config, each once', () => {
    assert.deepEqual(toldOf(gated), ['--gateways=10.0.0.7,fd00::8', '--gateway-headers=remote-user,remote-groups'])
    assert.deepEqual(toldOf(plain), [])
  })

  it('warns where others than the gateway may connect', () => {
    assert.match(besideGateway(gated, ['127.0.0.1', '0.0.0.0']) ?? '', /on 0\.0\.0\.0 others than the gateway/)
    assert.equal(besideGateway(gated, ['127.0.0.1', '::1']), undefined)
    assert.equal(besideGateway(plain, ['0.0.0.0']), undefined)
  })
})
