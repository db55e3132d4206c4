import Router from '@koa/router'
import type Koa from 'koa'
import { type Said, say, sentences, type Text } from '../../../words/text.ts'
import { notForYou } from '../../access/sign-in-first.ts'
import { madeCourseOf } from '../../courses/courses.ts'
import { isFree } from '../../courses/editors.ts'
import { type CourseRepository, requireRepository } from '../../courses/repository.ts'
import { readClock } from '../../db/clock.ts'
import { HttpError } from '../../errors.ts'
import { giveKey, takeKeyAway } from '../../git-keys/give.ts'
import { confirmFingerprint, lookAtHost } from '../../git-keys/host-keys.ts'
import { makePullHook, takeHookAway, toldHook } from '../../git-keys/pull-hook.ts'
import { toldHostKey, toldKey } from '../../git-keys/told-key.ts'
import { triedText, tryKey } from '../../git-keys/try.ts'
import { countCourseChange } from '../../http/limits.ts'
import { readForm, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { type AccessPage, sendAccessPage, sendReplaceTokenPage } from '../../views/courses/access.ts'
import { sendQuestionPage } from '../../views/question.ts'
import { goBack, noticeOf } from '../notices.ts'
import { editorOf, type PageEditor } from './editor.ts'

/** The pages about what opens a course's repository, and what has it fetched at each push: for those who may change the course. */
export function accessPages(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/my-courses/:course/access' })
  const ownPage = requireOwnPage(hub.hubUrl)

  /** Does what a button asks for, and shows the page with why it was refused. What was typed and is secret does not come back. */
  const button = (
    path: string,
    done: Said,
    does: (asking: Asking, fields: Record<string, string>) => Promise<void>,
    { isTried = false } = {},
  ) =>
    router.post(path, ownPage, async (ctx) => {
      const asking = await requireAccess(hub, ctx)
      const fields = await readForm(ctx)
      try {
        countCourseChange(hub, asking.editor.user)
        await does(asking, fields)
      } catch (error) {
        return show(hub, ctx, asking, { ...refusalOf(error), typed: { user: fields.user ?? '' } })
      }
      const tried = isTried && triedText(await tryKey(hub, asking.repository))
      await goBack(hub, ctx, addressOf(asking), { text: sentences([done, tried]) })
    })

  router.get('/', async (ctx) => show(hub, ctx, await requireAccess(hub, ctx), {}))

  button(
    '/token',
    say`The token is given.`,
    ({ editor, repository }, { token = '', user = '', replaces }) =>
      giveKey(
        hub,
        repository,
        editor,
        { token: token.trim(), ...(user.trim() !== '' && { user: user.trim() }) },
        { replaces: replaces === 'yes' },
      ),
    { isTried: true },
  )
  button('/pair', say`A deploy key is made. Add its public half at the host.`, ({ editor, repository }, { replaces }) =>
    giveKey(hub, repository, editor, { make: true }, { replaces: replaces === 'yes' }),
  )
  button(
    '/confirm',
    say`The host is known now.`,
    ({ editor, repository }, { fingerprint = '' }) => confirmFingerprint(hub, repository, editor, fingerprint),
    { isTried: true },
  )
  button('/remove', say`The key is removed.`, ({ editor, repository }) => takeKeyAway(hub, repository, editor))
  button('/hook/remove', say`The address is removed.`, ({ editor, repository }) =>
    takeHookAway(hub, { id: repository.id, slug: repository.course }, editor),
  )

  router.post('/host', ownPage, async (ctx) => {
    const asking = await requireAccess(hub, ctx)
    await showing(hub, ctx, asking, async () => ({
      hostKeys: (await lookAtHost(hub, asking.repository)).map(toldHostKey),
    }))
  })

  router.post('/hook', ownPage, async (ctx) => {
    const asking = await requireAccess(hub, ctx)
    const { id, course: slug } = asking.repository
    await showing(hub, ctx, asking, async () => ({
      newHook: await makePullHook(hub, { id, slug }, asking.editor, { signed: true }),
    }))
  })

  router.get('/token', async (ctx) => {
    const { editor, repository } = await requireAccess(hub, ctx)
    const { name, course: slug, url } = repository
    const [key, now] = await Promise.all([toldKey(hub, repository), readClock(hub.db)])
    sendReplaceTokenPage(ctx, { user: editor.user, course: { name, slug }, url, key, notice: undefined, now })
  })

  for (const { path, title, says, text, fields = {} } of questions)
    router.get(path, async (ctx) => {
      const asking = await requireAccess(hub, ctx)
      const back = addressOf(asking)
      sendQuestionPage(ctx, {
        ...{ user: asking.editor.user, title, says: [says], button: text, fields },
        action: `${back}${path}`,
        keep: { href: back, text: say`Leave it as it is` },
      })
    })

  return router
}

interface AskedFirst {
  path: string
  title: Text
  says: Text
  text: Text
  fields?: Record<string, string>
}

const questions: AskedFirst[] = [
  {
    ...{ path: '/pair', title: say`Make a deploy key in the place of the present key?`, text: say`Make a deploy key` },
    says: say`The hub forgets the present one, which cannot be had back. Until the public half of the new one is at the host, nothing is fetched.`,
    fields: { replaces: 'yes' },
  },
  {
    ...{ path: '/remove', title: say`Remove the key of the repository?`, text: say`Remove the key` },
    says: say`A private repository cannot be fetched without it. The commit that the course has stays.`,
  },
  {
    ...{ path: '/hook/remove', title: say`Remove the address for pushes?`, text: say`Remove the address` },
    says: say`Pushes are noticed only when the repository is asked the next time.`,
  },
]

interface Asking {
  editor: PageEditor
  repository: CourseRepository
}

/** Returns the repository of a course that the person may change. All others are refused alike. */
async function requireAccess(hub: Hub, ctx: Koa.Context): Promise<Asking> {
  const editor = await editorOf(hub, ctx)
  try {
    return { editor, repository: requireRepository(hub, editor, String(ctx.params.course)) }
  } catch (error) {
    if (error instanceof HttpError && error.status === 404)
      throw notForYou(ctx, editor.user, say`What opens a repository is for the people who may change its course.`)
    throw error
  }
}

function addressOf({ repository }: Asking): string {
  return `/hub/my-courses/${repository.course}/access`
}

type Shown = Pick<AccessPage, 'newHook' | 'hostKeys' | 'typed' | 'problem'>

async function showing(hub: Hub, ctx: Koa.Context, asking: Asking, does: () => Promise<Shown>): Promise<void> {
  countCourseChange(hub, asking.editor.user)
  await show(hub, ctx, asking, await does().catch(refusalOf))
}

function refusalOf(error: unknown): Shown {
  if (error instanceof HttpError && error.status < 500 && error.status !== 401) return { problem: error.said }
  throw error
}

async function show(hub: Hub, ctx: Koa.Context, { editor, repository }: Asking, shown: Shown): Promise<void> {
  const { name, course: slug, url, id } = repository
  // Where the config has a course of that name too, people find only their own here.
  const opened = isFree(hub, editor) ? hub.courses.all[slug] : madeCourseOf(hub.courses, slug)
  sendAccessPage(ctx, {
    ...{ user: editor.user, course: { name, slug }, opened, url, ...shown },
    key: await toldKey(hub, repository),
    hook: await toldHook(hub, { id }),
    notice: await noticeOf(hub, ctx),
    now: await readClock(hub.db),
  })
}
