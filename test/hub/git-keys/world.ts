/** A hub that builds an image of a real repository, at a host of the test's own. */
import { openAdminClient } from '../../../bin/admin/hub-client.ts'
import { latestJobs } from '../../../hub/db/jobs/jobs.ts'
import { wholeLog } from '../../../hub/jobs/follow.ts'
import type { Cleanup } from '../../helpers/cleanup.ts'
import { createFakeBuilds, fakeBuilds } from '../../helpers/fakes/fake-builds.ts'
import { startTestHub, type TestHub, type TestHubOptions } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

export interface KeysHub {
  hub: TestHub
  /** Asks as `carrel` does on the hub's machine. Resolves with what it answers, and rejects with the words of a refusal. */
  ask(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object): Promise<Told>
  /** Builds the image `python`, and returns why that failed; undefined where it did not. */
  build(): Promise<string | undefined>
  /** What the last build has printed. */
  printed(): Promise<string>
}

/** What the tests read of an answer about a key. */
export interface Told {
  repository: string
  key: ToldOfKey | null
  host_keys: { type: string; fingerprint: string }[]
}

interface ToldOfKey {
  kind: string
  repository: string
  public_key: string
  fingerprint: string
  host_keys: { type: string; fingerprint: string }[]
  set_by: string
  used: string | null
  failed: string | null
  failure: string | null
  problem: string | null
}

export const keyPath = '/hub/api/builds/python/key'

/** Starts a hub whose image `python` is built of the repository at `url`. The builder pretends, and git is the real one. */
export async function startKeysHub(
  cleanup: Cleanup,
  url: string,
  { config, gitHosts = ['127.0.0.1', 'localhost'], ...options }: TestHubOptions & { gitHosts?: string[] } = {},
): Promise<KeysHub> {
  const { builder } = fakeBuilds(createFakeBuilds())
  const hub = await startTestHub({
    ...options,
    config: {
      builds: { images: { python: { git: url } }, builder, gitHosts },
      courses: { demo: { image: '@python' } },
      authenticators: visitorsAndPeople(),
      admins: ['root'],
      ...config,
    },
  })
  let isOpen = true
  const stop = hub.stop
  hub.stop = async () => {
    if (isOpen) await stop()
    isOpen = false
  }
  cleanup.defer(() => hub.stop())
  const client = await openAdminClient({ data: hub.dataDir, hub: undefined }, {})
  cleanup.defer(() => client.close())
  const last = async () => (await latestJobs(hub.db, 'image', ['python'])).get('python')
  return {
    hub,
    ask: async (method, path, body) => (await client.call({ method, path, ...(body && { body }) })).data as Told,
    async build() {
      const before = (await last())?.id
      await client.call({ method: 'POST', path: '/hub/api/builds/python', body: {} })
      await until(async () => {
        const build = await last()
        return build?.id !== before && ['built', 'failed'].includes(build?.state ?? '')
      })
      return (await last())?.problem
    },
    printed: async () => wholeLog(hub.db, (await last())?.id ?? 0),
  }
}

/** Returns all that the database holds, as text. */
export async function dumpOf({ db, databaseUrl }: TestHub): Promise<string> {
  const tables = databaseUrl.startsWith('sqlite:')
    ? await db('sqlite_master').where({ type: 'table' }).pluck('name')
    : await db('pg_tables').where({ schemaname: 'public' }).pluck('tablename')
  const rows = []
  for (const table of tables) rows.push(await db(table))
  return JSON.stringify(rows)
}
