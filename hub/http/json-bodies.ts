import type Koa from 'koa'
import { jsonIn } from '../../words/text.ts'
import { languageOfJson } from '../views/parts/language.ts'

/**
 * Has an app write objects and arrays as JSON as soon as they are set as a body. Koa would write the same text later,
 * and first ask whether the body is a `Response`, for which Node loads a second HTTP client: 12 MB.
 */
export function writeJsonBodies(app: Koa): void {
  const body = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(app.response), 'body')
  Object.defineProperty(app.response, 'body', {
    ...body,
    set(this: Koa.Response, value: unknown) {
      if (!isPlain(value)) return body?.set?.call(this, value)
      if (!/\bjson\b/i.test(this.type)) this.set('Content-Type', json)
      body?.set?.call(this, jsonIn(value, languageOfJson(this.ctx)))
    },
  })
}

const json = 'application/json; charset=utf-8'

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}
