/** Writes the text of a first config file, and that of the file by which an editor checks it in any folder. */
import { dirname, join } from 'node:path'

export const starterSpawners = ['process', 'docker', 'kubernetes'] as const
export const starterSignIns = ['temporary', 'password', 'oidc', 'gate', 'lms'] as const

export interface Starter {
  spawner: (typeof starterSpawners)[number]
  signIn: (typeof starterSignIns)[number]
  /** The public origins of hub and servers. Absent for this machine alone. */
  urls: { hub: string; servers: string } | undefined
  course: string
  image: string
}

/** Returns the text of a config file with these answers. Each setting has a comment that says what it does. */
export function starterConfig({ spawner, signIn, urls, course, image }: Starter): string {
  const imports = signIn === 'gate' ? ['oidc', 'temporary'] : [signIn]
  return [
    '// Every setting is described where it is defined: follow `defineConfig` in your editor, or read config/config.ts.',
    '//   carrel config check FILE    names every problem of this file; with --try also courses that could not start',
    '//   carrel start --config FILE',
    ...imports.map((name) => `import { ${name} } from 'carrel/authenticators/${name}'`),
    "import { defineConfig } from 'carrel/config'",
    `import { ${spawner}Spawner } from 'carrel/spawners/${spawner}'`,
    '',
    ...(signIn === 'lms' ? [...lmsSites, ''] : []),
    'export default defineConfig({',
    ...hosts(urls),
    ...spawnerLines[spawner],
    ...signInLines(signIn, course),
    '  // All courses. A link names a course: /tmplogin?course=NAME&notebook=FILE. No link can name an image.',
    '  courses: {',
    `    ${/^[A-Za-z]\w*$/.test(course) ? course : quoted(course)}: {`,
    `      title: ${quoted(course)},`,
    ...(spawner === 'process'
      ? ['      // A folder whose files begin each workspace, or nothing for an empty one.']
      : ['      // An image in which `jupyter lab` starts without root.']),
    `      image: ${quoted(image)},`,
    "      // The file that opens when a link names none: start: 'week1/intro.ipynb',",
    ...(spawner === 'process'
      ? []
      : ['      // What one server may take. The default is 2G of memory.', "      limits: { cpu: 1, memory: '2G' },"]),
    '    },',
    '  },',
    '})',
    '',
  ].join('\n')
}

const lmsSites = [
  "// The LMS's own sites. Only links on their pages are believed, and only these sites may show notebooks in frames.",
  "const pages = [process.env.CARREL_LMS ?? 'https://lms.example.org']",
]

function hosts(urls: Starter['urls']): string[] {
  if (urls === undefined) {
    return [
      '  // Without hub.url and servers.url, Carrel is for this machine alone. docs/hosts.md is about public names.',
      '',
    ]
  }
  return [
    '  // What browsers see. Servers have other origins than the hub; with a * each server has a host of its own.',
    `  hub: { url: ${quoted(urls.hub)} },`,
    `  servers: { url: ${quoted(urls.servers)} },`,
    '',
  ]
}

const spawnerLines: Record<Starter['spawner'], string[]> = {
  process: [
    '  // Servers are processes of this machine, for one person: what they run may do whatever you may do.',
    '  spawner: processSpawner(),',
    '',
  ],
  docker: [
    "  // Each server is a container. It may write to its learner's files and to nothing else of the image.",
    "  spawner: dockerSpawner({ writable: ['/home/jovyan'] }),",
    '',
  ],
  kubernetes: [
    "  // Each server is a pod. It may write to its learner's files and to nothing else of the image.",
    '  spawner: kubernetesSpawner({',
    "    namespace: 'notebooks',",
    '    security: { runAsNonRoot: true },',
    "    writable: ['/home/jovyan'],",
    "    ephemeralStorage: '10Gi',",
    '  }),',
    '',
  ],
}

function signInLines(signIn: Starter['signIn'], course: string): string[] {
  const provider = (indent: string, setting = '') => [
    `${indent}${setting}oidc({`,
    `${indent}  name: 'campus',`,
    `${indent}  // The issuer as the provider's discovery document spells it.`,
    `${indent}  issuer: process.env.OIDC_ISSUER ?? '',`,
    `${indent}  clientId: process.env.OIDC_CLIENT_ID ?? '',`,
    `${indent}  clientSecret: process.env.OIDC_CLIENT_SECRET ?? '',`,
    `${indent}}),`,
  ]
  const lines = {
    temporary: [
      '  // Each browser gets a temporary user. Every visitor of a link is in, and loses the work with the session.',
      '  authenticators: [temporary()],',
    ],
    password: [
      '  // Each person has a name and a password. While Carrel runs, `carrel user add NAME` shows a link that sets the password.',
      '  authenticators: [password()],',
      "  // Persons who may do everything, and make accounts at /hub/admin/accounts: admins: ['ann'],",
    ],
    oidc: [
      '  // People sign in at an OpenID Connect provider, whose redirect address is <hub>/hub/oauth_callback.',
      '  authenticators: [',
      ...provider('    '),
      '  ],',
      "  // Persons who may do everything, by their names there: admins: ['ann'],",
    ],
    gate: [
      '  // People sign in at an OpenID Connect provider, and then are temporary users whom nothing links to the account.',
      '  // The redirect address at the provider is <hub>/hub/oauth_callback.',
      '  authenticators: [',
      '    temporary({',
      ...provider('      ', 'behind: '),
      '    }),',
      '  ],',
    ],
    lms: [
      "  // Links on the LMS's pages say who the learner is: /ipythonExercice/COURSE/NOTEBOOK/LEARNER. They are not signed.",
      `  authenticators: [lms({ issuer: 'lms', courses: [${quoted(course)}], pages, signed: false })],`,
      '  embed: { ancestors: pages },',
    ],
  }
  return [...lines[signIn], '']
}

/** Returns a text as the code of these files writes it. */
function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** Returns the text of a `tsconfig.json` by which editors and `tsc` find this Carrel's types from any folder. */
export function starterTsconfig(carrel: string = dirname(import.meta.dirname)): string {
  const modules = {
    'carrel/config': ['config/config.ts'],
    'carrel/spawners/spawner': ['spawners/spawner.ts'],
    ...Object.fromEntries(starterSpawners.map((name) => [`carrel/spawners/${name}`, [`spawners/${name}/${name}.ts`]])),
    'carrel/authenticators/*': ['authenticators/*.ts'],
  }
  const content = {
    compilerOptions: {
      target: 'esnext',
      module: 'nodenext',
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      erasableSyntaxOnly: true,
      types: ['node'],
      typeRoots: [join(carrel, 'node_modules', '@types')],
      paths: Object.fromEntries(
        Object.entries(modules).map(([name, files]) => [name, files.map((file) => join(carrel, file))]),
      ),
    },
    include: ['*.config.ts'],
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}
