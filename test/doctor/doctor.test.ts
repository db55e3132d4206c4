import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openBeside } from '../../hub/db/database.ts'
import { configText } from '../bin/world.ts'
import { startCarrel } from '../helpers/carrel.ts'
import { selfSigned } from '../helpers/certificate.ts'
import { type Bed, makeBed, secretsForDoctor, serveOn } from './world.ts'

describe('carrel doctor', function () {
  this.timeout(300_000)
  let bed: Bed

  beforeEach(async () => {
    bed = await makeBed()
    await bed.config(configText)
  })

  afterEach(() => bed?.clear())

  const withSettings = (settings: string) => configText.replace('defineConfig({', `defineConfig({ ${settings}`)

  it('finds no problem with a running system, and says that processes are not isolated', async () => {
    const carrel = await startCarrel({ config: configText })
    const own = await makeBed(join(carrel.dataDir, 'data'))
    try {
      await own.config(configText)
      const { code, findings, errors } = await own.begin().report
      assert.equal(code, 0, errors)
      assert.deepEqual(
        findings.filter(({ verdict }) => verdict !== 'ok'),
        [],
      )
      const isolation = findings.find(({ check }) => check === 'isolation')
      assert.match(isolation?.message ?? '', /there is none.*refuses public URLs/)
    } finally {
      await carrel.stop()
      await own.clear()
    }
  })

  it('names all problems of a config, and checks nothing else then', async () => {
    await bed.config(withSettings('limmits: {}, hub: { internal: { ip: "0.0.0.0" } },'))
    const { code, findings } = await bed.begin().report
    assert.equal(code, 1)
    assert.deepEqual(
      findings.map(({ check, verdict }) => [check, verdict]),
      [
        ['config', 'problem'],
        ['config', 'problem'],
      ],
    )
    assert.match(findings.map(({ message }) => message).join(), /limmits.*|hub\.internal.*needs url/)
  })

  it('finds a problem with http under a name that others reach, even if the config accepts it', async () => {
    const urls = ['--hub-url', 'http://192.0.2.1', '--servers-url', 'http://192.0.2.2']
    assert.match((await bed.begin(urls).report).problems.get('config') ?? '', /insecureHttp/)
    const { problems } = await bed.begin([...urls, '--insecure-http']).report
    assert.match(problems.get('https') ?? '', /http:\/\/192\.0\.2\.1 is http, as insecureHttp allows.*Give it https/)
  })

  it('finds courses that cannot start, roles that nobody can have, and an identity provider that hangs', async () => {
    const provider = await serveOn('127.0.0.1', () => undefined)
    try {
      await bed.config(`
        import { oidc } from 'carrel/authenticators/oidc'
        import { temporary } from 'carrel/authenticators/temporary'
        import { processSpawner } from 'carrel/spawners/process'
        export default {
          spawner: processSpawner({ python: '/usr/bin/no-such-python' }),
          authenticators: [temporary({ behind: oidc({
            name: 'campus', clientId: 'x', issuer: 'http://127.0.0.1:${provider.port}', allowInsecureIssuer: true, timeoutSeconds: 0.2,
          }) })],
          admins: ['ann'],
          hub: { openMetrics: true },
          courses: { gone: { image: '/nonexistent' }, fileless: { image: '${bed.dir}', start: 'week1.ipynb' }, well: { image: '' } },
        }`)
      const { code, problems, findings } = await bed.begin([], secretsForDoctor).report
      assert.equal(code, 1)
      const expected: [string, RegExp][] = [
        ['course gone', /should be a folder.*\/nonexistent is none/],
        ['course fileless', /start is week1\.ipynb, and there is no such file/],
        ['spawner process', /no-such-python.*there is no such program/],
        ['roles', /admins \(ann\): nobody can be an admin/],
        ['sign-in campus', /discovery document cannot be read.*OAUTH_TIMEOUT/],
        ['metrics', /hub\.openMetrics/],
      ]
      for (const [check, message] of expected) assert.match(problems.get(check) ?? JSON.stringify(findings), message)
      assert.equal(findings.find(({ check }) => check === 'course well')?.verdict, 'ok')
      assert.equal(findings.filter(({ check }) => check === 'metrics').length, 1)
    } finally {
      provider.close()
    }
  })

  it('finds missing and wrong secrets, and never prints one', async () => {
    const keys = `k1:${'x'.repeat(42)}`
    const { problems, findings, errors } = await bed.begin([], { CARREL_KEYS: keys, CARREL_PROXY_TOKEN: 'hush' }).report
    assert.match(problems.get('secrets') ?? '', /CARREL_/)
    const said = findings.filter(({ check }) => check === 'secrets').map(({ message }) => message)
    assert.equal(said.length, 3)
    assert.ok(!JSON.stringify([findings, errors]).includes('hush') && !JSON.stringify(findings).includes('xxxxxxx'))
  })

  it('says unknown of a hub and proxies that do not run, and of a database that was never made', async () => {
    const { findings } = await bed.begin(['--data', join(bed.dir, 'none')], secretsForDoctor).report
    const unknown = findings.filter(({ verdict }) => verdict === 'unknown').map(({ check }) => check)
    assert.deepEqual(unknown, ['database', 'hub', 'proxies'])
  })

  it('finds a database of a newer Carrel, and a file that is no database', async () => {
    const filename = join(bed.dir, 'data', 'carrel.sqlite')
    const db = openBeside(`sqlite:${filename}`)
    await db('knex_migrations').insert({ name: '0999-later', batch: 9, migration_time: new Date() })
    await db.destroy()
    const newer = await bed.begin([], secretsForDoctor).report
    assert.match(newer.problems.get('database') ?? '', /newer Carrel \(0999-later\)/)
    await writeFile(filename, 'this is no database, however long it may be '.repeat(50))
    const broken = await bed.begin([], secretsForDoctor).report
    assert.match(broken.problems.get('database') ?? '', /cannot be used: .*not a database/)
  })

  it('distinguishes a proxy with another token from a program that takes any token', async () => {
    const strict = await serveOn('127.0.0.1', (_request, response) => response.writeHead(403).end())
    const shown: (string | undefined)[] = []
    const lax = await serveOn('127.0.0.1', (request, response) => {
      shown.push(request.headers.authorization)
      response.end('{}')
    })
    try {
      const urls = [strict, lax].map(({ port }) => `http://127.0.0.1:${port}`)
      const { problems } = await bed.begin(['--proxies', urls.join(',')], secretsForDoctor).report
      assert.match(problems.get(`proxy ${urls[0]}`) ?? '', /refuses our token \(403\).*same CARREL_PROXY_TOKEN/)
      assert.match(problems.get(`proxy ${urls[1]}`) ?? '', /takes a wrong token/)
      assert.deepEqual(new Set(shown), new Set([undefined, `token ${'x'.repeat(40)}`]), 'our token was not sent')
    } finally {
      strict.close()
      lax.close()
    }
  })

  it('checks that names exist, and that certificates fit them and do not end soon', async () => {
    const long = selfSigned(['hub.localhost', '*.nb.localhost'], 90)
    const ca = join(bed.dir, 'ca.pem')
    const cases: [string, { key: Buffer; cert: Buffer }, RegExp | undefined][] = [
      ['one that fits', long, undefined],
      ['one without the wildcard', selfSigned(['hub.localhost'], 90), /altnames/],
      ['one that ends soon', selfSigned(['hub.localhost', '*.nb.localhost'], 3), /ends in \d days\. Renew it/],
    ]
    for (const [what, pair, expected] of cases) {
      await writeFile(ca, pair.cert)
      const server = createServer(pair).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const urls = ['--hub-url', `https://hub.localhost:${port}`, '--servers-url', `https://*.nb.localhost:${port}`]
      const { problems, findings } = await bed.begin(urls, { ...secretsForDoctor, NODE_EXTRA_CA_CERTS: ca }).report
      const check = 'certificate of name *.nb.localhost'
      if (expected !== undefined) assert.match(problems.get(check) ?? JSON.stringify(findings), expected, what)
      else assert.equal(findings.find((one) => one.check === check)?.verdict, 'ok', JSON.stringify(findings))
      if (what === 'one that fits') {
        const { problems } = await bed.begin(urls, secretsForDoctor).report
        assert.match(problems.get(check) ?? '', /browsers may not believe it/)
      }
      server.close()
      server.closeAllConnections()
    }
    const nowhere = ['--hub-url', 'https://hub.example.invalid', '--servers-url', 'https://*.nb.example.invalid']
    const { problems } = await bed.begin(nowhere, secretsForDoctor).report
    assert.match(problems.get('name *.nb.example.invalid') ?? '', /is not found.*with its \* as a wildcard/)
    assert.match(problems.get('name hub.example.invalid') ?? '', /is not found/)
  })

  it('refuses a course that does not exist', async () => {
    const { code, errors } = await bed.begin(['--course', 'nothing'], secretsForDoctor).report
    assert.equal(code, 2)
    assert.match(errors, /there is no course nothing/)
  })
})
