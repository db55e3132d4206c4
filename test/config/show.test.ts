import assert from 'node:assert/strict'
import { loadWithInput } from '../../config/load.ts'
import { masked, shownSettings } from '../../config/show.ts'
import { readSource } from '../../config/source.ts'
import { type ConfigFiles, header, makeConfigFiles } from './config-files.ts'

describe('the settings that hold', () => {
  let files: ConfigFiles
  const env = {
    OIDC_SECRET: 's3cr3t-of-oidc',
    OIDC_ISSUER: 'https://id.example.org',
    DATABASE: 'postgres://carrel:s3cr3t@db/carrel',
  }

  before(async () => {
    Object.assign(process.env, env)
    files = await makeConfigFiles()
  })
  after(async () => {
    for (const name of Object.keys(env)) delete process.env[name]
    await files.clear()
  })

  async function show(text: string, overridden: Record<string, string> = {}, overrides = {}) {
    const file = await files.write(`${header}${text}`)
    const loaded = await loadWithInput(file, overrides)
    const shown = shownSettings({ ...loaded, overridden, source: await readSource(file) })
    return new Map(shown.map(({ setting, value, from }) => [setting, `${JSON.stringify(value)} ${from}`]))
  }

  const whole = `export default defineConfig({
    installation: 'school',
    hub: { url: 'https://hub.example.org' },
    servers: { url: 'https://nb.example.org' },
    database: process.env.DATABASE,
    proxies: [{ url: 'http://127.0.0.1:8001' }],
    limits: { servers: 'unlimited', launchesPerUser: { burst: 5, perSecond: 1 } },
    groups: { tutors: ['tina', 'tom'] },
    spawner: dockerSpawner({
      pull: 'never',
      registryAuth: { username: 'ann', password: 's3cr3t of a registry', serveraddress: 'registry.example.org' },
    }),
    authenticators: [
      temporary({ behind: oidc({ name: 'gate', issuer: process.env.OIDC_ISSUER, clientId: 'x', clientSecret: process.env.OIDC_SECRET }) }),
      lms({ issuer: 'edx', courses: ['Demo'], pages: ['https://lms.example.org'], signed: false }),
    ],
    embed: { ancestors: ['https://lms.example.org'] },
    courses: {
      Demo: { image: 'demo:1', limits: { cpu: 1 }, env: { COLOUR: 'blue', API_TOKEN: 's3cr3t of a course' } },
      'a.b': {
        image: 'ab:1',
        limits: { memory: 'unlimited' },
        rules: [{ when: { role: ['staff', 'admin'] }, limits: { memory: 'unlimited' }, env: { KEY_TOKEN: 's3cr3t of staff' } }],
      },
    },
    rules: [{ when: {}, gpu: false, cull: 'never' }],
  })`

  it('are shown with their values and where they came from: file, environment, default', async () => {
    const shown = await show(whole)
    const expected: [string, string][] = [
      ['installation', '"school" file'],
      ['hub.url', '"https://hub.example.org" file'],
      ['hub.port', '8081 default'],
      ['database', '"postgres://carrel:(hidden)@db/carrel" environment DATABASE, by the file'],
      ['proxies[0].url', '"http://127.0.0.1:8001" file'],
      ['limits.servers', '"unlimited" file'],
      ['limits.launchesPerUser.burst', '5 file'],
      ['limits.tokensPerUser.burst', '200 default'],
      ['groups.tutors', '["tina","tom"] file'],
      ['admins', '[] default'],
      ['rules[0].cull', '"never" file'],
      ['courses["a.b"].rules[0].when.role', '["staff","admin"] file'],
      ['courses["a.b"].rules[0].limits.memory', '"unlimited" file'],
      ['courses["a.b"].rules[0].env.KEY_TOKEN', '"(hidden)" file'],
      ['courses.Demo.rules', '[] default'],
      ['spawner', '"docker" file'],
      ['spawner.pull', '"never" file'],
      ['spawner.pidsLimit', '1024 default'],
      ['spawner.registryAuth.username', '"ann" file'],
      ['spawner.registryAuth.password', '"(hidden)" file'],
      ['authenticators[0]', '"temporary (temporary)" file'],
      ['authenticators[0].label', '"Sign in with gate" default'],
      ['authenticators[0].behind', '"gate (redirect)" file'],
      ['authenticators[0].behind.issuer', '"https://id.example.org" environment OIDC_ISSUER, by the file'],
      ['authenticators[0].behind.clientSecret', '"(hidden)" environment OIDC_SECRET, by the file'],
      ['authenticators[0].behind.timeoutSeconds', '10 default'],
      ['authenticators[1]', '"lms-edx (launch)" file'],
      ['authenticators[1].pages', '["https://lms.example.org"] file'],
      ['courses.Demo.image', '"demo:1" file'],
      ['courses.Demo.share', 'false default'],
      ['courses.Demo.limits.cpu', '1 file'],
      ['courses.Demo.limits.memory', '2147483648 default'],
      ['courses.Demo.env.COLOUR', '"blue" file'],
      ['courses.Demo.env.API_TOKEN', '"(hidden)" file'],
      ['courses["a.b"].limits.memory', '"unlimited" file'],
    ]
    for (const [setting, text] of expected) assert.equal(shown.get(setting), text, setting)
    assert.equal(shown.get('courses.Demo.slug'), undefined)
  })

  it('hide secrets in variables that are written as Kubernetes does', async () => {
    const shown = await show(`const env = [{ name: 'API_TOKEN', value: 's3cr3t' }, { name: 'COLOUR', value: 'blue' }]
      export default defineConfig({
        spawner: kubernetesSpawner({
          sidecars: [{ name: 'sync', image: 'sync:1', env }],
          volumes: [{ name: 'keys', secret: { secretName: 'course-keys' } }],
        }),
        authenticators: [temporary()],
        courses: { demo: { image: 'demo:1' } },
      })`)
    assert.equal(shown.get('spawner.sidecars[0].env[0].value'), '"(hidden)" file')
    assert.equal(shown.get('spawner.sidecars[0].env[1].value'), '"blue" file')
    assert.equal(shown.get('spawner.volumes[0].secret.secretName'), '"course-keys" file')
  })

  it('never show a secret', async () => {
    assert.doesNotMatch(JSON.stringify([...(await show(whole))]), /s3cr3t/)
  })

  it('have those of a builder among them, without its passwords', async () => {
    const shown = await show(`import { dockerBuilder } from 'carrel/spawners/docker-builder'
      export default defineConfig({
        ...fine,
        builds: {
          builder: dockerBuilder({ push: 'registry.example.org/courses', auth: { username: 'ann', password: 's3cr3t' } }),
        },
      })`)
    assert.equal(shown.get('builds.builder'), '"docker" file')
    assert.equal(shown.get('builds.builder.push'), '"registry.example.org/courses" file')
    assert.equal(shown.get('builds.builder.auth.username'), '"ann" file')
    assert.equal(shown.get('builds.builder.auth.password'), '"(hidden)" file')
    assert.equal(shown.get('builds.builder.timeoutSeconds'), '60 default')
  })

  it('name the option or the variable that has set them', async () => {
    const shown = await show(whole, { 'hub.url': '--hub-url', 'servers.url': 'environment CARREL_SERVERS_URL' })
    assert.equal(shown.get('hub.url'), '"https://hub.example.org" --hub-url')
    assert.equal(shown.get('servers.url'), '"https://nb.example.org" environment CARREL_SERVERS_URL')
  })

  it('tell of a database that a function names', async () => {
    const shown = await show("export default { ...fine, database: () => 'postgres://ann:x@db/carrel' }")
    assert.equal(shown.get('database'), '"(a function)" file')
  })

  it('are shown by name alone where a plug-in tells no options', async () => {
    const shown = await show(`export default { ...fine, spawner: { name: 'mine', open: async () => {} } }`)
    assert.equal(shown.get('spawner'), '"mine" file')
    assert.deepEqual(
      [...shown.keys()].filter((setting) => setting.startsWith('spawner')),
      ['spawner'],
    )
  })

  const rows: [name: string, value: unknown, expected: unknown][] = [
    ['password', 'x', '(hidden)'],
    ['password', '', ''],
    ['passwordFile', '/run/secrets/database', '/run/secrets/database'],
    ['clientSecret', 'x', '(hidden)'],
    ['shared', 'x', '(hidden)'],
    ['AWS_SECRET_ACCESS_KEY', 'x', '(hidden)'],
    ['API_KEY', 'x', '(hidden)'],
    ['GITHUB_TOKEN', 'x', '(hidden)'],
    ['automountServiceAccountToken', false, false],
    ['imagePullSecrets', ['registry'], ['registry']],
    ['key', 'ol.mit.edu/gpu_node', 'ol.mit.edu/gpu_node'],
    ['url', 'https://u:p@example.org/x', 'https://u:(hidden)@example.org/x'],
    [
      'database',
      'postgres://db/carrel?user=ann&password=x&sslmode=require',
      'postgres://db/carrel?user=ann&password=(hidden)&sslmode=require',
    ],
    ['tokens', ['a', 'b'], ['(hidden)', '(hidden)']],
    ['image', 'registry.example.org:5000/course@sha256:00', 'registry.example.org:5000/course@sha256:00'],
  ]
  for (const [name, value, expected] of rows) {
    it(`show ${name}: ${JSON.stringify(value)} as ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(masked(value, name), expected)
    })
  }
})
