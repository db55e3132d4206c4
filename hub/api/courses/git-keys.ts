import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { requireBuild } from '../../builds/request.ts'
import { requireRepository } from '../../courses/repository.ts'
import { HttpError } from '../../errors.ts'
import { confirmHost, giveKey, takeKeyAway } from '../../git-keys/give.ts'
import { confirmFingerprint, lookAtHost } from '../../git-keys/host-keys.ts'
import { imageOwner, type KeyTarget } from '../../git-keys/target.ts'
import { toldHostKey, toldKey } from '../../git-keys/told-key.ts'
import { tryKey } from '../../git-keys/try.ts'
import { readJson } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { type CallerKind, only } from '../caller.ts'
import { editorCalling, pacedEditor } from './editor.ts'

const knownHosts = z.string().max(12_000)
const giving = z.union([
  z.strictObject({ token: z.string().min(1).max(4000), user: z.string().max(255).optional() }),
  z.strictObject({ private_key: z.string().min(1).max(12_000), known_hosts: knownHosts.optional() }),
])
const making = z.strictObject({ known_hosts: knownHosts.optional() })
const confirming = z.union([
  z.strictObject({ fingerprint: z.string().max(200) }),
  z.strictObject({ known_hosts: knownHosts }),
])
const nothing = z.strictObject({})

/**
 * The API of what opens private repositories: of courses, for those who may change them, and of the images that the hub builds, for
 * admins.
 */
export function gitKeysApi(hub: Hub): Router {
  const router = new Router()
  addRoutes(hub, router, {
    path: '/hub/api/courses/:course/key',
    callers: ['admin', 'user'],
    target: async (ctx) => {
      await hub.courses.refresh()
      return requireRepository(hub, editorCalling(ctx), String(ctx.params.course))
    },
  })
  addRoutes(hub, router, {
    path: '/hub/api/builds/:name/key',
    callers: ['admin'],
    target: async (ctx) => {
      const name = String(ctx.params.name)
      const { git: url, ref } = requireBuild(hub, name)
      return { owner: imageOwner(name), url, ref }
    },
  })
  return router
}

interface KeyRoutes {
  path: string
  callers: CallerKind[]
  /** Returns the repository that the address means. Throws where the caller may not give it a key. */
  target(ctx: Koa.Context): Promise<KeyTarget>
}

function addRoutes(hub: Hub, router: Router, { path, callers, target }: KeyRoutes): void {
  const allowed = only(hub, ...callers)

  router.get(path, allowed, async (ctx) => {
    ctx.body = await present(hub, await target(ctx))
  })

  router.put(path, allowed, async (ctx) => {
    const [its, by] = [await target(ctx), pacedEditor(hub, ctx)]
    const given = await readBody(ctx, giving, '{ token, user? } or { private_key, known_hosts? }')
    if ('token' in given) await giveKey(hub, its, by, given)
    else await giveKey(hub, its, by, { privateKey: given.private_key, knownHosts: given.known_hosts })
    await tryKey(hub, its)
    ctx.body = await present(hub, its)
  })

  router.post(path, allowed, async (ctx) => {
    const [its, by] = [await target(ctx), pacedEditor(hub, ctx)]
    const { known_hosts } = await readBody(ctx, making, '{ known_hosts? }')
    await giveKey(hub, its, by, { make: true, knownHosts: known_hosts })
    ctx.status = 201
    ctx.body = await present(hub, its)
  })

  router.delete(path, allowed, async (ctx) => {
    const its = await target(ctx)
    await takeKeyAway(hub, its, pacedEditor(hub, ctx))
    ctx.body = await present(hub, its)
  })

  router.post(`${path}/host`, allowed, async (ctx) => {
    const its = await target(ctx)
    pacedEditor(hub, ctx)
    await readBody(ctx, nothing, 'nothing')
    ctx.body = { host_keys: (await lookAtHost(hub, its)).map(toldHostKey) }
  })

  router.put(`${path}/host`, allowed, async (ctx) => {
    const [its, by] = [await target(ctx), pacedEditor(hub, ctx)]
    const given = await readBody(ctx, confirming, '{ fingerprint } or { known_hosts }')
    if ('fingerprint' in given) await confirmFingerprint(hub, its, by, given.fingerprint)
    else await confirmHost(hub, its, by, given.known_hosts)
    await tryKey(hub, its)
    ctx.body = await present(hub, its)
  })
}

async function present(hub: Hub, target: KeyTarget) {
  const key = await toldKey(hub, target)
  if (key === undefined) return { repository: target.url, key: null }
  const { kind, repository, user, publicKey, fingerprint, hostKeys, setBy, set, used, failed, failure, problem } = key
  return {
    repository: target.url,
    key: {
      ...{ kind, repository, user: user ?? null, public_key: publicKey ?? null, fingerprint: fingerprint ?? null },
      ...{ host_keys: hostKeys, set: timeOf(set), set_by: setBy, used: timeOf(used), failed: timeOf(failed) },
      ...{ failure: failure ?? null, problem: problem ?? null },
    },
  }
}

/** Never repeats what was sent, since that may be a secret. */
async function readBody<T>(ctx: Koa.Context, schema: z.ZodType<T>, form: string): Promise<T> {
  const read = schema.safeParse(await readJson(ctx))
  if (read.success) return read.data
  throw new HttpError(400, 'bad_key_request', `Send ${form}, and nothing else.`)
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString()
}
