import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { lms } from '../../../authenticators/lms.ts'
import { oidc } from '../../../authenticators/oidc.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { configSchema } from '../../../config/config.ts'
import { startProxy } from '../../../proxy/proxy.ts'
import { parseKeys } from '../../../seats/keys.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { quickSpawner } from '../../helpers/fake-spawners.ts'
import { keys, silent, token } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'

const hub = 'https://hub.example.org'
const servers = 'https://nb.example.org'
const run = promisify(execFile)

describe("attack: an operator's mistake that would open a door", () => {
  /** Returns whether the hub accepts a config with these changes. */
  const check = async (changes: object) => {
    const spawner = { ...quickSpawner(), homes: { enforcesSize: true } }
    const base = { spawner, authenticators: [temporary()], courses: { demo: { image: 'demo' } } }
    const checked = configSchema.safeParse({ hub: { url: hub }, servers: { url: servers }, ...base, ...changes })
    return checked.success ? 'taken' : 'refused'
  }
  const start = async (options: object) => {
    const listen = { ips: ['127.0.0.1'], port: 0 } as const
    const base = {
      listen,
      api: listen,
      hubs: ['http://127.0.0.1:1'],
      token,
      log: silent,
      hubUrl: hub,
      serversUrl: servers,
      keys,
    }
    return startProxy({ ...base, ...options }).then(
      async (proxy) => {
        await proxy.stop()
        return 'taken'
      },
      () => 'refused',
    )
  }
  const command = async (args: string[], env: Record<string, string>) => {
    const { PATH = '' } = process.env
    return run(process.execPath, ['bin/carrel.js', ...args], {
      cwd: projectDir,
      env: { PATH, ...env },
      timeout: 120_000,
    }).then(
      () => 'taken',
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) =>
        `refused with ${code}${`${stdout}${stderr}`.includes('s3cr3t') ? ' and told' : ''}`,
    )
  }
  const provider = (options: object) =>
    oidc({ name: 'campus', issuer: 'https://id.example.org', clientId: 'carrel', ...options })
  const course = (settings: object) => ({ courses: { demo: { image: 'demo', ...settings } } })
  const home = (path: string) => course({ home: { path } })
  const ids = (demo: object, other: object) => ({
    courses: { demo: { image: 'demo', ...demo }, other: { image: 'other', ...other } },
  })

  const twoLms = (one: string, other: string) => ({
    authenticators: [one, other].map((page, index) =>
      lms({ issuer: `lms${index}`, courses: ['demo'], pages: [page], signed: false }),
    ),
    embed: { ancestors: ['https://lms.example.org', 'https://moodle.example.org'] },
  })

  const table: Attack[] = [
    ...(
      [
        ['a correct config, for comparison', {}, 'taken'],
        ["servers on the hub's host", { servers: { url: hub } }, 'refused'],
        ["servers on the hub's host, in capitals", { servers: { url: hub.toUpperCase() } }, 'refused'],
        ['servers on the hub’s host, with its own port', { servers: { url: `${hub}:443` } }, 'refused'],
        ...[
          'hub.example.org',
          '192.168.1.5:8000',
          'localhost.example.org',
          '0.0.0.0:8000',
          '127.0.0.1.nip.io',
          'hub',
        ].map((name): [string, object, string] => [
          `http under ${name}, which others reach`,
          { hub: { url: `http://${name}` }, servers: { url: 'http://*.nb.localhost' } },
          'refused',
        ]),
        [
          'servers by http under a public name',
          { hub: { url: 'http://hub.localhost' }, servers: { url: 'http://*.nb.example.org' } },
          'refused',
        ],
        [
          'http for this machine alone',
          { hub: { url: 'http://127.0.0.1:8000' }, servers: { url: 'http://*.nb.localhost:8000' } },
          'taken',
        ],
        [
          'http for others, on purpose',
          { hub: { url: 'http://hub.example.org', insecureHttp: true }, servers: { url: 'http://nb.example.org' } },
          'taken',
        ],
        ['servers by http, the hub by https', { servers: { url: 'http://nb.example.org' } }, 'refused'],
        ['a path in an address', { servers: { url: `${servers}/x` } }, 'refused'],
        ['every site as an ancestor', { embed: { ancestors: ['*'] } }, 'refused'],
        ['a wildcard as an ancestor', { embed: { ancestors: ['https://*.example.org'] } }, 'refused'],
        [
          'a wildcard that covers no server as an ancestor',
          { embed: { ancestors: ['https://*.lms.example.org'] } },
          'taken',
        ],
        ['all names of a country as an ancestor', { embed: { ancestors: ['https://*.fr'] } }, 'refused'],
        ['all names of a registry as an ancestor', { embed: { ancestors: ['https://*.co.uk'] } }, 'refused'],
        ['a wildcard in the middle as an ancestor', { embed: { ancestors: ['https://a.*.example.com'] } }, 'refused'],
        ['half a label as an ancestor', { embed: { ancestors: ['https://*lms.example.com'] } }, 'refused'],
        ['any port as an ancestor', { embed: { ancestors: ['https://lms.example.com:*'] } }, 'refused'],
        [
          'all servers, by a wildcard, for a course’s scripts',
          { servers: { url: 'https://*.nb.example.org' }, ...course({ cors: ['https://*.example.org'] }) },
          'refused',
        ],
        ['a policy as an ancestor', { embed: { ancestors: ['https://a.example;'] } }, 'refused'],
        ['learners’ servers as an ancestor (nbgrader PR#1915)', { embed: { ancestors: [servers] } }, 'refused'],
        [
          'a learner’s server as a course’s ancestor (nbgrader PR#1915)',
          {
            servers: { url: 'https://*.nb.example.org' },
            ...course({ embed: { ancestors: ['https://label0001.nb.example.org'] } }),
          },
          'refused',
        ],
        ['learners’ servers for a course’s scripts', course({ cors: [servers] }), 'refused'],
        ['every site for a course’s scripts', course({ cors: ['*'] }), 'refused'],
        ['a sandbox for a course’s scripts', course({ cors: ['null'] }), 'refused'],
        ['two LMSs with one page', twoLms('https://lms.example.org', 'https://lms.example.org'), 'refused'],
        ['an LMS’s page within the other’s', twoLms('https://*.example.org', 'https://lms.example.org'), 'refused'],
        ['an LMS whose page may frame nothing', twoLms('https://lms.example.org', 'https://b.example'), 'refused'],
        ['two LMSs as they should be', twoLms('https://lms.example.org', 'https://moodle.example.org'), 'taken'],
        ['a learner as an admin', { admins: ['lms:edx:ann'] }, 'refused'],
        ['a course named like what Jupyter serves', { courses: { api: { image: 'x' } } }, 'refused'],
        ['a course named like our own pages', { courses: { _carrel: { image: 'x' } } }, 'refused'],
        ['a course that is a path', { courses: { '../x': { image: 'x' } } }, 'refused'],
        ['a file of the course outside of it', course({ start: '../../etc/passwd' }), 'refused'],
        ['a home at the root of servers', home('/'), 'refused'],
        ['a home that leads elsewhere', home('/home/jovyan/../../etc'), 'refused'],
        ['a home in the system of servers', home('/usr/local/bin'), 'refused'],
        ['a home that hides what Carrel puts there', home('/srv'), 'refused'],
        ['a home with a second folder behind a colon', home('/work:/etc'), 'refused'],
        ['a home as it should be', home('/home/jovyan/work'), 'taken'],
        ['homes under the name of another course', ids({ id: 'other' }, {}), 'refused'],
        ['homes under the id of another course', ids({ id: 'old' }, { id: 'old' }), 'refused'],
        ['homes under a path', ids({ id: '../demo' }, {}), 'refused'],
        ['homes under a former name', ids({ id: 'old' }, {}), 'taken'],
        ['an unknown field', { limts: {} }, 'refused'],
        [
          'an identity provider by http',
          { authenticators: [provider({ issuer: 'http://id.example.org' })] },
          'refused',
        ],
        [
          'an identity provider with an option that is misspelt',
          { authenticators: [provider({ requiredClaim: {} })] },
          'refused',
        ],
        [
          'a gate with a wrong option',
          { authenticators: [temporary({ behind: provider({ issuer: '' }) })] },
          'refused',
        ],
        ['an identity provider as it should be', { authenticators: [provider({})] }, 'taken'],
        ['no limit at all', { limits: { failuresPerAddress: { burst: 0, perSecond: 0 } } }, 'refused'],
      ] as [string, object, string][]
    ).map(
      ([what, changes, expected]): Attack => ({
        name: `configures ${what}`,
        rule: 'settings',
        attempt: () => check(changes),
        expected,
      }),
    ),
    ...(
      [
        ['correct options, for comparison', {}, 'taken'],
        ["servers on the hub's host", { serversUrl: hub }, 'refused'],
        ['two schemes', { serversUrl: 'http://nb.example.org' }, 'refused'],
        [
          'http under a name that others reach',
          { hubUrl: 'http://hub.example.org', serversUrl: 'http://nb.example.org' },
          'refused',
        ],
        [
          'http, on purpose',
          { hubUrl: 'http://hub.example.org', serversUrl: 'http://nb.example.org', insecureHttp: true },
          'taken',
        ],
        ['no keys', { keys: undefined }, 'refused'],
        ['every address as a load balancer', { trustedProxies: ['*'] }, 'refused'],
      ] as [string, object, string][]
    ).map(
      ([what, options, expected]): Attack => ({
        name: `starts a proxy with ${what}`,
        rule: 'settings',
        attempt: () => start(options),
        expected,
      }),
    ),
    {
      name: 'gives invalid keys: the message does not repeat them',
      rule: 'settings',
      attempt: async () =>
        ['s3cr3t', 'k1:s3cr3t', `k1:${'A'.repeat(43)},k1:${'A'.repeat(43)}`, 'K1:x', ''].map((text) => {
          try {
            parseKeys(text)
            return 'taken'
          } catch (error) {
            return (error as Error).message.includes('s3cr3t') ? 'told' : 'refused'
          }
        }),
      expected: Array(5).fill('refused'),
    },
    {
      name: 'starts a hub or a proxy alone with a short secret, or without one',
      rule: 'settings',
      attempt: async () => [
        await command(['proxy', '--port', '0'], {}),
        await command(['proxy', '--port', '0'], { CARREL_PROXY_TOKEN: 's3cr3t' }),
        await command(['hub'], { CARREL_KEYS: 's3cr3t', CARREL_PROXY_TOKEN: 's3cr3t', CARREL_CULLER_TOKEN: 's3cr3t' }),
      ],
      expected: Array(3).fill('refused with 2'),
    },
  ]
  attacks(table)
})
