// Runs MIT Learn's notebooks: 32 courses on Kubernetes behind single sign-on, opened by the published links,
// /tmplogin?course=<name>&notebook=<path>. The README beside this file says what stays and what differs.
//
//   CARREL_REGISTRY=registry.example.org OIDC_ISSUER=https://sso.example.org/realms/learn OIDC_CLIENT_SECRET=… \
//     npm start -- --config examples/mit-learn/carrel.config.ts \
//     --hub-url https://nb.learn.example.org --servers-url 'https://*.nbuser.learn.example.org'
//
// Each server has a host of its own, so that no learner's code reaches another server and staff may look at one.
import { oidc } from 'carrel/authenticators/oidc'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { kubernetesSpawner } from 'carrel/spawners/kubernetes'

const registry = process.env.CARREL_REGISTRY ?? 'registry.example.org'

/** Returns the words of a variable with commas. */
const listed = (words = '') => words.split(',').filter((word) => word !== '')
/** Tags of images that authors may try: `qa,1.2.0-3-gabcdef`. */
const tags = listed(process.env.CARREL_TAGS)

const uaiModules = 'intro 0 0a 1 2 3 4 5 6 7 8 9 11 12 13 15 st1 mltl1 pm1 se1 haim1 edm1 scm1 scm2'.split(' ')
const uaiModulesWithGpu = '1 2 3 4 5 8 9 11 12 13 15 st1 mltl1 se1 haim1'.split(' ')

const names = [
  'clustering_and_descriptive_ai',
  'deep_learning_foundations_and_applications',
  'supervised_learning_fundamentals',
  'introduction_to_data_analytics_and_machine_learning',
  'base_authoring_image',
  'mitxt-6.3710.3x',
  'mitxt-6.3710.4x',
  'mitxt-6.3710.5x',
  ...uaiModules.map((name) => `uai_source-uai.${name}`),
]

const withGpu = new Set([
  'deep_learning_foundations_and_applications',
  ...uaiModulesWithGpu.map((name) => `uai_source-uai.${name}`),
])

export default defineConfig({
  installation: 'mit-learn',
  // A URL like postgres://…; without it the hub uses a SQLite file.
  database: process.env.DATABASE_URL,

  // Sign-in is a gate. Behind it every visitor is a random user, which nothing links to the account.
  authenticators: [
    temporary({
      behind: oidc({
        name: 'mit-learn',
        label: 'Sign in with MIT Learn',
        issuer: process.env.OIDC_ISSUER ?? 'https://sso.example.org/realms/learn',
        clientId: process.env.OIDC_CLIENT_ID ?? 'notebooks',
        clientSecret: process.env.OIDC_CLIENT_SECRET,
      }),
    }),
    // Staff sign in beside the gate, at a realm without learners, since staff need accounts with a name. Without this
    // realm the sign-in page has one button, and there are no staff.
    ...(process.env.OIDC_STAFF_ISSUER === undefined
      ? []
      : [
          oidc({
            name: 'staff',
            label: 'Sign in as staff',
            issuer: process.env.OIDC_STAFF_ISSUER,
            clientId: process.env.OIDC_CLIENT_ID ?? 'notebooks',
            clientSecret: process.env.OIDC_STAFF_CLIENT_SECRET,
          }),
        ]),
  ],
  // Members are named by their `preferred_username` in the realm of the staff: `ann,bob`.
  groups: { tutors: listed(process.env.CARREL_TUTORS), authors: listed(process.env.CARREL_AUTHORS) },

  spawner: kubernetesSpawner({
    namespace: process.env.CARREL_NAMESPACE ?? 'jupyter',
    // The tag of a course's image stays while its content changes.
    imagePullPolicy: 'Always',
    labels: { app: 'jupyterhub' },
    gpu: {
      nodeAffinity: [{ key: 'ol.mit.edu/gpu_node', operator: 'In', values: ['true'] }],
      tolerations: [{ key: 'ol.mit.edu/gpu_node', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
    },
  }),

  courses: Object.fromEntries(
    names.map((name) => [
      name,
      {
        image: `${registry}/ol-course-notebooks:${name}`,
        gpu: withGpu.has(name),
        // `tag=` opens another image of the registry, and `needs_gpu=` any course with a GPU: for authors only.
        tags: Object.fromEntries(
          tags.map((tag) => [tag, { image: `${registry}/ol-course-notebooks:${tag}`, open: ['group:authors'] }]),
        ),
        gpuOnRequest: ['group:authors'],
        landing: 'notebook',
        limits: { memory: '4G', memoryGuarantee: '2G', cpuGuarantee: 0.25 },
        // Empty for learners; only authors have a bucket.
        env: { NOTEBOOK_BUCKET: '' },
        startTimeoutSeconds: 600,
        // Tutors may open a learner's notebook. The learner sees that they did.
        staff: ['group:tutors'],
      },
    ]),
  ),

  // The two files of the chart's `singleuser.extraFiles`, as they are. They reduce menus and toolbars for learners.
  jupyter: { overrides: './overrides.json', pageConfig: './page_config.json' },

  // A learner may have every course open at once, as today.
  limits: { serversPerUser: names.length },

  culler: { everySeconds: 300, idleSeconds: 900, maxAgeSeconds: 14_400, removeUsers: true },
})
