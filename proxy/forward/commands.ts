/** Headers by which one program commands the next: no browser and no learner's server has a say in them. */

/**
 * An answer's word to the nginx, Apache, cache or CDN that may stand before the proxy: to send a file of theirs instead
 * (`X-Accel-Redirect`, `X-Sendfile`), to keep the answer for others (`CDN-Cache-Control`, `Surrogate-Control`), to
 * throw away or name what they keep (`Cache-Tag`, `X-LiteSpeed-Purge`), to run what is in it (ESI). What a cache only
 * reports (`X-Cache`, `Cache-Status`, `Age`) commands nothing and stays.
 */
export function commandsFront(name: string): boolean {
  return name !== 'cache-control' && toFront.test(name)
}

const toFront = new RegExp(
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
 * A request's word to the program behind: who is signed in or where they are, as only a gate in front may say it
 * (`X-Remote-User`, `X-Forwarded-For`), another method or address than the rules have judged (`X-HTTP-Method-Override`,
 * `X-Original-URL`), how files are sent (`X-Sendfile-Type`), which proxy it shall use itself (`Proxy`), and what our own
 * processes say to each other (`X-Carrel-*`). Gateways read `_` as `-`, so both are the same here.
 */
export function commandsBehind(name: string): boolean {
  return toBehind.test(name.includes('_') ? name.replaceAll('_', '-') : name)
}

const toBehind = new RegExp(
  `^(?:${[
    'forwarded',
    'x-forwarded(?:-.*)?',
    'x-real-.*',
    'x-(?:scheme|url-scheme|host|script-name|request-id)',
    'front-end-https',
    'x-carrel-.*',
    // Where the client is.
    '(?:x-)?(?:true-)?client-ip',
    'x-cluster-client-ip',
    'x-(?:azure|envoy|arr|proxyuser)-.*',
    'cf-.*',
    'fastly-.*',
    // Who the client is.
    '(?:x-)?remote-.*',
    'x-(?:webauth|auth-request|authenticated|proxy|ms-client-principal|amzn-oidc|amzn-mtls|goog-iap|goog-authenticated)(?:-.*)?',
    'x-(?:auth-)?(?:user|username|userid|email|groups)',
    '(?:x-)?(?:ssl|tls)(?:-.*)?',
    '(?:x-)?client-(?:cert|verify|dn)(?:-.*)?',
    // Another method or address.
    'x-(?:http-method|(?:http-)?method-override)',
    'x-(?:original|rewrite)-.*',
    // How to send files, and through what.
    'x-sendfile.*',
    'x-accel-.*',
    'x-lighttpd-.*',
    'proxy',
  ].join('|')})$`,
)
