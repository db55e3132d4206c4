import type Koa from 'koa'
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
  title: string
  says: (string | false)[]
  button: string
}

/** Sends the page that asks before something is done to several users. */
export function sendChosenPage(ctx: Koa.Context, page: ChosenPage): void {
  const { admin, act, users, view } = page
  const { title, says, button } = words[act](page)
  sendQuestionPage(ctx, {
    user: admin,
    title,
    says: [`${users.map(nameForAdmins).join(', ')}.`, ...says],
    action: '/hub/admin/chosen',
    fields: { ...adminFields(view), act, chosen: users.map(({ id }) => id).join(' ') },
    button,
    keep: { href: adminAddress(view), text: 'Leave everything as it is' },
  })
}

const words: Record<BulkAct, (page: ChosenPage) => Words> = {
  'sign-out': ({ users }) => ({
    title: `Sign ${ofUnit(users.length, 'user')} out everywhere?`,
    says: [
      'What is open closes in every browser, and what is not saved there is lost.',
      users.some(({ kind }) => kind === 'temporary') &&
        'There are temporary visitors among them, who have no way back to their notebooks.',
      'The others may sign in again. API tokens stay valid.',
    ],
    button: 'Sign them out everywhere',
  }),
  stop: ({ users, servers }) => ({
    title: `Stop the notebooks of ${ofUnit(users.length, 'user')}?`,
    says: [...ofRunning(servers), 'Their owners are not asked.'],
    button: servers.losing === 0 ? 'Stop them' : 'Stop them, and lose the files',
  }),
  block: ({ users, servers }) => ({
    title: `Block ${ofUnit(users.length, 'user')}?`,
    says: [
      'What is open closes in every browser, the accounts open nothing any more, and their API tokens do nothing until you unblock them.',
      ...ofRunning(servers),
      'The accounts themselves stay, and you can unblock them at any time.',
    ],
    button: 'Block them',
  }),
  unblock: ({ users }) => ({
    title: `Unblock ${ofUnit(users.length, 'user')}?`,
    says: ['They may come in again, and their API tokens are good again.'],
    button: 'Unblock them',
  }),
  remove: ({ users, servers, homes }) => ({
    title: `Remove ${ofUnit(users.length, 'user')}?`,
    says: [
      `The accounts go, with their API tokens, their notebooks (${servers.all}) and all files in them. Nothing brings them back.`,
      homes > 0 && filesThatStay({ homes, leaving: 'person' }),
      'To keep people out and lose nothing, block the accounts instead.',
    ],
    button: 'Remove them for good',
  }),
}

/** Returns what happens to the notebooks that run. */
function ofRunning({ running, losing }: ChosenPage['servers']): string[] {
  if (running === 0) return ['None of their notebooks is running.']
  const stops = `${ofUnit(running, 'notebook')} that ${running === 1 ? 'is' : 'are'} running will stop. What is not saved is lost.`
  if (losing === 0) return [stops, 'The saved files stay.']
  return [
    stops,
    `All files in ${losing === running ? 'them' : `${losing} of them`} are gone for good, the saved ones too.`,
  ]
}
