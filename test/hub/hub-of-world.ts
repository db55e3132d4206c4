/** Starts a hub of a `KillWorld`, in a process of its own or in that of the tests. */
import type { Logger } from 'pino'
import type { PasswordAuthenticator } from '../../authenticators/authenticator.ts'
import { password } from '../../authenticators/password.ts'
import { type RunningHub, startHub } from '../../hub/start.ts'
import { remoteSpawner } from '../helpers/fake-spawners.ts'
import { remoteBuilds } from '../helpers/fakes/fake-builds.ts'
import { secrets, testConfig } from '../helpers/test-hub.ts'
import { schoolConfig } from './access/guests/school.ts'
import { remoteHooks } from './hooks/remote-hooks.ts'

/** What can be said in JSON: URLs of what the hub reaches, and what its config has. */
export interface HubOfWorld {
  database: string
  proxy: string
  world: string
  dataDir: string
  activity?: object
  /** Whether accounts with passwords are the way in. */
  passwords?: boolean
  /** Whether it is the school of guests, with one password authenticator. */
  school?: boolean
  courses?: Record<string, object>
  hasImages?: boolean
  builds?: { url: string; images: Record<string, object> }
  /** Where hooks are called. */
  hooks?: string
  git?: { hosts: string[] }
  tmpnb?: object
}

/** Says that a person is a tutor whose password is `tutor`, and no one else. */
const campus: PasswordAuthenticator = {
  kind: 'password',
  name: 'local',
  label: 'Sign in',
  groups: ['tutors'],
  authenticate: async (name, typed) => ({ subject: name, name, groups: typed === 'tutor' ? ['tutors'] : [] }),
}

export async function startHubOfWorld(settings: HubOfWorld, log: Logger): Promise<RunningHub> {
  const { database, proxy, world, dataDir, activity, passwords, school, courses, hasImages, builds, hooks } = settings
  const { git, tmpnb } = settings
  const remote = builds && remoteBuilds(builds.url)
  return startHub({
    config: testConfig({
      ...{ database, proxies: [{ url: proxy }], spawner: remoteSpawner(world, { hasImages: hasImages === true }) },
      ...(activity && { activity }),
      ...((courses && { courses }) as object),
      ...(git && { git }),
      ...((tmpnb && { tmpnb }) as object),
      ...((remote && { builds: { images: builds?.images, builder: remote.builder } }) as object),
      ...(passwords && { authenticators: [password()] }),
      ...(hooks && { hooks: remoteHooks(hooks) }),
      ...(school && schoolConfig({ authenticators: [campus] })),
    }),
    secrets,
    dataDir,
    ...(remote && { git: remote.git }),
    log,
  })
}
