import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { groupName } from '../../courses/fields.ts'
import { whenText } from '../../roster/letter.ts'
import { forCount, type Said, say, sentences, type Text, textIn } from '../../words/text.ts'
import { requireUser, sessionHash } from '../access/account.ts'
import type { AccountAdmin } from '../access/accounts.ts'
import { keepersOf } from '../access/keepers.ts'
import { notForYou } from '../access/sign-in-first.ts'
import { countMails, mailsToMend, retryMails } from '../db/mail/addresses.ts'
import { holdSession } from '../db/sessions.ts'
import { findUsers, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { readParts } from '../http/multipart.ts'
import { queryOf, readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { isAdmin } from '../rights/roles.ts'
import { exportPeople } from '../roster/export.ts'
import { type ImportRequest, previewImport, runImport } from '../roster/import.ts'
import { sendImportPage, sendPreviewPage } from '../views/roster/import.ts'
import { sendMailsPage } from '../views/roster/mails.ts'
import { sendSlipsPage } from '../views/roster/slips.ts'
import { goBack, noticeOf } from './notices.ts'

const chosen = z.strictObject({
  groups: z
    .string()
    .max(1000)
    .default('')
    .transform((text) => text.split(/[\s,;|]+/).filter(Boolean))
    .pipe(z.array(groupName).max(20)),
  authenticator: z.string().max(32).optional(),
  replace_groups: z.literal('yes').optional(),
  links: z.enum(['none', 'mail', 'show']),
})

const confirmed = chosen.extend({
  file: z.base64(),
  digest: z.string().max(64),
  skip_bad: z.literal('yes').optional(),
})

const mostMails = 200

/** Pages on which admins register people from a file, and look at the mails to them. */
export function rosterPages(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin' })
  const ownPage = requireOwnPage(hub.hubUrl)

  const show = async (ctx: Koa.Context, admin: User, problem?: Said) => {
    const keepers = keepersOf(hub).filter(({ isGate }) => !isGate)
    if (keepers.length === 0) throw noKeeper()
    const notice = problem === undefined ? await noticeOf(hub, ctx) : undefined
    if (problem !== undefined) ctx.status = 400
    sendImportPage(ctx, {
      ...{ admin, keepers: keepers.map(({ name }) => name), hasMail: hub.config.mail !== undefined, problem, notice },
    })
  }

  router.get('/import', async (ctx) => show(ctx, await requireAdmin(hub, ctx)))

  router.post('/import', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { fields, files } = await readParts(ctx)
    const wanted = chosen.safeParse(fields)
    const file = files.file?.content
    if (!wanted.success)
      return show(ctx, admin, say`A group has up to 63 of a-z, 0-9, . _ - and groups are separated by blanks.`)
    if (file === undefined || file.length === 0) return show(ctx, admin, say`Choose a file that is not empty.`)
    const { links, ...request } = wanted.data
    try {
      const plan = await previewImport(hub, { file, ...requestOf(request) })
      const again = { ...fields, file: Buffer.from(file).toString('base64') }
      sendPreviewPage(ctx, { admin, plan, links, fields: again })
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 400) throw error
      await show(ctx, admin, error.said)
    }
  })

  router.post('/import/confirmed', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const wanted = confirmed.safeParse((await readParts(ctx)).fields)
    if (!wanted.success)
      throw new HttpError(400, 'bad_import', say`This form is not ours. Choose the file again.`, [again])
    const { file, digest, skip_bad, links, ...request } = wanted.data
    const order = {
      file: Buffer.from(file, 'base64'),
      ...requestOf(request),
      skipBad: skip_bad === 'yes',
      digest,
      links,
    }
    const done = await runImport(hub, order, adminOf(ctx, admin))
    if (done.links.length > 0) {
      const slips = done.links.map(({ ends, ...link }) => ({
        ...link,
        until: textIn((language) => whenText(ends, language)),
      }))
      sendSlipsPage(ctx, { admin, site: new URL(hub.hubUrl).host, slips })
      return
    }
    const [made, changed] = [countOf(done.steps, 'make'), countOf(done.steps, 'change')]
    const registered = say`${made} registered, ${changed} changed.`
    await goBack(hub, ctx, links === 'mail' ? '/hub/admin/mails' : '/hub/admin/import', {
      text: links === 'mail' ? sentences([registered, mailsText(done)]) : registered,
    })
  })

  router.get('/people.csv', async (ctx) => {
    await requireAdmin(hub, ctx)
    const named = queryOf(ctx).authenticator
    ctx.attachment('people.csv')
    ctx.type = 'text/csv; charset=utf-8'
    ctx.body = await exportPeople(hub, typeof named === 'string' ? named : undefined)
  })

  router.get('/mails', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const mails = await mailsToMend(hub.db, mostMails)
    const users = new Map(
      (
        await findUsers(
          hub.db,
          mails.map(({ user }) => user),
        )
      ).map((user) => [user.id, user]),
    )
    sendMailsPage(ctx, { admin, mails, users, counts: await countMails(hub.db), notice: await noticeOf(hub, ctx) })
  })

  router.post('/mails/retry', ownPage, async (ctx) => {
    await requireAdmin(hub, ctx)
    const { which } = await readForm(ctx)
    const states: ('failed' | 'unsure')[] = which === 'unsure' ? ['unsure'] : ['failed']
    const count = await hub.db.transaction((trx) => retryMails(trx, states))
    await goBack(hub, ctx, '/hub/admin/mails', {
      text: forCount(count, say`${count} mail is tried again.`, say`${count} mails are tried again.`),
    })
  })

  return router
}

function requestOf(form: Omit<z.output<typeof chosen>, 'links'>): Omit<ImportRequest, 'file'> {
  const { groups, replace_groups, authenticator } = form
  return { groups, replaceGroups: replace_groups === 'yes', authenticator }
}

function mailsText({ mails, mailed }: { mails: number; mailed: number }): Text {
  const waiting = forCount(mails, say`${mails} mail waits to be sent`, say`${mails} mails wait to be sent`)
  return mailed === 0
    ? say`${waiting}.`
    : say`${waiting}; ${mailed} people have a link by mail already that is still good.`
}

function countOf(steps: { kind: string }[], kind: string): number {
  return steps.filter((step) => step.kind === kind).length
}

function adminOf(ctx: Koa.Context, admin: User): AccountAdmin {
  const session = sessionHash(ctx)
  return { id: admin.id, precondition: (trx) => holdSession(trx, session) }
}

async function requireAdmin(hub: Hub, ctx: Koa.Context): Promise<User> {
  const user = await requireUser(hub, ctx)
  if (isAdmin(hub, user)) return user
  throw notForYou(ctx, user, say`These pages are for the people who run this site.`)
}

function noKeeper(): HttpError {
  return new HttpError(
    404,
    'no_accounts',
    say`This site keeps no accounts, so there is nobody to register. Add password() to authenticators in the config to have some.`,
    [{ href: '/hub/admin', text: say`Back to the users` }],
  )
}

const again = { href: '/hub/admin/import', text: say`Choose the file again` }
