/** The config of the hubs that `bench hub` measures: one course, a spawner that starts nothing, and no limit in the way. */
import type { PasswordAuthenticator } from '../../authenticators/authenticator.ts'
import { defineConfig } from '../../config/config.ts'
import { nullSpawner } from './null-spawner.ts'

/** Refuses everyone. Accounts of persons need an authenticator that knows persons, but all callers here have tokens. */
const nobody: PasswordAuthenticator = {
  kind: 'password',
  name: 'nobody',
  label: 'Sign in',
  authenticate: async () => undefined,
}

export default defineConfig({
  database: process.env.CARREL_BENCH_DATABASE,
  spawner: nullSpawner(process.env.CARREL_BENCH_BACKEND ?? ''),
  authenticators: [nobody],
  admins: ['root'],
  courses: { demo: { image: '' } },
  limits: { servers: 'unlimited', startsAtOnce: 100, waiting: 10_000 },
})
