import { gauge, type Metric } from '../../metrics/metric.ts'
import { readClock } from '../db/clock.ts'
import { countFailing } from '../db/content/pulls.ts'
import type { Database } from '../db/dialect.ts'
import { countLiveHubs } from '../db/hubs.ts'
import { findMaintenance } from '../db/installation.ts'
import { countJobs } from '../db/jobs/jobs.ts'
import { knownUntil } from '../db/proxies.ts'
import { countSeats } from '../db/seats/seats.ts'
import { countTickets } from '../db/seats/tickets.ts'
import { countSpares } from '../db/servers/claims.ts'
import { countMoving, countReady } from '../db/servers/servers.ts'
import { countActiveUsers, countUsers } from '../db/users.ts'
import type { Hub } from '../hub.ts'

/** Every hub tells the same numbers of the installation. They are read this often at most. */
const freshMilliseconds = 5000
/** The counts of users go over a whole index. JupyterHub counts active users once an hour. */
const usersFreshMilliseconds = 5 * 60_000

const day = 24 * 60 * 60_000
const periods = [
  ['24h', day],
  ['7d', 7 * day],
  ['30d', 30 * day],
] as const

/** Returns a function that returns the metrics of the whole installation, from the database. */
export function installationMetrics({ db, config }: Pick<Hub, 'db' | 'config'>): () => Promise<Metric[]> {
  const proxies = config.proxies.map(({ url }) => url)
  const users = keptFor(usersFreshMilliseconds, () => userMetrics(db))
  const others = keptFor(freshMilliseconds, () => presentMetrics(db, proxies))
  return async () => [...(await users()), ...(await others())]
}

async function userMetrics(db: Database): Promise<Metric[]> {
  const active = []
  for (const [period, milliseconds] of periods) {
    active.push({ labels: { period }, value: await countActiveUsers(db, milliseconds) })
  }
  return [
    whole('jupyterhub_total_users', 'Total number of users', await countUsers(db)),
    whole('jupyterhub_active_users', 'Number of users who were active in the given time period', active),
  ]
}

async function presentMetrics(db: Database, proxies: string[]): Promise<Metric[]> {
  const ready = await countReady(db)
  const { counts, oldestWait } = await countMoving(db)
  const spares = await countSpares(db)
  const known = await knownUntil(db, proxies)
  const clock = await readClock(db)
  const builds = await countJobs(db, 'image')
  const pulls = await countJobs(db, 'content')
  const states = [
    { labels: { state: 'ready' }, value: ready },
    ...['queued', 'starting', 'stopping'].map((state) => ({ labels: { state }, value: counts.get(state) ?? 0 })),
  ]
  const gap =
    known === undefined
      ? []
      : [
          whole(
            'carrel_activity_gap_seconds',
            'For how long the traffic of some proxy is not known. Servers count as active meanwhile.',
            Math.max(0, clock - known) / 1000,
          ),
        ]
  return [
    whole(
      'jupyterhub_running_servers',
      'The number of user servers currently running',
      ready - (spares.get('ready') ?? 0),
    ),
    whole('carrel_servers', 'Servers that run or move, by state.', states),
    whole(
      'carrel_spares',
      'Servers that run or move before their users are known, by state.',
      ['ready', 'queued', 'starting', 'stopping'].map((state) => ({
        labels: { state },
        value: spares.get(state) ?? 0,
      })),
    ),
    whole('carrel_queue_oldest_seconds', 'How long the first in the queue has waited.', oldestWait / 1000),
    whole('carrel_seats', 'Seats that have neither ended nor expired.', await countSeats(db)),
    whole('carrel_tickets', 'Tickets that can be redeemed.', await countTickets(db)),
    whole('carrel_builds', 'Images that are being built or wait for it.', [
      { labels: { state: 'waiting' }, value: builds.waiting },
      { labels: { state: 'working' }, value: builds.working },
    ]),
    whole('carrel_pulls', 'Courses whose content is being fetched or waits for it.', [
      { labels: { state: 'waiting' }, value: pulls.waiting },
      { labels: { state: 'working' }, value: pulls.working },
    ]),
    whole('carrel_pulls_failing', 'Courses whose last pull has failed.', await countFailing(db)),
    whole('carrel_hubs', 'Hubs that are alive.', await countLiveHubs(db)),
    whole('carrel_proxies', 'Proxies that this hub writes routes to.', proxies.length),
    whole(
      'carrel_maintenance',
      '1 during maintenance, when learners open nothing anew.',
      (await findMaintenance(db)) === undefined ? 0 : 1,
    ),
    ...gap,
  ]
}

function whole(name: string, help: string, values: Parameters<typeof gauge>[2]): Metric {
  return gauge(name, help, values, 'max')
}

/** Returns `read`, whose result is kept for a while. Callers meanwhile share one reading; a failed one is not kept. */
export function keptFor<T>(milliseconds: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { until: number; value: Promise<T> } | undefined
  return () => {
    if (kept !== undefined && performance.now() < kept.until) return kept.value
    const value = read()
    const mine = { until: performance.now() + milliseconds, value }
    kept = mine
    value.catch(() => {
      if (kept === mine) kept = undefined
    })
    return value
  }
}
