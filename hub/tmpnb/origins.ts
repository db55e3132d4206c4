/** Which pages of other sites may call tmpnb's API, and read its answers. */
import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { areCovering } from '../../net/origins.ts'

/** Returns whether a page of one of the course's `cors` origins has sent the request. */
export function isFromListed(ctx: Koa.Context, { cors }: Pick<Course, 'cors'>): boolean {
  return areCovering(cors, ctx.get('Origin'))
}

/**
 * Lets pages of the course's `cors` origins read the answer, whatever it will be. Never with credentials, since these
 * addresses know no cookies, and never for all origins.
 */
export function letRead(ctx: Koa.Context, course: Pick<Course, 'cors'>): void {
  ctx.vary('Origin')
  if (!isFromListed(ctx, course)) return
  ctx.set('Access-Control-Allow-Origin', ctx.get('Origin'))
  ctx.set('Access-Control-Expose-Headers', 'Retry-After')
}

/** Answers the question that a browser sends before a page's request. Without a listed origin the answer allows nothing. */
export function answerPreflight(ctx: Koa.Context, course: Pick<Course, 'cors'>): void {
  letRead(ctx, course)
  ctx.status = 204
  if (!isFromListed(ctx, course)) return
  ctx.set('Access-Control-Allow-Methods', 'GET, POST')
  ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type')
  ctx.set('Access-Control-Max-Age', '600')
}
