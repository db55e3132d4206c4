/**
 * What protects whom, by the names that the tables of attacks and `docs/security.md` use. `threat-model.test.ts` sees
 * to it that each of them is attacked at least once and stands in the threat model.
 */
export const rules = [
  // Admission, row by row (seats/rules.ts; 2a is in proxy/forward/headers-in.ts).
  ...['row 1', 'row 2a', 'row 2b', 'row 2c', 'row 3', 'row 4', 'row 5a', 'row 5b', 'row 5c', 'row 5d', 'row 5e'],
  // What never reaches a server (proxy/forward/headers-in.ts), and what does.
  ...['in: our cookies', 'in: Authorization', 'in: token=', 'in: X-Forwarded-*', 'in: Forwarded', 'in: X-Real-IP'],
  ...['in: X-Carrel-*', 'in: hop-by-hop', 'in: Host and Origin', 'in: commands'],
  // What a server's answer loses (proxy/forward/headers-out.ts) …
  ...['out: Set-Cookie', 'out: Access-Control-*', 'out: Service-Worker-Allowed', 'out: Clear-Site-Data'],
  ...['out: Strict-Transport-Security', 'out: NEL', 'out: Report-To', 'out: Reporting-Endpoints', 'out: Alt-Svc'],
  ...['out: Session-Registration', 'out: Use-As-Dictionary', 'out: Accept-CH', 'out: commands'],
  ...[
    'out: Set-Login',
    'out: Shared-Storage-Write',
    'out: Speculation-Rules',
    'out: X-Frame-Options',
    'out: frame-ancestors',
    'out: Cache-Control',
  ],
  // … and gains.
  ...['out: Cross-Origin-Resource-Policy', 'out: Referrer-Policy', 'out: X-Content-Type-Options', 'out: X-Robots-Tag'],
  // The rest has no number.
  ...['hosts', 'own host', 'paths', 'header bytes', 'limits', 'enumeration'],
  ...['own pages', 'navigation only', 'redirects', 'tickets', 'seat cookie', 'landing', 'keys', 'session', 'guests'],
  ...[
    'framing of messages',
    'sizes',
    'cost',
    'time',
    'secrets',
    'log lines',
    'files',
    'open files',
    'leftovers',
    'settings',
    'routes API',
  ],
  ...['echo', 'images'],
  ...['boundary', 'pipelining', 'places', 'idle connections'],
  // Acts of people, and who somebody is.
  ...['by hand', 'roles', 'identity'],
] as const

export type Rule = (typeof rules)[number]
