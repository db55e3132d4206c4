import type Koa from 'koa'
import { allOf, forCount, type Said, say, type Text } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'
import { nameForAdmins, ofUnit } from '../format.ts'
import { filesThatStay } from '../homes/files-that-stay.ts'
import { sendQuestionPage } from '../question.ts'
import { type AdminView, adminAddress, adminFields, type BulkAct } from './users.ts'

export interface ChosenPage {
  admin: User
  act: BulkAct
  users: User[]
  /** How many notebooks they have, how many of them run, and how many of those lose their files when they stop. */
  servers: { all: number; running: number; losing: number }
  /** How many homes they have. */
  homes: number
  view: AdminView
}

interface Words {
  title: Text
  says: (Said | false)[]
  button: Text
}

/** Sends the page that asks before something is done to several users. */
export function sendChosenPage(ctx: Koa.Context, page: ChosenPage): void {
  const { admin, act, users, view } = page
  const { title, says, button } = words[act](page)
  sendQuestionPage(ctx, {
    user: admin,
    title,
    says: [say`${allOf(users.map(nameForAdmins))}.`, ...says],
    action: '/hub/admin/chosen',
    fields: { ...adminFields(view), act, chosen: users.map(({ id }) => id).join(' ') },
    button,
    keep: { href: adminAddress(view), text: say`Leave everything as it is` },
  })
}

const words: Record<BulkAct, (page: ChosenPage) => Words> = {
  'sign-out': ({ users }) => ({
    title: say`Sign ${ofUnit(users.length, 'user')} out everywhere?`,
    says: [
      say`What is open closes in every browser, and what is not saved there is lost.`,
      users.some(({ kind }) => kind === 'temporary') &&
        say`There are temporary visitors among them, who have no way back to their notebooks.`,
      say`The others may sign in again. API tokens stay valid.`,
    ],
    button: say`Sign them out everywhere`,
  }),
  stop: ({ users, servers }) => ({
    title: say`Stop the notebooks of ${ofUnit(users.length, 'user')}?`,
    says: [...ofRunning(servers), say`Their owners are not asked.`],
    button: servers.losing === 0 ? say`Stop them` : say`Stop them, and lose the files`,
  }),
  block: ({ users, servers }) => ({
    title: say`Block ${ofUnit(users.length, 'user')}?`,
    says: [
      say`What is open closes in every browser, the accounts open nothing any more, and their API tokens do nothing until you unblock them.`,
      ...ofRunning(servers),
      say`The accounts themselves stay, and you can unblock them at any time.`,
    ],
    button: say`Block them`,
  }),
  unblock: ({ users }) => ({
    title: say`Unblock ${ofUnit(users.length, 'user')}?`,
    says: [say`They may come in again, and their API tokens are good again.`],
    button: say`Unblock them`,
  }),
  remove: ({ users, servers, homes }) => ({
    title: say`Remove ${ofUnit(users.length, 'user')}?`,
    says: [
      say`The accounts go, with their API tokens, their notebooks (${servers.all}) and all files in them. Nothing brings them back.`,
      homes > 0 && filesThatStay({ homes, leaving: 'person' }),
      say`To keep people out and lose nothing, block the accounts instead.`,
    ],
    button: say`Remove them for good`,
  }),
}

/** Returns what happens to the notebooks that run. */
function ofRunning({ running, losing }: ChosenPage['servers']): Text[] {
  if (running === 0) return [say`None of their notebooks is running.`]
  const stops = forCount(
    running,
    say`${running} notebook that is running will stop. What is not saved is lost.`,
    say`${running} notebooks that are running will stop. What is not saved is lost.`,
  )
  if (losing === 0) return [stops, say`The saved files stay.`]
  return [
    stops,
    losing === running
      ? say`All files in them are gone for good, the saved ones too.`
      : say`All files in ${losing} of them are gone for good, the saved ones too.`,
  ]
}
