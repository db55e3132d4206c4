// Runs a hub as a process of its own, so that a test can kill it. The environment variable CARREL_TEST_HUB has its
// settings, and it prints the address at which it listens.
import { type LogFn, type Logger, pino } from 'pino'
import type { PasswordAuthenticator } from '../../authenticators/authenticator.ts'
import { password } from '../../authenticators/password.ts'
import { startHub } from '../../hub/start.ts'
import { remoteSpawner } from '../helpers/fake-spawners.ts'
import { remoteBuilds } from '../helpers/fakes/fake-builds.ts'
import { secrets, testConfig } from '../helpers/test-hub.ts'
import { schoolConfig } from './access/guests/school.ts'
import { remoteHooks } from './hooks/remote-hooks.ts'

const {
  database,
  proxy,
  world,
  dataDir,
  activity,
  passwords,
  school,
  dieAt,
  courses,
  hasImages,
  builds,
  hooks,
  git,
  tmpnb,
} = JSON.parse(process.env.CARREL_TEST_HUB ?? '{}')
/** Says that a person is a tutor whose password is `tutor`, and no one else. */
const campus: PasswordAuthenticator = {
  kind: 'password',
  name: 'local',
  label: 'Sign in',
  groups: ['tutors'],
  authenticate: async (name, typed) => ({ subject: name, name, groups: typed === 'tutor' ? ['tutors'] : [] }),
}

/** Ends this process as `kill -9` does where it would write the line `dieAt`. */
function logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  if (dieAt !== undefined && args[1] === dieAt) process.kill(process.pid, 'SIGKILL')
  method.apply(this, args)
}

const remote = builds === undefined ? undefined : remoteBuilds(builds.url)
const hub = await startHub({
  config: testConfig({
    ...{ database, proxies: [{ url: proxy }], spawner: remoteSpawner(world, { hasImages }), activity },
    ...(courses && { courses }),
    ...(git && { git }),
    ...(tmpnb && { tmpnb }),
    ...(remote && { builds: { images: builds.images, builder: remote.builder } }),
    ...(passwords === true && { authenticators: [password()] }),
    ...(hooks && { hooks: remoteHooks(hooks) }),
    ...(school === true && schoolConfig({ authenticators: [campus] })),
  }),
  secrets,
  dataDir,
  ...(remote && { git: remote.git }),
  log: pino({ level: 'info', hooks: { logMethod } }, pino.destination({ dest: 2, sync: true })),
})
process.stdout.write(`${hub.address}\n`)
