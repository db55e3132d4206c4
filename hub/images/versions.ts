import { PassThrough } from 'node:stream'
import { withBuiltImages } from '../builds/images.ts'
import { type Contents, putContents, unknownContents } from '../db/images/contents.ts'
import { findImages } from '../db/images/images.ts'
import { messageOf } from '../errors.ts'
import { runErrand } from '../homes/errand.ts'
import type { Hub } from '../hub.ts'
import { pythonLines } from './python.ts'
import { imageUses } from './uses.ts'

/** An image in which the program fails is tried again after so long. */
const againMilliseconds = 6 * 3600_000
const mostMilliseconds = 120_000
const limits = { cpu: 1, memory: 512 * 2 ** 20 }

/**
 * Learns which versions of programs are in the images that are there, once for each digest or id, by a short program in
 * the image. Where that cannot be, the reason is kept, and nothing else depends on it.
 */
export async function learnVersions(hub: Hub, signal: AbortSignal): Promise<void> {
  const { images, errands } = hub.spawner
  if (images === undefined || errands === undefined) return
  const uses = imageUses(await withBuiltImages(hub.db, Object.values(hub.courses.all)))
  const known = await findImages(
    hub.db,
    uses.map(({ image }) => image),
  )
  const ids = [...known.values()].flatMap(({ id }) => id ?? [])
  const wanted = await unknownContents(hub.db, [...new Set(ids)], againMilliseconds)
  for (const use of uses) {
    const id = known.get(use.image)?.id
    if (id === undefined || !wanted.delete(id)) continue
    const limited = AbortSignal.any([signal, AbortSignal.timeout(mostMilliseconds)])
    const options = use.uses[0]?.options ?? {}
    const contents = await look(hub, { image: use.image, options }, limited)
    if (signal.aborted) return
    // The name may have come to stand for another image meanwhile.
    const [now] = await images.find([use], { signal: limited })
    if (now?.id === id) await putContents(hub.db, id, contents)
  }
}

async function look(
  hub: Hub,
  { image, options }: { image: string; options: Record<string, unknown> },
  signal: AbortSignal,
): Promise<Contents> {
  const stdout = new PassThrough()
  const text = beginningOf(stdout)
  try {
    const command = ['sh', '-c', script, 'sh', python]
    const { code } = await runErrand(hub, { purpose: 'versions', image, command, options, limits }, { signal, stdout })
    stdout.end()
    const versions = versionsIn(await text)
    if (Object.keys(versions).length > 0) return { versions }
    return { problem: `a program in the image that looks for versions found none, and ended with ${code}` }
  } catch (error) {
    stdout.destroy()
    const { detail } = error as { detail?: string }
    return { problem: [messageOf(error), detail].filter(Boolean).join(' ') }
  }
}

const mostBytes = 16_384

/** Returns the beginning of what comes, and takes the rest, so that a program that prints without end is not kept in memory. */
async function beginningOf(stream: PassThrough): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  stream.on('data', (part: Buffer) => {
    if (bytes < mostBytes) parts.push(part)
    bytes += part.length
  })
  await new Promise((resolve) => stream.once('end', resolve).once('close', resolve))
  return Buffer.concat(parts).subarray(0, mostBytes).toString('utf8')
}

/** The programs whose versions are told, by the names under which pages show them. */
const names: Record<string, string> = {
  os: 'System',
  python: 'Python',
  jupyterlab: 'JupyterLab',
  notebook: 'Notebook',
  jupyter_server: 'Jupyter Server',
  ipykernel: 'ipykernel',
  R: 'R',
}

/** Returns the versions in the output of the program, which an image may have changed: known names, and short texts. Pure. */
export function versionsIn(output: string): Record<string, string> {
  const found = output.split('\n').flatMap((line): [string, string][] => {
    const [name = '', value = ''] = line.split('\t')
    const shown = Object.hasOwn(names, name) ? names[name] : undefined
    const text = value.replace(/\p{C}/gu, '').trim()
    return shown === undefined || text === '' ? [] : [[shown, text.slice(0, 80)]]
  })
  return Object.fromEntries(found)
}

const script = `
exec 2>/dev/null
line() { printf '%s\\t%s\\n' "$1" "$2"; }
( . /etc/os-release && line os "$PRETTY_NAME" )
${pythonLines}
[ -z "$python" ] || "$python" -I -c "$1"
! command -v R || { set -- $(R --version); line R "$3"; }
true
`

const python = `
import platform
print('python\\t' + platform.python_version())
try:
    from importlib.metadata import version
except ImportError:
    from pkg_resources import get_distribution
    version = lambda name: get_distribution(name).version
for name in ('jupyterlab', 'notebook', 'jupyter_server', 'ipykernel'):
    try:
        print(name + '\\t' + version(name))
    except Exception:
        pass
`
