import Router from '@koa/router'
import { z } from 'zod'
import { groupName } from '../../courses/fields.ts'
import { longestFile } from '../../roster/csv.ts'
import { countMails, mailsToMend, retryMails } from '../db/mail/addresses.ts'
import { findUsers } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { queryOf, readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { exportPeople } from '../roster/export.ts'
import { type ImportPlan, previewImport, runImport } from '../roster/import.ts'
import { adminCalling, only } from './caller.ts'

const importBody = z.strictObject({
  /** The file's bytes. As text they might be changed on the way, and the hub could not say what is wrong with them. */
  file_base64: z.base64().max(Math.ceil(longestFile / 3) * 4 + 4),
  groups: z.array(groupName).max(20).default([]),
  replace_groups: z.boolean().default(false),
  authenticator: z.string().optional(),
  dry_run: z.boolean().default(false),
  skip_bad: z.boolean().default(false),
  digest: z.string().optional(),
  links: z.enum(['none', 'mail', 'show']).default('none'),
})

const retryBody = z.strictObject({
  states: z
    .array(z.enum(['failed', 'unsure']))
    .min(1)
    .default(['failed']),
})

const mostShown = 200

/** Registration from a CSV file, the file of all accounts, and the mails to their persons. For admins. */
export function rosterApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/roster' })

  router.post('/import', only(hub, 'admin'), async (ctx) => {
    const wanted = importBody.safeParse(await readJson(ctx))
    if (!wanted.success) throw new HttpError(400, 'bad_import', z.prettifyError(wanted.error))
    const { file_base64, groups, replace_groups, authenticator, dry_run, skip_bad, digest, links } = wanted.data
    const file = Buffer.from(file_base64, 'base64')
    const request = { file, groups, replaceGroups: replace_groups, authenticator }
    if (dry_run) {
      ctx.body = { ...presentPlan(await previewImport(hub, request)), written: false }
      return
    }
    const by = adminCalling(ctx)
    const result = await runImport(hub, { ...request, skipBad: skip_bad, digest, links }, by)
    const { mails, mailed } = result
    ctx.body = { ...presentPlan(result), written: true, mails, mailed, links: result.links.map(presentLink) }
  })

  router.get('/export', only(hub, 'admin'), async (ctx) => {
    const named = queryOf(ctx).authenticator
    ctx.body = { csv: await exportPeople(hub, typeof named === 'string' ? named : undefined) }
  })

  router.get('/mails', only(hub, 'admin'), async (ctx) => {
    const mails = await mailsToMend(hub.db, mostShown)
    const users = new Map(
      (
        await findUsers(
          hub.db,
          mails.map(({ user }) => user),
        )
      ).map(({ id, name }) => [id, name]),
    )
    ctx.body = {
      counts: await countMails(hub.db),
      to_mend: mails.map(({ user, email, mail, tries, reason }) => ({
        ...{ name: users.get(user) ?? user, email, state: mail, tries, reason: reason ?? null },
      })),
    }
  })

  router.post('/mails/retry', only(hub, 'admin'), async (ctx) => {
    const wanted = retryBody.safeParse(await readJson(ctx))
    if (!wanted.success) throw new HttpError(400, 'bad_retry', z.prettifyError(wanted.error))
    ctx.body = { waiting: await hub.db.transaction((trx) => retryMails(trx, wanted.data.states)) }
  })

  return router
}

function presentPlan({ steps, bad, warnings, digest }: ImportPlan) {
  return {
    digest,
    steps: steps.map(({ line, kind, name, email, displayName, groups, leaves }) => ({
      ...{ line, kind, name, email, display_name: displayName ?? null, groups, leaves },
    })),
    bad,
    warnings,
  }
}

function presentLink({
  name,
  displayName,
  groups,
  link,
  ends,
}: Awaited<ReturnType<typeof runImport>>['links'][number]) {
  return { name, display_name: displayName ?? null, groups, link, ends: new Date(ends).toISOString() }
}
