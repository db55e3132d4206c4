import type Koa from 'koa'
import { type Said, say, sentences, type Text } from '../../words/text.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { sendQuestionPage } from './question.ts'

export interface StopPage {
  /** The user who is asked. */
  user: User
  /** What the page calls the server's owner, if that is another user. */
  owner?: Said
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
    title: isOwn ? say`Stop ${title}?` : say`Stop ${title} of ${owner}?`,
    says: [...losses(server, keepsFiles, isOwn), !isOwn && say`Its owner is not asked.`],
    action,
    ...(fields && { fields }),
    button: !keepsFiles && server.state === 'ready' ? say`Stop, and lose the files` : say`Stop`,
    keep: { href: back, text: say`Keep it running` },
  })
}

function losses({ state }: Server, keepsFiles: boolean, isOwn: boolean): Text[] {
  if (state === 'queued') return [say`It has not started yet. Its place in the queue is lost, and nothing else.`]
  if (state === 'starting') return [say`It has not started yet. Nothing is lost.`]
  const ends = say`What is running in it ends.`
  if (keepsFiles)
    return [
      isOwn
        ? say`${ends} What is not saved is lost. The saved files stay for when you open it again.`
        : say`${ends} What is not saved is lost. The saved files stay for when its owner opens it again.`,
    ]
  return [
    sentences([
      say`${ends} All files in it are gone for good, the saved ones too.`,
      isOwn && say`Download what you want to keep first.`,
    ]),
  ]
}
