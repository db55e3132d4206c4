// A course whose notebooks come from git, for this machine alone and without any other one:
//
//   npx node examples/git/host.ts /tmp/carrel-courses      (in a terminal of its own; README.md says how the repository is made)
//   npm start -- --config examples/git/carrel.config.ts
//
// Hub and servers are two names of this machine, by default. For others, give them public names: docs/hosts.md.
import { password } from 'carrel/authenticators/password'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  // Servers are processes of this machine, for one person: what they run may do whatever you may do.
  spawner: processSpawner(),
  // Each browser gets a temporary user, and the admin comes in by `npx carrel user add admin`.
  authenticators: [temporary(), password()],
  admins: ['admin'],
  // Repositories of this machine may be read too. Those of public hosts may always.
  git: { hosts: ['127.0.0.1'] },
  courses: {
    weather: {
      title: 'Weather',
      // No files but those of the repository.
      image: '',
      // Asked each minute. A real course is asked each quarter of an hour, or told by its host at each push.
      content: { git: process.env.CARREL_REPOSITORY ?? 'http://127.0.0.1:8010/weather', pullMinutes: 1 },
      // One server that waits for a learner, so that the first click opens at once. It takes about 100 MB of memory.
      spares: 1,
    },
  },
})
