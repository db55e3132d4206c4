import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { openAdminClient } from '../../../bin/admin/hub-client.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { secrets, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { counting, notebook, openContentWorld, pullEnded } from '../content/content-world.ts'
import { createRing } from './key-ring.ts'
import { dumpOf } from './world.ts'

onEachDatabase('the address that a host of git calls after a push', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  async function open(signed = true) {
    const ring = createRing('k1')
    let midway: Promise<void> | undefined
    let asked = () => {}
    const world = await openContentWorld(cleanup, {
      answer: async () => {
        asked()
        await midway
        return false
      },
    })
    await world.course.commit({ 'a.ipynb': notebook('One') })
    const hub = await startTestHub({
      database: await makeDatabase(),
      config: world.config,
      secrets: { ...secrets, keys: ring.keys },
    })
    cleanup.defer(() => hub.stop())
    const client = await openAdminClient({ data: hub.dataDir, hub: undefined }, {})
    cleanup.defer(() => client.close())
    const ask = async (method: 'GET' | 'POST' | 'DELETE', body?: object) =>
      (await client.call({ method, path: '/hub/api/courses/demo/hook', ...(body && { body }) })).data as {
        hook: { called: string | null; signed: boolean; problem: string | null } | null
        address: string
        secret: string
      }
    const { address, secret } = await ask('POST', { signed })
    const path = new URL(address).pathname
    await pullEnded(hub)
    const call = (headers: Record<string, string>, body = '{"ref":"refs/heads/main"}', to = path) =>
      hub.browser().fetch(to, { method: 'POST', headers: { accept: 'application/json', ...headers }, body })
    const sign = (body = '{"ref":"refs/heads/main"}', key = secret) =>
      createHmac('sha256', key).update(body).digest('hex')
    const hold = () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const reached = new Promise<void>((begun) => (asked = begun))
      midway = promise
      const proceed = () => {
        midway = undefined
        resolve()
      }
      return { reached, proceed }
    }
    return { ...world, ring, hub, ask, call, sign, path, secret, hold }
  }

  it('fetches the push at once, signed as GitHub, Bitbucket, Gitea and Forgejo do, or with the secret of GitLab', async () => {
    const { hub, course, call, sign, secret, ask } = await open()
    assert.equal((await ask('GET')).hook?.called, null)
    const ways: Record<string, string>[] = [
      { 'x-hub-signature-256': `sha256=${sign()}`, 'x-hub-signature': 'sha1=0123', 'x-github-event': 'push' },
      { 'x-hub-signature': `sha256=${sign()}` },
      { 'x-gitea-signature': sign() },
      { 'x-forgejo-signature': sign() },
      { 'x-gitlab-token': secret },
    ]
    for (const [index, headers] of ways.entries()) {
      const commit = await course.commit({ 'a.ipynb': notebook(`Title ${index}`) })
      const answer = await call(headers)
      assert.deepEqual([answer.status, answer.headers['set-cookie']], [202, undefined], JSON.stringify(headers))
      await until(async () => (await counting(hub.db)).commit === commit)
    }
    assert.ok((await ask('GET')).hook?.called)
    const jobs = await hub.db('jobs').where({ kind: 'content', asked_by: 'hook' })
    assert.equal(jobs.length, ways.length)
  })

  it('answers GitHub’s ping in words, and fetches nothing for it', async () => {
    const { hub, call, sign } = await open()
    const answer = await call({ 'x-hub-signature-256': `sha256=${sign('{}')}`, 'x-github-event': 'ping' }, '{}')
    assert.equal(answer.status, 200)
    assert.match(answer.json().message, /This address is right, and so is the secret/)
    assert.equal((await hub.db('jobs').where({ asked_by: 'hook' })).length, 0)
  })

  it('that is called many times while a pull runs has exactly one more pull', async () => {
    const { hub, course, call, sign, hold } = await open()
    const { reached, proceed } = hold()
    const headers = { 'x-hub-signature-256': `sha256=${sign()}` }
    assert.equal((await call(headers)).status, 202)
    await reached
    const commit = await course.commit({ 'a.ipynb': notebook('Later') })
    for (let i = 0; i < 20; i += 1) assert.equal((await call(headers)).status, 202)
    proceed()
    await until(async () => (await counting(hub.db)).commit === commit)
    await until(async () => {
      const jobs = await hub.db('jobs').where({ kind: 'content' })
      return jobs.every(({ state }) => state === 'pulled')
    })
    assert.equal((await hub.db('jobs').where({ asked_by: 'hook' })).length, 2)
  })

  it('refuses what is not signed with its secret, and takes anything where it was made so', async () => {
    const { call, sign, hub } = await open()
    const wrong: Record<string, string>[] = [
      {},
      { 'x-hub-signature-256': `sha256=${sign('{}')}` },
      { 'x-hub-signature-256': sign() },
      { 'x-gitlab-token': 'x' },
      { 'x-gitlab-token': '' },
      { 'x-gitea-signature': sign(undefined, 'x') },
    ]
    for (const headers of wrong) assert.equal((await call(headers)).status, 403, JSON.stringify(headers))
    assert.equal((await hub.db('jobs').where({ asked_by: 'hook' })).length, 0)
    const other = await open(false)
    assert.equal((await other.call({})).status, 202)
    assert.equal((await other.ask('GET')).hook?.signed, false)
  })

  it('is another one after it was made anew, and none after it was removed', async () => {
    const { ask, call, sign, path } = await open()
    const again = await ask('POST', {})
    assert.notEqual(new URL(again.address).pathname, path)
    assert.equal((await call({ 'x-hub-signature-256': `sha256=${sign()}` })).status, 404)
    const to = new URL(again.address).pathname
    const headers = { 'x-hub-signature-256': `sha256=${sign(undefined, again.secret)}` }
    assert.equal((await call(headers, undefined, to)).status, 202)
    assert.equal((await ask('DELETE')).hook, null)
    assert.equal((await call(headers, undefined, to)).status, 404)
    await assert.rejects(ask('DELETE'), /no such address/)
  })

  it('goes on after a rotation of keys, and is nowhere readable', async () => {
    const { hub, ring, call, sign, secret, path } = await open()
    ring.become('k2')
    await until(async () => (await hub.db('pull_hooks').first('kid')).kid === 'k2')
    assert.equal((await call({ 'x-hub-signature-256': `sha256=${sign()}` })).status, 202)
    const all = hub.log.join('\n') + (await dumpOf(hub))
    const random = path.split('/').at(-1) ?? ''
    assert.deepEqual([random.length, all.includes(random), all.includes(secret)], [43, false, false])
  })
})
