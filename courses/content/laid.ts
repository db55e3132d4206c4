/** How servers find the content of their course that is no notebook: folders of the repository, and links to them. Pure. */
import { isRelativePath } from '../files.ts'
import type { BroughtBundle } from './brought.ts'
import type { ContentSettings } from './content.ts'

/** A folder of the repository's top, or a single file there, as a bundle. */
export interface LaidTop {
  /** The first part of the paths of its files. */
  top: string
  digest: string
  /** Whether it is a single file, in a folder of its own. */
  isFile?: boolean | undefined
}

export interface LaidContent {
  bundles: readonly LaidTop[]
  /** In each folder with notebooks a link of this name leads to this path of the repository. */
  staticMappings: readonly { link: string; to: string }[]
  /** The folders that have notebooks, '' for the repository's own. */
  folders: readonly string[]
}

/** The folder of servers in which the bundles lie. */
const contentFolder = '/srv/carrel/content'

/** The `top` of the bundle with all files of a commit, and the folder of servers from which these are copied. */
export const wholeTop = ''
const wholeFolder = '/srv/carrel/repository'

/** The folder of a repository whose Python modules the notebooks of a course import. */
export const modulesTop = 'modules'

/** Where courses that come from nbhosting expect folders of their repository, in images that have this folder. */
const jovyan = '/home/jovyan'

/** The most folders that get links, and the most bytes of their names, so that all fit into an argument. */
const most = { folders: 2000, bytes: 64 * 1024 }

/** Returns the bundles of a server with this content. */
export function mountsOfContent({ bundles }: Pick<LaidContent, 'bundles'>) {
  return bundles
    .filter(({ top }) => top !== wholeTop)
    .map(({ top, digest }) => ({ digest, path: `${contentFolder}/${top}`, into: 'read-only' as const }))
}

/** Returns what is copied of the content of a course at each start: all files of the commit, or nothing. */
export function copiedContent({ content, brought }: ContentOfCourse): { digest: string; commit: string } | undefined {
  const whole = content?.copies === 'all' ? brought?.bundles.find(({ top }) => top === wholeTop) : undefined
  return whole && brought && { digest: whole.digest, commit: brought.commit }
}

interface ContentOfCourse {
  content?: Pick<ContentSettings, 'copies'> | undefined
  brought?: { commit: string; bundles: readonly BroughtBundle[] } | undefined
}

/** Returns the bundle from which a server copies that. */
export function mountOfCopied({ digest }: { digest: string }) {
  return { digest, path: wholeFolder, into: 'home' as const }
}

/** Returns the links into them: those of the mappings in each folder with notebooks, and those that nbhosting has had. */
export function linksOfContent({ bundles, staticMappings, folders }: LaidContent) {
  const to = staticMappings.flatMap(({ link, to }) => {
    const path = pathOf(bundles, to)
    return path === undefined || !isRelativePath(link) ? [] : [{ name: link, path }]
  })
  const known = mountsOfContent({ bundles }).map(({ path: folder }) => {
    const top = folder.slice(contentFolder.length + 1)
    return { name: top === modulesTop ? top : `static/${top}`, path: pathOf(bundles, top) ?? '' }
  })
  return [
    { folders: linkedFolders(folders), to: onceEach(to) },
    { folders: [jovyan], to: known },
  ].filter((group) => group.folders.length > 0 && group.to.length > 0)
}

/** Returns the variables with which Python finds the modules of the content, before those of other folders. */
export function withModules(env: Record<string, string>, { bundles }: Pick<LaidContent, 'bundles'>) {
  if (!bundles.some(({ top, isFile }) => top === modulesTop && !isFile)) return env
  const modules = `${contentFolder}/${modulesTop}`
  return { ...env, PYTHONPATH: env.PYTHONPATH ? `${modules}:${env.PYTHONPATH}` : modules }
}

/** Returns a path of the repository in the one way that it can be spelled; undefined for one that leads out of it. */
export function soundPath(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  const sound = parts.join('/')
  return isRelativePath(sound) ? sound : undefined
}

/** Returns the first part of a path. */
export function topOf(path: string): string {
  return path.split('/')[0] ?? ''
}

/** Returns where servers have a path of the repository; undefined where they have not. */
function pathOf(bundles: readonly LaidTop[], to: string): string | undefined {
  const path = soundPath(to)
  const its = bundles.find(({ top }) => path !== undefined && top === topOf(path))
  if (its === undefined) return undefined
  return its.isFile ? `${contentFolder}/${its.top}/${its.top}` : `${contentFolder}/${path}`
}

function linkedFolders(folders: readonly string[]): string[] {
  const sound = folders.flatMap((folder) => (folder === '' ? '.' : (soundPath(folder) ?? [])))
  let bytes = 0
  return [...new Set(sound)].slice(0, most.folders).filter((folder) => {
    bytes += Buffer.byteLength(folder) + 1
    return bytes <= most.bytes
  })
}

/** Returns the last of each name, as a file of settings over another one says it. */
function onceEach<T extends { name: string }>(all: T[]): T[] {
  return [...new Map(all.map((one) => [one.name, one])).values()]
}
