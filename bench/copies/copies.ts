/** Measures what it costs a hub to have the copies of a thousand running servers follow their course. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { blobDigest } from '../../hub/copies/bytes-at.ts'
import { startFollowing } from '../../hub/copies/round.ts'
import { putBlobs } from '../../hub/db/content/blobs.ts'
import { wantRound } from '../../hub/db/content/follows.ts'
import type { Hub } from '../../hub/hub.ts'
import {
  missingPostgresql,
  postgresqlDatabase,
  sqliteDatabase,
  type TestDatabase,
} from '../../test/helpers/engines/postgresql.ts'
import { addCrowd } from '../../test/hub/add-crowd.ts'
import { openParts } from '../../test/hub/parts.ts'
import type { Row } from '../figures.ts'

const learners = 1000
const path = 'week1/lesson.ipynb'

/** Returns a notebook of 40 cells, of about 50 KB without outputs. */
function lesson(title: string, output: string): Buffer {
  const cells = Array.from({ length: 20 }, (_, at) => [
    { cell_type: 'markdown', id: `m${at}`, metadata: {}, source: `# ${title} ${at}\n${'Some words. '.repeat(100)}` },
    {
      ...{ cell_type: 'code', id: `c${at}`, metadata: {}, execution_count: null },
      source: `x = ${at}\n${'print(x)\n'.repeat(100)}`,
      outputs: output === '' ? [] : [{ output_type: 'stream', name: 'stdout', text: output }],
    },
  ]).flat()
  return Buffer.from(JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }))
}

export async function benchCopies(report: (line: string) => void): Promise<Row[]> {
  const missing = missingPostgresql()
  if (missing !== undefined) report(`PostgreSQL: skipped, ${missing}`)
  return [
    ...(await measure('SQLite', await sqliteDatabase(), report)),
    ...(missing === undefined ? await measure('PostgreSQL', await postgresqlDatabase(), report) : []),
  ]
}

async function measure(name: string, database: TestDatabase, report: (line: string) => void): Promise<Row[]> {
  await using opened = new AsyncDisposableStack()
  opened.defer(() => database.remove())
  const content = { git: 'https://git.example.org/course.git', pullMinutes: false as const }
  const { hub, stop } = await openParts(database.url, { courses: { demo: { image: 'demo', content } } })
  opened.defer(stop)
  const backend = fork(join(import.meta.dirname, 'backend.ts'))
  opened.defer(() => backend.disconnect())
  const [{ port }] = await once(backend, 'message')

  const [before, after] = [lesson('A lesson', ''), lesson('A better lesson', '')]
  const digests = [blobDigest(before), blobDigest(after)] as const
  await putBlobs(hub.db, [
    { digest: digests[0], bytes: before },
    { digest: digests[1], bytes: after },
  ])
  const crowd = await addCrowd(hub, learners, 0)
  await hub.db('servers').update({ target: `http://127.0.0.1:${port}` })
  const facts = { title: 'A lesson', version: '1.0', kernel: 'python3', format: 'ipynb', bytes: after.length }
  await hub.db('notebooks').insert({ course: 'demo', path, blob: 'b', digest: digests[1], ...facts })

  const rows: Row[] = []
  const ran = lesson('A lesson', 'x'.repeat(5000))
  const changed = lesson('My lesson', 'x'.repeat(5000))
  for (const [what, mine] of Object.entries({ 'never saved': before, 'run, not changed': ran, changed })) {
    report(`${name}: ${learners} copies, ${what} …`)
    await hub.db('copies').delete()
    const row = { path, digest: digests[0], commit: 'a', made: 0 }
    await hub.db.batchInsert(
      'copies',
      crowd.map(({ server }) => ({ holder: server, ...row })),
      100,
    )
    backend.send({ path, content: mine.toString('base64') })
    await once(backend, 'message')
    const { seconds, milliseconds, longest } = await followAll(hub)
    const follow = await hub.db('copies').where({ digest: digests[1] }).count({ count: '*' }).first()
    if (Number(follow?.count) !== (what === 'changed' ? 0 : learners)) throw new Error('not all copies have followed')
    rows.push(
      { what: `${name}: ${what}: all, s`, values: [seconds] },
      { what: `${name}: ${what}: processor time a copy, ms`, values: [milliseconds / learners] },
      { what: `${name}: ${what}: the longest turn of the event loop, ms`, values: [longest] },
    )
  }
  return rows
}

/** Carries one round to its end. */
async function followAll(hub: Hub) {
  await hub.db.transaction((trx) => wantRound(trx, { course: 'demo', revision: 1 }))
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const [began, busy] = [performance.now(), process.cpuUsage()]
  const following = startFollowing(hub)
  while ((await hub.db('follows')).length > 0) await sleep(200)
  const { user, system } = process.cpuUsage(busy)
  const seconds = (performance.now() - began) / 1000
  delay.disable()
  await following.stop()
  return { seconds, milliseconds: (user + system) / 1000, longest: delay.max / 1e6 }
}
