/** The side of browsers: accepts their connections and answers them. A worker has this side and no other. */
import { type OpenListener, openListener } from '../net/listen.ts'
import type { Context } from './context.ts'
import { newExchange } from './exchange.ts'
import { limits, partOf } from './limits.ts'
import { openCertificate } from './listen/certificate.ts'
import { publicServer } from './listen/public-server.ts'
import { clientBehind } from './listen/trusted-proxies.ts'
import type { ProxyOptions } from './options.ts'
import { type OpenRoutes, openParts } from './parts.ts'
import { respond } from './requests/respond.ts'

export interface Front {
  context: Context
  /** Accepts connections from now on. They end with `opened`, after the grace. */
  listen(): Promise<OpenListener['urls']>
  /** Reads the certificate again. */
  reload(): Promise<void>
}

/** Opens the side of browsers, which accepts no connection yet. Rejects when a setting is wrong. */
export async function openFront(
  options: ProxyOptions,
  openRoutes: OpenRoutes,
  opened: AsyncDisposableStack,
): Promise<Front> {
  const { log, tls, trustedProxies, workers = 1, forTests = {} } = options
  const { graceSeconds = 2, headMilliseconds = 30_000 } = forTests
  const connectionsPerAddress = partOf(options.connectionsPerAddress ?? limits.connectionsPerAddress, workers)
  const context = await openParts(options, openRoutes, opened)
  const clientOf = clientBehind(trustedProxies)
  const certificate = tls && (await openCertificate(tls, 'site' in context ? context.site.hostNames : [], log))
  opened.defer(() => certificate?.close())
  const { lines } = context
  const entrance = { certificate, headMilliseconds, connectionsPerAddress, trustedProxies, lines, log }

  return {
    context,
    async listen() {
      const listening = await openListener(options.listen, () =>
        publicServer({ respond: (request) => respond(context, newExchange(request, clientOf)), ...entrance }),
      )
      opened.defer(() => listening.stop(graceSeconds * 1000))
      return listening.urls
    },
    reload: async () => certificate?.reload(),
  }
}
