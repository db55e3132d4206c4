import assert from 'node:assert/strict'
import { toOwnerSchema, toWorkerSchema } from '../../../proxy/workers/messages.ts'
import { routeOf } from '../world.ts'

describe('messages between the owner of a proxy and its workers', () => {
  const route = routeOf({ url: 'http://127.0.0.1:1' })
  const held = { route, lastActivity: 1 }

  it('are read', () => {
    for (const message of [
      { kind: 'routes', number: 1, routes: [held] },
      { kind: 'change', number: 2, path: '/user/ann/', held },
      { kind: 'change', number: 3, path: '/user/ann/' },
      { kind: 'stop' },
    ])
      assert.deepEqual(toWorkerSchema.parse(message), message)
    for (const message of [
      { kind: 'open' },
      { kind: 'write', id: 1, route },
      { kind: 'active', routes: [['/user/ann/', 2, 1]] },
    ])
      assert.deepEqual(toOwnerSchema.parse(message), message)
  })

  const unreadable: unknown[] = [
    undefined,
    'stop',
    {},
    { kind: 'stop', now: true },
    { kind: 'ready' },
    { kind: 'confirmed' },
    { kind: 'confirmed', number: -1 },
    { kind: 'routes', number: 1, routes: [route] },
    { kind: 'change', number: 1, path: '/user/ann/', held: { ...held, token: 'x' } },
    { kind: 'write', id: 1, route: { ...route, revision: undefined } },
    { kind: 'write', id: 1, route: { ...route, access: { ...route.access, user: 1 } } },
    { kind: 'active', routes: [['/user/ann/', 'now']] },
    { kind: 'listening', urls: [] },
  ]
  for (const message of unreadable) {
    it(`are not read when they are ${JSON.stringify(message)?.slice(0, 80)}`, () => {
      assert.equal(toOwnerSchema.safeParse(message).success || toWorkerSchema.safeParse(message).success, false)
    })
  }
})
