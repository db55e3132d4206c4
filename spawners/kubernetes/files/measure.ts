/** Measures a home by a short pod that looks at it. */
import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node'
import type { HomeSize, SpawnerState } from '../../files.ts'
import type { RunErrand } from '../errand-pod.ts'
import type { KubernetesOptions } from '../options.ts'

const path = '/carrel-home'
/** The user of Jupyter's own images, whose folders that are closed to others only that user can count. */
const usualUser = 1000

/**
 * Returns what a home holds. Where its volume is a disk of its own, the disk knows at once what is used and how much there
 * may be. Elsewhere (a folder of a shared file system) only the files can be counted, and no limit is known.
 */
export async function measureClaim(
  claim: V1PersistentVolumeClaim,
  { id, state }: { id: string; state: SpawnerState },
  options: KubernetesOptions,
  run: RunErrand,
  signal: AbortSignal,
): Promise<HomeSize> {
  // No pod has ever used a claim that waits for its first one, so nothing is in it; a look would make its storage.
  if (claim.status?.phase === 'Pending') return { bytes: 0 }
  const image = options.homes.measureImage
  if (image === undefined) {
    throw new Error('homes are measured only where the option homes.measureImage names an image with sh and du')
  }
  const stdout = new PassThrough()
  const home = { id, state, path, fromImage: false }
  const errand = { id: randomBytes(8).toString('hex'), image, command, home, bundles: [], limits: {} }
  const bundle = () => Promise.reject(new Error('nothing is laid beside a home that is measured'))
  const [printed, { code, lines }] = await Promise.all([
    text(stdout),
    run(errand, { signal, stdout, bundle }, options.security.runAsUser ?? usualUser).finally(() => stdout.end()),
  ])
  const size = sizeIn(printed)
  if (code !== 0 || size === undefined)
    throw new Error(`the home ${id} could not be measured: ${lines.at(-1) ?? printed}`)
  return size
}

/** Returns the size that the command has printed: `du <KiB used>`, or `df <KiB used> <KiB free>`. */
export function sizeIn(printed: string): HomeSize | undefined {
  const [, how, used = '', free] = /^(du|df) (\d+)(?: (\d+))?\s*$/.exec(printed) ?? []
  if (how === undefined) return undefined
  const bytes = Number(used) * 1024
  return free === undefined ? { bytes } : { bytes, limit: bytes + Number(free) * 1024 }
}

/**
 * A mount shows the root of a disk of its own as \`/\`, with a device in \`/dev\`; a folder of a shared file system has
 * another root or another source.
 */
const script = `
set -e
root= source=
while read -r _ _ _ from at _ rest; do
  if [ "$at" = ${path} ]; then
    root=$from
    rest=\${rest##* - }
    source=\${rest#* }
    source=\${source%% *}
  fi
done < /proc/self/mountinfo
case $root$source in
/ | /dev/*) ;;
//dev/*)
  df -P -k ${path} | { read -r _; read -r _ _ used free _; echo "df $used $free"; }
  exit
  ;;
esac
sum=$(du -s -k ${path})
echo "du \${sum%%[!0-9]*}"
`
const command = ['sh', '-c', script]
