import { readdir } from 'node:fs/promises'
import { openFileLimit } from '../net/open-files.ts'
import { counter, gauge, type Metric } from './metric.ts'

/**
 * Returns the metrics of this process, by the names that all Prometheus clients use. Of prom-client's own metrics these
 * are left out: those of the garbage collector and of each part of the heap, which cost memory and time all the while,
 * and the lists of handles and requests, which cost time for each connection.
 */
export async function processMetrics(): Promise<Metric[]> {
  const { user, system } = process.cpuUsage()
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
  const started = Date.now() / 1000 - process.uptime()
  return [
    counter('process_cpu_user_seconds_total', 'User CPU time in seconds.', user / 1e6),
    counter('process_cpu_system_seconds_total', 'System CPU time in seconds.', system / 1e6),
    counter('process_cpu_seconds_total', 'User and system CPU time in seconds.', (user + system) / 1e6),
    gauge('process_start_time_seconds', 'Start time of the process, in seconds since 1970.', started, 'min'),
    gauge('process_resident_memory_bytes', 'Resident memory in bytes.', rss),
    gauge('nodejs_heap_size_total_bytes', 'Size of the heap in bytes.', heapTotal),
    gauge('nodejs_heap_size_used_bytes', 'Used part of the heap in bytes.', heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory outside the heap in bytes.', external),
    gauge('nodejs_version_info', 'Node.js version.', [{ labels: versionLabels(), value: 1 }], 'first'),
    gauge('process_max_fds', 'How many files the process may have open.', openFileLimit(), 'min'),
    ...(await openFiles()),
  ]
}

function versionLabels() {
  const [major = '', minor = '', patch = ''] = process.versions.node.split('.')
  return { version: process.version, major, minor, patch }
}

/** Returns the number of open files where the system tells it, as Linux does. */
async function openFiles(): Promise<Metric[]> {
  const open = await readdir('/proc/self/fd').catch(() => undefined)
  return open === undefined ? [] : [gauge('process_open_fds', 'How many files the process has open.', open.length)]
}
