/** Headers by which one program commands the next. Neither a browser nor a learner's server may set them. */
import { remembered } from '../../net/remembered.ts'

/**
 * Whether an answer's header (named in lower case) commands the nginx, Apache, cache or CDN that may stand before the
 * proxy: to send one of its own files instead (`X-Accel-Redirect`, `X-Sendfile`), to keep the answer for others
 * (`CDN-Cache-Control`, `Surrogate-Control`), to drop or name what it keeps (`Cache-Tag`, `X-LiteSpeed-Purge`), to run
 * what is in the answer (ESI). Headers that only report something (`X-Cache`, `Cache-Status`, `Age`) do not count.
 */
export const commandsGateway = remembered((name) => name !== 'cache-control' && toGateway.test(name))

const toGateway = new RegExp(
  `^(?:${[
    'x-accel-.*',
    'x-sendfile.*',
    'x-lighttpd-.*',
    'x-(?:litespeed|lsadc)-.*',
    'x-reproxy-.*',
    'x-envoy-.*',
    '(?:x-)?(?:akamai|cdn|cf|cloudflare|edge|fastly|netlify|surrogate|varnish|vercel)(?:-.*)?',
    '.*cache-control',
    '(?:x-)?cache-(?:tags?|keys?)(?:-.*)?',
    'xkey',
    'x-purge(?:-.*)?',
    '(?:x-)?(?:do-)?esi(?:-.*)?',
    '(?:x-)?(?:mod-?)?pagespeed.*',
  ].join('|')})$`,
)

/**
 * Whether a request's header (named in lower case) commands the program behind the proxy. Such headers state who is
 * signed in or where the client is, which only a gateway in front may state (`X-Remote-User`, `X-Forwarded-For`); ask
 * for another method or address than the rules have judged (`X-HTTP-Method-Override`, `X-Original-URL`); say how files
 * are sent (`X-Sendfile-Type`) or which proxy the program shall use itself (`Proxy`); or belong to our own processes
 * (`X-Carrel-*`). Gateways read `_` as `-`, so both count as equal.
 */
export const commandsBackend = remembered((name) =>
  toBackend.test(name.includes('_') ? name.replaceAll('_', '-') : name),
)

const toBackend = new RegExp(
  `^(?:${[
    'forwarded',
    'x-forwarded(?:-.*)?',
    'x-real-.*',
    'x-(?:scheme|url-scheme|host|script-name|request-id)',
    'front-end-https',
    'x-carrel-.*',
    // Names the client's address.
    '(?:x-)?(?:true-)?client-ip',
    'x-cluster-client-ip',
    'x-(?:azure|envoy|arr|proxyuser)-.*',
    'cf-.*',
    'fastly-.*',
    // Names the client's identity.
    '(?:x-)?remote-.*',
    'x-(?:webauth|auth-request|authenticated|proxy|ms-client-principal|amzn-oidc|amzn-mtls|goog-iap|goog-authenticated)(?:-.*)?',
    'x-(?:auth-)?(?:user|username|userid|email|groups)',
    '(?:x-)?(?:ssl|tls)(?:-.*)?',
    '(?:x-)?client-(?:cert|verify|dn)(?:-.*)?',
    // Asks for another method or address.
    'x-(?:http-method|(?:http-)?method-override)',
    'x-(?:original|rewrite)-.*',
    // Says how to send files, and through which proxy.
    'x-sendfile.*',
    'x-accel-.*',
    'x-lighttpd-.*',
    'proxy',
  ].join('|')})$`,
)
