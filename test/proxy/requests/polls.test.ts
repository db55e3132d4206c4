import assert from 'node:assert/strict'
import { once } from 'node:events'
import { until } from '../../helpers/until.ts'
import { accessOf, api, ask, cookieOf, openWebSocket, ownPage, type ProxySite, seatOf, siteForEach } from '../world.ts'

const path = '/user/ann/demo/'

/** Makes a request, and returns whether it was activity, and whether it was use. */
async function seenAfter(site: ProxySite, request: () => Promise<unknown>): Promise<[activity: boolean, use: boolean]> {
  const told = async () => {
    const { last_activity, last_use = last_activity } = JSON.parse(
      (await api(site.proxy, 'GET', `/api/routes${path}`)).body,
    )
    return [last_activity, last_use]
  }
  const [activity, use] = await told()
  await until(async () => Date.now() > Date.parse(activity))
  await request()
  const [activityAfter, useAfter] = await told()
  return [activityAfter > activity, useAfter > use]
}

describe('what open pages ask by themselves', () => {
  describe('where there is a strip', () => {
    const site = siteForEach({ route: { access: accessOf({ strip: true, guests: ['u2'] }) } })
    const send = (rest: string, method = 'GET', headers: Record<string, string> = {}) =>
      seenAfter(site, async () => {
        const { status } = await ask(site.proxy.urls[0], path + rest, {
          method,
          headers: { ...ownPage, cookie: cookieOf(), ...headers },
        })
        assert.equal(status, 200, rest)
      })

    it('is activity, but no use', async () => {
      for (const rest of [
        'api/kernels?1',
        'api/sessions',
        'api/terminals',
        'api/contents?content=1',
        'api/me',
        'lab/api/workspaces',
      ])
        assert.deepEqual(await send(rest), [true, false], rest)
      assert.deepEqual(await send('lab/api/workspaces/default', 'PUT'), [true, false])
    })

    it('is neither a save, a page, a download nor a start of a kernel, nor what guests ask', async () => {
      const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
      assert.deepEqual(await send('api/contents/a.ipynb', 'PUT'), [true, true])
      assert.deepEqual(await send('api/kernels', 'POST'), [true, true])
      assert.deepEqual(await send('files/a.csv'), [true, true])
      assert.deepEqual(await send('lab/tree/a.ipynb', 'GET', navigation), [true, true])
      assert.deepEqual(await send('api/kernels', 'GET', { cookie: cookieOf(seatOf({ user: 'u2' })) }), [true, true])
    })

    it('is what a WebSocket of a shared document sends, and not what one of a kernel does', async () => {
      for (const [rest, isUse] of [
        ['api/collaboration/room/x', false],
        ['api/kernels/1/channels', true],
      ] as const) {
        const socket = openWebSocket(site.proxy.urls[0], path + rest, { origin: 'http://nb.test', cookie: cookieOf() })
        await once(socket, 'open')
        const sent = await seenAfter(site, async () => {
          socket.send('hello')
          await once(socket, 'message')
        })
        assert.deepEqual(sent, [true, isUse], rest)
        socket.close()
      }
    })
  })

  describe('where there is no strip', () => {
    const site = siteForEach({})

    it('is use like all else', async () => {
      const poll = () => ask(site.proxy.urls[0], `${path}api/kernels`, { headers: { ...ownPage, cookie: cookieOf() } })
      assert.deepEqual(await seenAfter(site, poll), [true, true])
    })
  })
})
