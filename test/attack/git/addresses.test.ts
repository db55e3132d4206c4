/** Attacks by the address of a repository, and by what name services and hosts of git answer about it. */

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { failed, type GitWorld, openGitWorld, signal } from '../../git/world.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: addresses of repositories', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()

  /** Returns the errors of addresses, each without what differs from one to the next. */
  const refusalsOf = async (world: GitWorld, urls: string[]) => {
    const kinds = new Set<string>()
    for (const url of urls) {
      const { message } = await failed(world.git.resolve({ url }, { signal }))
      kinds.add(/^The address ".*" (?:has|is|holds|names|cannot)/.test(message) ? 'address' : message)
    }
    return [...kinds]
  }
  /** A world in which all names lead to these addresses, the first time and from then on. */
  const worldOf = (addresses: string[][], hosts: string[] = []) =>
    openGitWorld(cleanup, {
      rules: { hosts },
      lookup: async () => (addresses.length > 1 ? addresses.shift() : addresses[0]) ?? [],
    })

  /** Starts a host that must not be reached, and returns how many connections it had. */
  async function startSecret(): Promise<{ port: number; reached(): number }> {
    let reached = 0
    const server = createServer((_request, response) => void response.end('secret')).listen(0, '127.0.0.1')
    server.on('connection', () => {
      reached += 1
    })
    await once(server, 'listening')
    cleanup.defer(() => void server.close())
    return { port: (server.address() as AddressInfo).port, reached: () => reached }
  }
  /** A host that leads all questions elsewhere. */
  const redirecting = (location: string, when: (request: IncomingMessage) => boolean = () => true) =>
    openGitWorld(cleanup, {
      host: {
        answer: (request: IncomingMessage, response: ServerResponse) => {
          if (!when(request)) return false
          response.writeHead(302, { location }).end()
          return true
        },
      },
    })

  const table: Attack[] = [
    {
      name: 'names a program, a local path, or another protocol in place of a host',
      rule: 'git addresses',
      attempt: async () =>
        refusalsOf(await worldOf([['127.0.0.1']], ['127.0.0.1']), [
          ...[
            'ext::sh -c touch% /tmp/x',
            'ext::sh',
            'fd::17',
            'file:///etc',
            'file://127.0.0.1/etc',
            '/etc',
            './x',
            'x',
            '',
          ],
          ...[
            'git://127.0.0.1/x',
            'ftp://127.0.0.1/x',
            'https::https://127.0.0.1/x',
            'HTTPS+x://127.0.0.1/x',
            '\\\\127.0.0.1\\x',
          ],
          ...['C:/x', 'host:path', 'https:/127.0.0.1/x', 'https:127.0.0.1/x', '//127.0.0.1/x', '-u', '--upload-pack=x'],
        ]),
      expected: ['address'],
    },
    {
      name: 'names options of ssh in place of a user, host, port or path',
      rule: 'git addresses',
      attempt: async () =>
        refusalsOf(await worldOf([['127.0.0.1']], ['127.0.0.1']), [
          ...[
            'ssh://-oProxyCommand=x/y',
            'ssh://git@-oProxyCommand=x/y',
            'ssh://-oProxyCommand=x@host/y',
            '-oProxyCommand=x:y',
          ],
          ...[
            'git@-oProxyCommand=x:y',
            '-l@host:path',
            'git@host:-oProxyCommand=x',
            'ssh://git@host:-p/y',
            'ssh://git@host:22x/y',
          ],
          ...[
            'ssh://git:password@host/y',
            'git:password@host:y',
            'ssh://git@host/`x`',
            'ssh://git@host/$(x)',
            "git@host:'x'",
          ],
          ...[
            'git@host:../../etc',
            'ssh://git@host/a/../../etc',
            'ssh://git@host/%2e%2e/etc',
            'git@host:a\nb',
            'ssh://host/y',
          ],
        ]),
      expected: ['address'],
    },
    {
      name: 'spells an address or a host so that programs differ about it',
      rule: 'git addresses',
      attempt: async () =>
        refusalsOf(await worldOf([['127.0.0.1']], ['127.0.0.1']), [
          ...[
            'https://2130706433/x',
            'https://0x7f000001/x',
            'https://0177.0.0.1/x',
            'https://127.1/x',
            'https://0x7f.1/x',
          ],
          ...[
            'https://127。0。0。1/x',
            'https://127.0.0.1%00.example.org/x',
            'https://①②⑦.0.0.1/x',
            'https://localhost\u200b/x',
          ],
          ...[
            'https://[::1/x',
            'https://[::1]x/x',
            'https://[fe80::1%25eth0]/x',
            'https://[::ffff:7f00:1]@host/x',
            'https:///x',
          ],
          ...[
            'https://a@b@127.0.0.1/x',
            'https://example.org@127.0.0.1/x',
            'https://:x@127.0.0.1/x',
            'https://127.0.0.1:0/x',
          ],
          ...[
            'https://127.0.0.1:99999/x',
            'https://127.0.0.1\\@example.org/x',
            'https://127.0.0.1#@example.org/x',
            'https://127.0.0.1?x',
          ],
          ...[
            'https://127.0.0.1/x?service=y',
            'https://127.0.0.1/x#y',
            'https://127.0.0.1/',
            'https://127.0.0.1',
            'https://a..b/x',
          ],
        ]),
      expected: ['address'],
    },
    {
      name: 'writes an address that is not public, in every form of one',
      rule: 'git addresses',
      attempt: async () => {
        const world = await worldOf([['127.0.0.1']])
        const hosts = [
          ...[
            '127.0.0.1',
            '10.0.0.1',
            '172.16.0.1',
            '192.168.1.1',
            '169.254.169.254',
            '100.64.0.1',
            '100.100.100.200',
            '0.0.0.0',
          ],
          ...[
            '224.0.0.1',
            '255.255.255.255',
            '192.0.0.192',
            '198.18.0.1',
            '240.0.0.1',
            '168.63.129.16',
            '[::1]',
            '[::]',
            '[fe80::1]',
          ],
          ...[
            '[fd00:ec2::254]',
            '[::ffff:127.0.0.1]',
            '[::ffff:a9fe:a9fe]',
            '[::127.0.0.1]',
            '[64:ff9b::127.0.0.1]',
            '[64:ff9b::a9fe:a9fe]',
          ],
          ...[
            '[64:ff9b:1::7f00:1]',
            '[2002:7f00:1::1]',
            '[2001:0:7f00:1::]',
            '[fec0::1]',
            '[ff02::1]',
            '[2001:db8::1]',
            '[4000::1]',
          ],
        ]
        const messages = await refusalsOf(
          world,
          hosts.map((host) => `https://${host}/x`),
        )
        return [...new Set(messages.map((message) => message.replace(/^\S+ /, '')))].map((text) => text.slice(0, 39))
      },
      expected: ['leads to an address that is not public,'],
    },
    {
      name: 'has a name that leads inside: no connection is made, also where a listed host leads to the secrets of a cloud',
      rule: 'git addresses',
      attempt: async () => {
        const { port, reached } = await startSecret()
        const url = `https://evil.example.org:${port}/x`
        const inside = await worldOf([['127.0.0.1', '::1']])
        const cloud = await worldOf([['169.254.169.254', 'fd00:ec2::254']], ['evil.example.org'])
        const { message, detail } = await failed(inside.git.resolve({ url }, { signal }))
        const second = await failed(cloud.git.resolve({ url }, { signal }))
        return [message.slice(0, 57), detail, second.message.slice(0, 57), reached()]
      },
      expected: [
        'evil.example.org leads to an address that is not public, ',
        '127.0.0.1, ::1',
        'evil.example.org leads to an address that is not public, ',
        0,
      ],
    },
    {
      name: 'answers with another address at the second question (DNS rebinding): git goes to the one that was looked at',
      rule: 'git addresses',
      attempt: async () => {
        const { port, reached } = await startSecret()
        let questions = 0
        const world = await openGitWorld(cleanup, {
          rules: { hosts: ['127.0.0.1'] },
          lookup: async () => {
            questions += 1
            return questions === 1 ? ['127.0.0.1'] : ['169.254.169.254']
          },
        })
        const commit = await world.course.commit({ a: '1' })
        // No name service of this machine knows the name: git has the address from us, or from nowhere.
        const url = (to: number) => `http://rebinding.example.org:${to}/course.git`
        const found = await world.git.resolve({ url: url(world.host.port) }, { signal })
        const { message } = await failed(world.git.resolve({ url: url(port) }, { signal }))
        return [found === commit, message.slice(0, 60), reached()]
      },
      expected: [true, 'rebinding.example.org leads to an address that is not public', 0],
    },
    {
      name: 'has a host lead git to another one, to another port, or to another protocol: nothing is asked there',
      rule: 'git addresses',
      attempt: async () => {
        const { port, reached } = await startSecret()
        const service = '/info/refs?service=git-upload-pack'
        const results = []
        for (const location of [
          `http://127.0.0.1:${port}/course.git${service}`,
          `http://localhost:${port}/course.git${service}`,
          `//127.0.0.1:${port}/course.git${service}`,
          `http://169.254.169.254/latest${service}`,
          'file:///etc/passwd',
          'ext::sh',
        ]) {
          const world = await redirecting(location)
          results.push((await failed(world.git.resolve(world.source, { signal }))).message)
        }
        return [[...new Set(results)], reached()]
      },
      expected: [
        [
          '127.0.0.1 says that the repository is elsewhere. Write the address at which it is now, if you know it to be right.',
        ],
        0,
      ],
    },
    {
      name: 'has a host lead git elsewhere only when it posts, or in a circle: nothing is asked there, and git ends',
      rule: 'git addresses',
      attempt: async () => {
        const { port, reached } = await startSecret()
        const late = await redirecting(`http://127.0.0.1:${port}/`, ({ method }) => method === 'POST')
        await late.course.commit({ a: '1' })
        const first = await failed(late.git.resolve(late.source, { signal }))
        const circle = await redirecting('/a.git/info/refs?service=git-upload-pack')
        const second = await failed(circle.git.resolve(circle.source, { signal }))
        return [first.message, second.message, reached()]
      },
      expected: [
        '127.0.0.1 failed while it answered. Try again later.',
        '127.0.0.1 leads from one address to the next without an end. Correct the address.',
        0,
      ],
    },
    {
      name: 'names refs that are options, patterns, or more than one ref',
      rule: 'git addresses',
      attempt: async () => {
        const world = await openGitWorld(cleanup)
        const refs = [
          ...[
            '--upload-pack=touch /tmp/x',
            '-x',
            'a b',
            'a\nb',
            'refs/heads/*',
            'a:b',
            'a..b',
            'a^{}',
            'a~1',
            '@{u}',
            '@',
            'a?',
          ],
          ...[
            'a\\b',
            '/a',
            'a/',
            'a//b',
            '.a',
            'a/.b',
            'a.lock',
            'a.lock/b',
            'x'.repeat(300),
            '',
            '$(x)',
            '`x`',
            "'x'",
            '\u202ea',
          ],
        ]

        const messages = await Promise.all(
          refs.map((ref) => failed(world.git.resolve({ ...world.source, ref }, { signal }))),
        )
        return [
          [...new Set(messages.map(({ message }) => message.replace(/^".*" /, '').slice(0, 33)))],
          world.host.requests.length,
        ]
      },
      expected: [['is no name of a branch or tag. Wr'], 0],
    },
  ]
  attacks(table)
})
