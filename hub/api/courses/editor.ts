import type Koa from 'koa'
import type { Editor } from '../../courses/editors.ts'
import { holdToken } from '../../db/tokens.ts'
import { countCourseChange } from '../../http/limits.ts'
import type { Hub } from '../../hub.ts'
import { userCalling } from '../caller.ts'

/** Returns who calls, as one who may change courses. */
export function editorCalling(ctx: Koa.Context): Editor {
  if (ctx.state.caller?.kind === 'operator')
    return { id: 'operator', name: '', user: undefined, precondition: async () => true }
  const { user, token } = userCalling(ctx)
  return { id: user.id, name: user.name, user, precondition: (trx) => holdToken(trx, token.id) }
}

/** Does the same for a change, of which each user may make so many. */
export function pacedEditor(hub: Hub, ctx: Koa.Context): Editor {
  const editor = editorCalling(ctx)
  if (editor.user !== undefined) countCourseChange(hub, editor.user)
  return editor
}
