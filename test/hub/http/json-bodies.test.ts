import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import Koa from 'koa'
import { writeJsonBodies } from '../../../hub/http/json-bodies.ts'

describe('bodies of answers', () => {
  /** Returns status, type, length and text of the answer that a middleware makes. */
  async function answer(app: Koa, middleware: Koa.Middleware, method: string) {
    const server = app.use(middleware).listen(0, '127.0.0.1')
    try {
      await once(server, 'listening')
      const got = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { method })
      const [type, length] = ['content-type', 'content-length'].map((name) => got.headers.get(name))
      return [got.status, type, length, await got.text()]
    } finally {
      server.close()
      server.closeAllConnections()
    }
  }

  const bodies: Record<string, Koa.Middleware> = {
    'an object': (ctx) => {
      ctx.body = { a: [1, 'é'], b: undefined, at: new Date(0) }
    },
    'a list': (ctx) => {
      ctx.body = [{ a: 1 }]
    },
    'an object with a status of its own': (ctx) => {
      ctx.status = 201
      ctx.body = {}
    },
    'an object with a type of JSON': (ctx) => {
      ctx.type = 'application/jupyterhub-pagination+json'
      ctx.body = { items: [] }
    },
    'an object after a text': (ctx) => {
      ctx.body = 'text'
      ctx.body = { a: 1 }
    },
    'a text': (ctx) => {
      ctx.body = '<p>page'
    },
    nothing: (ctx) => {
      ctx.body = null
    },
    'a buffer': (ctx) => {
      ctx.body = Buffer.from('bytes')
    },
    'a stream': (ctx) => {
      ctx.body = Readable.from(['part'])
    },
    'an object of a class': (ctx) => {
      ctx.body = new Map([[1, 2]])
    },
  }
  for (const [name, middleware] of Object.entries(bodies)) {
    for (const method of ['GET', 'HEAD']) {
      it(`are Koa’s own: ${name}, ${method}`, async () => {
        const ours = new Koa()
        writeJsonBodies(ours)
        assert.deepEqual(await answer(ours, middleware, method), await answer(new Koa(), middleware, method))
      })
    }
  }
})
