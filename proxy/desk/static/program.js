/**
 * The program in the frame. JupyterLab and Notebook 7 show their parts as `jupyterapp`; of other programs only the
 * address is known. All of it may be hostile, so nothing here is believed further than the learner's own work goes.
 */
import { part } from './dom.js'
import { serverPath } from './place.js'

const frame = part('program')

/** Returns what `read` finds in the frame's window. Undefined where that is of another origin, or has no such thing. */
function inFrame(read) {
  try {
    return read(frame.contentWindow)
  } catch {
    return undefined
  }
}

/** Returns what the frame shows: the path below the server's, with query and hash. */
export function inside() {
  return inFrame(({ location: { origin, pathname, search, hash } }) => {
    const isOurs = origin === location.origin && pathname.startsWith(serverPath)
    const rest = isOurs ? pathname.slice(serverPath.length) : '_carrel/'
    // No desk has these in its address (seats/desk.ts).
    return /^(_carrel\/|api\/|\/)/.test(rest) ? undefined : rest + search + hash
  })
}

export const innerTitle = () => inFrame(({ document }) => document.title)
export const innerIcon = () =>
  inFrame(({ document }) => [...document.querySelectorAll('link[rel~="icon"]')].at(-1)?.href)

const app = () => inFrame(({ jupyterapp }) => jupyterapp)

/** Whether this page can see what is saved, save it and show it anew. */
export const isTransparent = () => app()?.shell !== undefined

const pathOf = (context) => String(context.path).replace(/^[^/:]*:/, '')

/** Returns the path of the document that the program shows. */
export function openDocument() {
  const current = app()
  if (current !== undefined) {
    return inFrame(() => {
      const context = current.shell.currentWidget?.context
      return context?.model && pathOf(context)
    })
  }
  return documentAt(inside() ?? '')
}

/** Returns the path of the document that an address inside the server opens. */
export function documentAt(address) {
  const [, named] = /^(?:lab\/(?:workspaces\/[^/]+\/)?tree|notebooks|edit|doc\/tree)\/([^?#]+)/.exec(address) ?? []
  const opens = named ?? new URLSearchParams(address.split('?')[1]).get('file') ?? undefined
  try {
    return named === undefined ? opens : decodeURIComponent(named)
  } catch {
    return undefined
  }
}

/** Returns whether the program shows the first cells of a notebook as they stay, as far as they have room, or asks its user something. */
export function hasPainted() {
  return inFrame(({ document }) => {
    if (document.querySelector('.jp-Dialog, #notebook-container .cell') !== null) return true
    const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)')
    if (panel === null || panel.querySelector('.jp-Spinner') !== null) return false
    if (document.getElementById('jupyterlab-splash') !== null) return false
    const painted = [...panel.querySelectorAll('.jp-Cell:not(.jp-mod-placeholder)')].filter(
      (one) => one.offsetHeight > 0,
    )
    const last = painted.at(-1)
    const isRaw = (cell) => cell.matches('.jp-MarkdownCell') && cell.querySelector('.jp-RenderedHTMLCommon') === null
    if (last === undefined || painted.some(isRaw)) return false
    const all = app()?.shell.currentWidget?.content?.model?.cells?.length ?? painted.length
    return painted.length >= all || last.getBoundingClientRect().bottom >= panel.getBoundingClientRect().bottom
  })
}

/** Returns the open documents, or those with this path: one may be open in several editors. */
function contexts(path) {
  return (
    inFrame(() => {
      const found = [...app().shell.widgets('main')].map(({ context }) => context).filter((one) => one?.model)
      return [...new Set(found)].filter((one) => path === undefined || pathOf(one) === path)
    }) ?? []
  )
}

/** Returns whether the document that the program shows is saved; undefined where that is not known. */
export function isSaved() {
  return inFrame(() => {
    const dirty = app().shell.currentWidget?.context?.model?.dirty
    return typeof dirty === 'boolean' ? !dirty : undefined
  })
}

/** Returns whether anything that is open is unsaved. */
export const hasUnsaved = () => contexts().some(({ model }) => model.dirty)

/** Returns whether a notebook is open here, all of it is saved, and its kernel is at rest: what it prints would be lost. */
export function isAtRest(path) {
  const open = contexts(path)
  const isBusy = ({ sessionContext }) => inFrame(() => sessionContext?.session?.kernel?.status === 'busy')
  return open.length > 0 && open.every((context) => !context.model.dirty && !isBusy(context))
}

/** Saves what is open and unsaved, of one path or of all. Rejects if that does not succeed, or waits for an answer. */
export async function save(path) {
  for (const context of contexts(path)) {
    if (!context.model.dirty) continue
    await Promise.race([context.save(), late(60_000)])
    if (context.model.dirty && path !== undefined) throw new Error('still unsaved')
  }
}

const late = (milliseconds) => new Promise((_, reject) => setTimeout(reject, milliseconds, new Error('late')))

/** Saves all as JupyterLab's own command does, for the last moment before a stop. */
export async function saveAll() {
  await inFrame(() => app().commands.execute('docmanager:save-all'))?.catch(() => undefined)
  await save().catch(() => undefined)
}

/** Returns the text of each open editor of a path, by which it is known later whether a person has typed. */
export const textsOf = (path) => new Map(contexts(path).map((context) => [context, textOf(context)]))

function textOf({ model }) {
  const cells = model.toJSON?.()?.cells
  return JSON.stringify(cells?.map(({ cell_type, source }) => [cell_type, source]) ?? model.toString())
}

/**
 * Has the open editors of a path show what is in the file now. An editor whose text is not in `texts` has been typed in
 * meanwhile: it is left as it is, and false is returned.
 */
export async function showAnew(path, texts) {
  if (!isTransparent()) {
    inFrame((window) => window.location.reload())
    return true
  }
  const open = contexts(path)
  if (open.some((context) => texts.has(context) && texts.get(context) !== textOf(context))) return false
  for (const context of open) {
    await context.ready
    await context.revert()
  }
  return true
}

/** Calls `ready` for each page that the frame shows, with its window. */
export function eachPage(ready) {
  const began = () => inFrame((window) => window.document && ready(window))
  frame.addEventListener('load', began)
  began()
}

/**
 * Calls `blocked` when the frame was led to the hub, whose pages may not show in it. Where browsers tell the proxy of what
 * they load, it never comes to this; by plain http under a public name they do not.
 */
export function watchBlocked(blocked) {
  let wasSeen = false
  frame.addEventListener('load', () => {
    if (frame.contentDocument !== null) wasSeen = true
    else if (wasSeen && !isSecureContext) blocked()
  })
}

/** Gives the keyboard to the program. */
export function focusProgram() {
  frame.focus()
  inFrame((window) => window.focus())
}
