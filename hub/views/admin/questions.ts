import type Koa from 'koa'
import { forCount, say, sentences, type Text } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'
import { nameForAdmins } from '../format.ts'
import { filesThatStay } from '../homes/files-that-stay.ts'
import { type Question, sendQuestionPage } from '../question.ts'

/** What an admin can do to an account that takes something from its user. */
export type AdminAct = 'sign-out' | 'block' | 'versions' | 'remove'

export interface AdminQuestion {
  admin: User
  user: User
  /** How many servers the user has, how many of them run, and how many of those lose their files when they stop. */
  servers: { all: number; running: number; losing: number }
  /** How many homes the user has. */
  homes: number
  /** How many earlier versions of notebooks the user has. */
  versions: number
  /** The page that led here, and the fields by which the answer leads there again. */
  back: string
  fields: Record<string, string>
}

/** Sends the page that asks before an admin does something to an account. */
export function sendAdminQuestion(ctx: Koa.Context, act: AdminAct, page: AdminQuestion): void {
  const { admin, user, fields } = page
  sendQuestionPage(ctx, {
    ...questions[act](page),
    user: admin,
    action: `/hub/admin/users/${user.id}/${act}`,
    fields,
  })
}

/** Returns what is lost when the running servers stop. */
function lossAtStop({ running, losing }: AdminQuestion['servers']): Text {
  if (losing === 0) return say`What is not saved is lost; the saved files stay.`
  if (losing === running) return say`All files in there are gone for good, the saved ones too.`
  return say`All files in ${losing} of them are gone for good, the saved ones too; in the others what is not saved is lost.`
}

const questions: Record<AdminAct, (page: AdminQuestion) => Pick<Question, 'title' | 'says' | 'button' | 'keep'>> = {
  'sign-out': ({ user, servers, back }) => ({
    title: say`Sign ${nameForAdmins(user)} out everywhere?`,
    says: [
      say`What is open closes in every browser, and what is not saved there is lost.`,
      user.kind === 'temporary'
        ? say`This is a temporary visitor, who has no way back to the notebooks.`
        : servers.running === 0
          ? say`Nothing is deleted, and the user may sign in again.`
          : say`What is running goes on, and the user may sign in again.`,
      user.kind === 'person' && say`API tokens stay valid. To end those too, block the account.`,
    ],
    button: say`Sign out all browsers`,
    keep: { href: back, text: say`Leave it open` },
  }),
  block: ({ user, servers, back }) => ({
    title: say`Block ${nameForAdmins(user)}?`,
    says: [
      say`What is open closes in every browser, the account opens nothing any more, and its API tokens do nothing until you unblock it.`,
      servers.running > 0 && sentences([willStop(servers.running), lossAtStop(servers)]),
      say`The account itself stays, and you can unblock it at any time.`,
    ],
    button: say`Block`,
    keep: { href: back, text: say`Leave the account as it is` },
  }),
  versions: ({ user, versions, back }) => ({
    title: say`Remove the earlier versions of ${nameForAdmins(user)}?`,
    says: [
      forCount(
        versions,
        say`One version of notebooks goes, of all courses: what was there before a notebook was replaced. Nothing brings it back.`,
        say`${versions} versions of notebooks go, of all courses: what was there before a notebook was replaced. Nothing brings them back.`,
      ),
      say`The notebooks themselves and the account stay as they are.`,
    ],
    button: say`Remove the versions`,
    keep: { href: back, text: say`Keep them` },
  }),
  remove: ({ user, servers, homes, versions, back }) => ({
    title: say`Remove ${nameForAdmins(user)}?`,
    says: [
      say`The account goes, with its API tokens, its notebooks (${servers.all}) and all files in them. Nothing brings them back.`,
      homes > 0 && filesThatStay({ homes, leaving: user.kind === 'temporary' ? 'temporary' : 'person' }),
      versions > 0 &&
        user.kind !== 'temporary' &&
        say`Earlier versions of notebooks stay for an account that comes back. Remove those first, if they are to go too.`,
      say`To keep a person out and lose nothing, block the account instead.`,
    ],
    button: say`Remove for good`,
    keep: { href: back, text: say`Keep the account` },
  }),
}

function willStop(running: number): Text {
  return forCount(
    running,
    say`The notebook that is running will stop.`,
    say`The ${running} notebooks that are running will stop.`,
  )
}
