import Router from '@koa/router'
import { z } from 'zod'
import { coursesWithContent } from '../../content/courses.ts'
import { wantPull } from '../../content/request.ts'
import { requireRepository } from '../../courses/repository.ts'
import { hashSecret } from '../../db/ids.ts'
import { noteHookCall } from '../../db/repositories/pull-hooks.ts'
import { HttpError } from '../../errors.ts'
import { hookPath, makePullHook, provedHook, takeHookAway, toldHook } from '../../git-keys/pull-hook.ts'
import { countHookCall } from '../../http/limits.ts'
import { readBytes, readJson } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { only } from '../caller.ts'
import { editorCalling, pacedEditor } from './editor.ts'

const making = z.strictObject({ signed: z.boolean().default(true) })

/** The API of the addresses by which hosts of git ask for pulls: for those who may change the course. */
export function pullHooksApi(hub: Hub): Router {
  const router = new Router()
  const path = '/hub/api/courses/:course/hook'
  const callers = only(hub, 'admin', 'user')
  const present = async (course: { id: string }) => {
    const hook = await toldHook(hub, course)
    if (hook === undefined) return { hook: null }
    const { signed, made, madeBy, called, problem } = hook
    return {
      hook: {
        ...{ signed, made: new Date(made).toISOString(), made_by: madeBy },
        ...{ called: called === undefined ? null : new Date(called).toISOString(), problem: problem ?? null },
      },
    }
  }

  router.get(path, callers, async (ctx) => {
    await hub.courses.refresh()
    ctx.body = await present(requireRepository(hub, editorCalling(ctx), String(ctx.params.course)))
  })

  router.post(path, callers, async (ctx) => {
    await hub.courses.refresh()
    const by = pacedEditor(hub, ctx)
    const { id, course: slug } = requireRepository(hub, by, String(ctx.params.course))
    const read = making.safeParse(await readJson(ctx))
    if (!read.success) throw new HttpError(400, 'bad_hook_request', z.prettifyError(read.error))
    const { address, secret } = await makePullHook(hub, { id, slug }, by, read.data)
    ctx.status = 201
    ctx.body = { ...(await present({ id })), address, secret: secret ?? null }
  })

  router.delete(path, callers, async (ctx) => {
    await hub.courses.refresh()
    const by = pacedEditor(hub, ctx)
    const { id, course: slug } = requireRepository(hub, by, String(ctx.params.course))
    await takeHookAway(hub, { id, slug }, by)
    ctx.body = await present({ id })
  })

  return router
}

/**
 * The addresses that hosts of git call after a push. Nothing of a call counts but that it was made: whose course it is, the address says, and what is
 * new there git is asked.
 */
export function pullHookCalls(hub: Hub): Router {
  const router = new Router()
  router.post(`${hookPath}:random`, async (ctx) => {
    const random = String(ctx.params.random)
    countHookCall(hub, ctx, hashSecret(random))
    const body = await readBytes(ctx)
    const hook = await provedHook(hub, { random, body, header: (name) => ctx.get(name) })
    if (hook === undefined) throw new HttpError(404, 'not_found', 'There is nothing at this address.')
    if (hook === 'refused')
      throw new HttpError(
        403,
        'bad_signature',
        'The signature or the secret is not right. Give the host the secret again.',
      )
    await noteHookCall(hub.db, hook)
    if (ctx.get('X-GitHub-Event') === 'ping') {
      ctx.body = { message: 'This address is right, and so is the secret. The next push is fetched at once.' }
      return
    }
    await hub.courses.refresh()
    const course = coursesWithContent(hub).get(hook.course)
    if (course === undefined)
      throw new HttpError(409, 'no_content', 'The course has no content from git any more, or is archived.')
    await wantPull(hub, course, { by: 'hook', why: 'hook' })
    ctx.status = 202
    ctx.body = { message: 'The push is fetched now.' }
  })
  return router
}
