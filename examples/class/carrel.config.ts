// Gives each person of a class an account with a name and a password, and containers of this machine's Docker Engine:
//
//   CARREL_TEACHER=ann npm start -- --config examples/class/carrel.config.ts
//   npx carrel user add ann bob cleo
//
// or all of them from a list, with a mail to each: npx carrel user import examples/class/class.csv --mail
//
// Hub and servers are two names of this machine, by default. For a class, give them public names: docs/hosts.md.
import { readFileSync } from 'node:fs'
import { password } from 'carrel/authenticators/password'
import { defineConfig } from 'carrel/config'
import { dockerSpawner } from 'carrel/spawners/docker'

// The name of the teacher's account, in small letters.
const teacher = process.env.CARREL_TEACHER ?? 'teacher'

// A folder of this machine that only the teacher's notebooks show, read-only, such as one with solutions.
const solutions = process.env.CARREL_SOLUTIONS

// The mail server, such as smtps://name:password@smtp.example.org. Without it, links are shown to print or to hand out.
const mailServer = process.env.CARREL_SMTP_URL

export default defineConfig({
  // Servers may write to their learner's files and to nothing else of the image.
  spawner: dockerSpawner({ writable: ['/home/jovyan'] }),
  // People sign in by a name and a password, and by nothing else.
  authenticators: [password()],
  // Admins make accounts, give out links for new passwords, and block and remove users.
  admins: [teacher],
  mail:
    mailServer === undefined
      ? undefined
      : {
          from: process.env.CARREL_MAIL_FROM ?? 'courses@example.org',
          url: mailServer,
          // Or welcome.fr.txt, in French.
          template: readFileSync(new URL('welcome.txt', import.meta.url), 'utf8'),
        },
  courses: {
    algebra: {
      title: 'Algebra',
      image: process.env.CARREL_IMAGE ?? 'quay.io/jupyter/minimal-notebook:latest',
      limits: { cpu: 1, memory: '1G' },
      // Learners choose once, on a form before the first start, and may change it later. Links choose by ?size=large.
      choices: {
        size: [
          { name: 'usual', title: 'Usual', description: '1 GB of memory. Enough for all exercises.' },
          { name: 'large', title: 'Large', description: '4 GB of memory, for the project.', limits: { memory: '4G' } },
        ],
      },
      // Asked on the same form. The notebook finds the file in /srv/data, and its path in the variable DATASET.
      questions: {
        dataset: {
          kind: 'file',
          title: 'Data set',
          description: 'The table that you want to work with. Without one you work with that of the course.',
          path: '/srv/data',
          env: 'DATASET',
          accept: ['.csv'],
          maxBytes: '2M',
        },
      },
      rules: [
        {
          when: { role: 'staff' },
          // The teacher's notebooks may take more memory, and go on for as long as they are used.
          limits: { memory: '4G' },
          cull: { maxAgeSeconds: 0 },
          options: solutions === undefined ? {} : { mounts: [{ source: solutions, path: '/home/jovyan/solutions' }] },
        },
      ],
    },
  },
})
