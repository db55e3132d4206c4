/** Attacks on the addresses that hosts of git call: by those who guess them, hold a call, or send floods. */
import { createHmac } from 'node:crypto'
import { openAdminClient } from '../../../../bin/admin/hub-client.ts'
import { newSecret } from '../../../../hub/db/ids.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { secrets, startTestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { notebook, openContentWorld, pullEnded } from '../../../hub/content/content-world.ts'
import { rawRequest, sendRaw } from '../../../hub/raw-request.ts'
import { type Attack, attacks } from '../../table.ts'

describe('attack: the addresses that hosts of git call', () => {
  const cleanup = cleanupAfterEach()

  async function open() {
    const world = await openContentWorld(cleanup)
    await world.course.commit({ 'a.ipynb': notebook('One') })
    const hub = await startTestHub({ config: world.config })
    cleanup.defer(() => hub.stop())
    const client = await openAdminClient({ data: hub.dataDir, hub: undefined }, {})
    cleanup.defer(() => client.close())
    const { data } = await client.call({ method: 'POST', path: '/hub/api/courses/demo/hook', body: {} })
    const { address, secret } = data as { address: string; secret: string }
    const path = new URL(address).pathname
    await pullEnded(hub)
    const call = (headers: Record<string, string>, body = '{}', to = path, method = 'POST') =>
      hub.browser().fetch(to, { method, headers: { accept: 'application/json', ...headers }, body })
    const sign = (body: string, key = secret) => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
    const pulls = async () => (await hub.db('jobs').where({ asked_by: 'hook' })).length
    return { ...world, hub, path, secret, call, sign, pulls }
  }

  const table: Attack[] = [
    {
      name: 'guesses an address: the answer is the same for each, whatever is sent there',
      rule: 'pull hooks',
      attempt: async () => {
        const { call, pulls, secret } = await open()
        const seen = new Set<string>()
        for (const random of [newSecret(), 'x', newSecret().slice(1)])
          for (const headers of [{}, { 'x-gitlab-token': secret }] as Record<string, string>[]) {
            const answer = await call(headers, '{}', `/hub/hooks/${random}`)
            seen.add(`${answer.status} ${answer.json().error} ${answer.json().message}`)
          }
        return [[...seen], await pulls()]
      },
      expected: [['404 not_found There is nothing at this address.'], 0],
    },
    {
      name: 'knows the address and no secret: with no signature, with that of another body or key, or by SHA-1 nothing is fetched',
      rule: 'pull hooks',
      attempt: async () => {
        const { call, sign, pulls, secret } = await open()
        const sha1 = createHmac('sha1', secret).update('{}').digest('hex')
        const results = new Set<number>()
        for (const headers of [
          {},
          { 'x-hub-signature-256': sign('{"x":1}') },
          { 'x-hub-signature-256': sign('{}', 'guess') },
          { 'x-hub-signature-256': 'sha256=' },
          { 'x-hub-signature': `sha1=${sha1}` },
          { 'x-gitea-signature': sha1 },
          { 'x-gitlab-token': sign('{}') },
          { authorization: `token ${secret}` },
        ] as Record<string, string>[])
          results.add((await call(headers)).status)
        return [[...results], await pulls()]
      },
      expected: [[403], 0],
    },
    {
      name: 'holds a call, and names other repositories, commits and courses in it: only the course’s own repository is asked',
      rule: 'pull hooks',
      attempt: async () => {
        const { call, sign, hub, host } = await open()
        const before = host.requests.length
        const body = JSON.stringify({
          repository: { clone_url: 'http://169.254.169.254/x', ssh_url: 'git@evil.test:x' },
          ...{ ref: 'refs/heads/evil', after: 'a'.repeat(40), course: 'Python' },
        })
        const { status } = await call({ 'x-hub-signature-256': sign(body) }, body)
        await until(async () => (await hub.db('jobs').where({ asked_by: 'hook', state: 'pulled' })).length === 1)
        const jobs = await hub.db('jobs').where({ asked_by: 'hook' }).pluck('name')
        const asked = host.requests.slice(before).every(({ line }) => line.includes(' /course.git/'))
        return [status, jobs, asked, /evil|169\.254/.test(hub.log.join())]
      },
      expected: [202, ['demo'], true, false],
    },
    {
      name: 'sends more than a megabyte, or a body without a length: it is refused before it is read',
      rule: 'pull hooks',
      attempt: async () => {
        const { call, path, hub, pulls } = await open()
        const large = await call({}, 'x'.repeat(2 ** 20 + 1))
        const most = await call({}, 'x'.repeat(2 ** 20))
        const pieces = await sendRaw(hub.address, rawRequest('POST', path, { 'transfer-encoding': 'chunked' }))
        return [large.status, most.status, pieces.status, await pulls()]
      },
      expected: [413, 403, 411, 0],
    },
    {
      name: 'is another site’s page in the browser of a teacher: no cookie is read or set, and the page may read no answer',
      rule: 'pull hooks',
      attempt: async () => {
        const { call, sign, pulls } = await open()
        const headers = {
          origin: 'https://evil.test',
          'sec-fetch-site': 'cross-site',
          cookie: 'carrel=x',
          accept: 'text/html',
        }
        const without = await call(headers)
        const withIt = await call({ ...headers, 'x-hub-signature-256': sign('{}') })
        const asked = await call({ ...headers, 'access-control-request-method': 'POST' }, '', undefined, 'OPTIONS')
        const told = [without, withIt, asked].map(({ headers }) => [
          headers['access-control-allow-origin'],
          headers['set-cookie'],
        ])
        return [
          without.status,
          withIt.status,
          asked.status,
          told.flat().every((one) => one === undefined),
          await pulls(),
        ]
      },
      expected: [403, 202, 405, true, 1],
    },
    {
      name: 'calls again and again: one pull, one more after it, and then the hub does not listen for a while',
      rule: 'pull hooks',
      attempt: async () => {
        const { call, sign, pulls } = await open()
        const headers = { 'x-hub-signature-256': sign('{}') }
        const statuses = new Map<number, number>()
        let last = ''
        for (let i = 0; i < 80; i += 1) {
          const { status, headers: told } = await call(headers)
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
          last = String(told['retry-after'])
        }
        return [[...statuses.keys()], (statuses.get(202) ?? 0) >= 60, /^\d+$/.test(last), (await pulls()) < 60]
      },
      expected: [[202, 429], true, true, true],
    },
    {
      name: 'calls from one address for many hooks: that address is refused, and others are not',
      rule: 'pull hooks',
      attempt: async () => {
        const world = await openContentWorld(cleanup)
        const hub = await startTestHub({
          config: { ...world.config, limits: { hookCallsPerAddress: { burst: 5, perSecond: 0.001 } } },
        })
        cleanup.defer(() => hub.stop())
        const from = (address: string) =>
          hub.browser().fetch(`/hub/hooks/${newSecret()}`, {
            method: 'POST',
            headers: { 'x-carrel-proxy-auth': secrets.proxyToken, 'x-forwarded-for': address },
          })
        const statuses = []
        for (let i = 0; i < 7; i += 1) statuses.push((await from('192.0.2.1')).status)
        return [statuses, (await from('192.0.2.2')).status]
      },
      expected: [[404, 404, 404, 404, 404, 429, 429], 404],
    },
    {
      name: 'reads the logs of hub and proxy: no address is in them',
      rule: 'pull hooks',
      attempt: async () => {
        const { call, sign, hub, path } = await open()
        await call({ 'x-hub-signature-256': sign('{}') })
        await call({})
        const log = hub.log.join('\n')
        return [log.includes('/hub/hooks/…'), log.includes(path.split('/').at(-1) ?? '')]
      },
      expected: [true, false],
    },
  ]
  attacks(table)
})
