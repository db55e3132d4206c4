/**
 * The rules that protect users, by the names that the tables of attacks and `docs/security.md` use.
 * `threat-model.test.ts` makes sure that each rule is attacked at least once and stands in the threat model.
 */
export const rules = [
  // Rules of admission, by their rows (seats/rules.ts; 2a is in proxy/forward/headers-in.ts).
  ...['row 1', 'row 2a', 'row 2b', 'row 2c', 'row 3', 'row 4', 'row 5a', 'row 5b', 'row 5c', 'row 5d', 'row 5e'],
  // Headers of a request, and what the proxy does to them (proxy/forward/headers-in.ts).
  ...['in: our cookies', 'in: Authorization', 'in: token=', 'in: X-Forwarded-*', 'in: Forwarded', 'in: X-Real-IP'],
  ...['in: X-Carrel-*', 'in: hop-by-hop', 'in: Host and Origin', 'in: commands'],
  // Headers that the proxy removes from a server's response (proxy/forward/headers-out.ts).
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
  // Headers that the proxy adds to a server's response.
  ...['out: Cross-Origin-Resource-Policy', 'out: Referrer-Policy', 'out: X-Content-Type-Options', 'out: X-Robots-Tag'],
  // Rules of the whole installation.
  ...['hosts', 'own host', 'paths', 'header bytes', 'limits', 'enumeration'],
  ...[
    'own pages',
    'navigation only',
    'redirects',
    'tickets',
    'seat cookie',
    'landing',
    'desk',
    'keys',
    'session',
    'guests',
  ],
  ...[
    'framing of messages',
    'sizes',
    'cost',
    'compression',
    'time',
    'secrets',
    'log lines',
    'files',
    'open files',
    'leftovers',
    'homes',
    'settings',
    'hooks',
    'routes API',
    'commands',
  ],
  ...['echo', 'images', 'bundles', 'static files', 'beside'],
  ...['builds', 'course files'],
  ...[
    'git addresses',
    'git contents',
    'git credentials',
    'git keys',
    'git limits',
    'pull hooks',
    'notebooks',
    'shown notebooks',
    'snapshots',
  ],
  ...['boundary', 'pipelining', 'places', 'idle connections'],
  // Rules about acts of people, and about who a user is.
  ...[
    'by hand',
    'framing',
    'automatic sign-in',
    'gateways',
    'roles',
    'identity',
    'learners',
    'opening',
    'course-terms',
    'course-content',
    'versions',
    'choices',
    'questions',
    'passwords',
    'maintenance',
    'tmpnb',
    'homes',
    'spares',
  ],
] as const

export type Rule = (typeof rules)[number]
