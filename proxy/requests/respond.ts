import { clientKey } from '../../net/address.ts'
import type { Context } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { replyFault } from '../replies/reply.ts'
import { dispatch } from './dispatch.ts'
import { logWhenOver } from './request-log.ts'

/** Answers one exchange and logs it. Rejects only where the error page cannot be written either. */
export async function respond(context: Context, exchange: Exchange): Promise<void> {
  logWhenOver(context.log, exchange)
  try {
    await dispatch(context, exchange)
  } catch (error) {
    if (context.lines.take(clientKey(exchange.client)) === 0) {
      context.log.error({ request: exchange.id, err: error }, 'request failed')
    }
    if (exchange.hasLeft()) return
    // A head that is already on its way cannot be replaced.
    if (exchange.record.status !== undefined) return exchange.cut()
    replyFault(exchange, {
      status: 500,
      code: 'internal',
      title: 'Something is broken here',
      message: 'Something went wrong on our side. Reload the page; if it stays, tell your teacher the error id below.',
    })
  }
}
