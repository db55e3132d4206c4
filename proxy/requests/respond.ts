import { clientKey } from '../../net/address.ts'
import { say } from '../../words/text.ts'
import type { Context } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { replyFault } from '../replies/reply.ts'
import { dispatch } from './dispatch.ts'
import { logWhenOver } from './request-log.ts'

/** Answers one exchange and logs it. Throws or rejects only where the error page cannot be written either. */
export function respond(context: Context, exchange: Exchange): void | Promise<void> {
  logWhenOver(context, exchange)
  // Most exchanges wait for nothing, so no promise is made for them.
  try {
    const done = dispatch(context, exchange)
    return done instanceof Promise ? done.catch((error: unknown) => failed(context, exchange, error)) : undefined
  } catch (error) {
    return failed(context, exchange, error)
  }
}

function failed(context: Context, exchange: Exchange, error: unknown): void {
  if (context.lines.take(clientKey(exchange.client)) === 0) {
    context.log.error({ request: exchange.id, err: error }, 'request failed')
  }
  if (exchange.hasLeft()) return
  // A head that is already on its way cannot be replaced.
  if (exchange.answer.hasBegun) {
    exchange.cut()
    return
  }
  replyFault(exchange, {
    status: 500,
    code: 'internal',
    title: say`Something is broken here`,
    message: say`Something went wrong on our side. Reload the page. If it happens again, tell your teacher the reference below.`,
  })
}
