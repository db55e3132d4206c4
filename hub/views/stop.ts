import type Koa from 'koa'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { sendQuestionPage } from './question.ts'

export interface StopPage {
  /** The user who is asked. */
  user: User
  /** What the page calls the server's owner, if that is another user. */
  owner?: string
  server: Server
  /** Title of the course. */
  title: string
  /** Whether the server's files outlive the stop. */
  keepsFiles: boolean
  action: string
  fields?: Record<string, string | number>
  /** The page to which both answers lead. */
  back: string
}

/** Sends the page that asks before a server is stopped. */
export function sendStopPage(ctx: Koa.Context, page: StopPage): void {
  const { user, owner, server, title, keepsFiles, action, fields, back } = page
  const isOwn = owner === undefined
  sendQuestionPage(ctx, {
    user,
    title: isOwn ? `Stop ${title}?` : `Stop ${title} of ${owner}?`,
    says: [...losses(server, keepsFiles, isOwn), !isOwn && 'Its owner is not asked.'],
    action,
    ...(fields && { fields }),
    button: !keepsFiles && server.state === 'ready' ? 'Stop, and lose the files' : 'Stop',
    keep: { href: back, text: 'Keep it running' },
  })
}

function losses({ state }: Server, keepsFiles: boolean, isOwn: boolean): string[] {
  if (state === 'queued') return ['It has not started yet. Its place in the queue is lost, and nothing else.']
  if (state === 'starting') return ['It has not started yet. Nothing is lost.']
  const ends = 'What is running in it ends.'
  if (keepsFiles)
    return [
      `${ends} What is not saved is lost. The saved files stay for when ${isOwn ? 'you open' : 'its owner opens'} it again.`,
    ]
  const advice = isOwn ? ' Download what you want to keep first.' : ''
  return [`${ends} All files in it are gone for good, the saved ones too.${advice}`]
}
