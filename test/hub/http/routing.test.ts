import assert from 'node:assert/strict'
import Router from '@koa/router'
import type Koa from 'koa'
import { routing } from '../../../hub/http/routing.ts'

describe('the routes of several routers', () => {
  const first = new Router({ prefix: '/api' })
  first.get('/user', (ctx) => {
    ctx.body = 'user'
  })
  first.get('/users/:name', (ctx) => {
    ctx.body = `user ${ctx.params.name}`
  })
  const second = new Router()
  second.get('/api/users/all', (ctx) => {
    ctx.body = 'all'
  })
  second.post(
    '/api/user',
    (ctx, next) => {
      if (ctx.path === '/api/user') return next()
      throw new Error('no')
    },
    (ctx) => {
      ctx.body = 'posted'
    },
  )
  const routed = routing(first, second)

  /** Returns what answers to a request: the body and the route, or `next` and the methods that the address takes. */
  async function answer(method: string, path: string) {
    const ctx = { method, path, state: {} } as unknown as Koa.Context
    let isNext = false
    await routed(ctx, async () => {
      isNext = true
    })
    return isNext ? ['next', ctx.state.methods] : [ctx.body, ctx.state.route]
  }

  const table: [request: string, answer: unknown[]][] = [
    ['GET /api/user', ['user', '/api/user']],
    ['HEAD /api/user', ['user', '/api/user']],
    ['POST /api/user', ['posted', '/api/user']],
    ['GET /api/users/ada', ['user ada', '/api/users/:name']],
    ['GET /api/users/a%20b', ['user a b', '/api/users/:name']],
    ['DELETE /api/user', ['next', ['HEAD', 'GET', 'POST']]],
    ['POST /api/users/ada', ['next', ['HEAD', 'GET']]],
    ['GET /api/nothing', ['next', undefined]],
    ['GET /api/user/', ['user', '/api/user']],
    ['GET /API/user', ['user', '/api/user']],
  ]
  for (const [request, expected] of table) {
    it(`answer ${request} as routers one after the other would`, async () => {
      const [method = '', path = ''] = request.split(' ')
      assert.deepEqual(await answer(method, path), expected)
    })
  }

  it('let the first route win where a plain address fits an earlier pattern too', async () => {
    assert.deepEqual(await answer('GET', '/api/users/all'), ['user all', '/api/users/:name'])
  })
})
