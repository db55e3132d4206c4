/**
 * The way from a new seat into JupyterLab. The page after the seat is of the server's own origin, so its script can see
 * which workspaces other tabs have open, and can prepare one before JupyterLab loads it.
 */
import { insideOfDesk } from '../../seats/desk.ts'
import { guestWorkspace, labWorkspace } from '../../seats/lab-workspace.ts'
import { decodedPath } from '../../seats/spelling.ts'

/** A place in JupyterLab to which a launch leads. */
export interface LabPlace {
  /** The server's path. */
  path: string
  /** The workspace that the address names. */
  workspace: string
  /** The name of a launch's workspace without a number. */
  base: string
  /** What stands between the server's path and `lab`: the part that makes the address a desk's, or nothing. */
  before: string
  /** What follows the workspace in the address: `/tree/` and a file, or nothing. */
  rest: string
  /** The path of the file, if it is a notebook. */
  notebook: string | undefined
}

/** A place in JupyterLab, and what the proxy knows of those who are there. */
export interface WayToLab extends LabPlace {
  /** What a new workspace holds (`newWorkspace`). */
  fresh: Record<string, Record<string, Record<string, unknown>>> | undefined
  /** Whether nothing is open at the server, as far as the proxy knows. A JupyterLab always has a WebSocket open. */
  quiet: boolean
  /** The name of the cookie by which a narrow window is known at its next click. */
  narrowCookie: string
}

/**
 * Returns the place to which a landing leads, if it lies in a workspace that launches have named. All other workspaces
 * are of a user's own making, and only their user changes them.
 */
export function labPlace(path: string, to: string, { guest }: { guest: boolean }): LabPlace | undefined {
  const base = guest ? guestWorkspace(path) : labWorkspace(path.split('/')[3] ?? '')
  const led = to.startsWith(path) ? to.slice(path.length) : ''
  const inside = insideOfDesk(led)
  const before = led.slice(0, led.length - inside.length)
  const [, workspace, rest = ''] = /^lab\/workspaces\/([\w-]+)(\/tree\/[^?#]*)?$/.exec(inside) ?? []
  if (workspace === undefined || !workspace.startsWith(base)) return undefined
  if (!/^(-\d{1,3})?$/.test(workspace.slice(base.length))) return undefined
  const notebook = rest.endsWith('.ipynb') ? decodedPath(rest)?.slice('/tree/'.length) : undefined
  return { path, workspace, base, before, rest, notebook }
}

/** Returns what a new workspace holds: the notebook as its one tab. Undefined where the place is no notebook. */
export function newWorkspace({ notebook }: Pick<LabPlace, 'notebook'>): WayToLab['fresh'] {
  if (notebook === undefined) return undefined
  const key = `notebook:${notebook}`
  return {
    [key]: { data: { path: notebook, factory: 'Notebook' } },
    'layout-restorer:data': {
      main: { dock: { type: 'tab-area', currentIndex: 0, widgets: [key] }, current: key },
      left: { collapsed: false, visible: true, current: 'filebrowser' },
      right: { collapsed: true, visible: true },
    },
  }
}

/**
 * Goes on to JupyterLab, in a workspace that no other tab has open and that holds the notebook. Two tabs on one
 * workspace disturb each other, and in a workspace without the notebook JupyterLab pauses for a second before it opens
 * it. Runs in the browser, so it uses nothing from outside of itself. What fails here costs only that pause, or that
 * JupyterLab itself changes to another workspace.
 */
export async function openJupyterLab(way: WayToLab): Promise<void> {
  const { path, workspace, base, before, rest, notebook, fresh, quiet, narrowCookie } = way

  const secure = location.protocol === 'https:' ? '; Secure' : ''
  const sites = window === top ? `SameSite=Lax${secure}` : 'SameSite=None; Secure; Partitioned'
  const setCookie = (name: string, value: string | number, seconds: number) => {
    document.cookie = `${name}=${value}; Path=${path}_carrel/; Max-Age=${seconds}; ${sites}`
  }
  // The next click of a narrow window needs this page again (`straight.ts`), which the proxy cannot see.
  const isNarrow = innerWidth < 640
  setCookie(narrowCookie, 1, isNarrow ? 86_400 : 0)

  async function freeWorkspace(): Promise<string> {
    // By these two a JupyterLab that starts asks the others for the names of their workspaces, and they answer.
    const askKey = '@jupyterlab/statedb:StateDB:beacon'
    const answerKey = '@jupyterlab/statedb:StateDB:window'
    const answerMilliseconds = 100
    const readAnswer = (value: string | null) => /^(.+)-(\d+)$/.exec(value ?? '') ?? []
    const open = new Set<string | undefined>()
    addEventListener('storage', ({ key, newValue }) => {
      if (key === answerKey) open.add(readAnswer(newValue)[1])
    })
    if (localStorage.getItem(answerKey) !== null) {
      localStorage.setItem(askKey, `${Math.random()}-${Date.now()}`)
      // Where no tab is known, the time in which the workspace is read is enough for one at another proxy.
      if (quiet) await wanted.catch(() => undefined)
      else await new Promise((resolve) => setTimeout(resolve, answerMilliseconds))
    }

    // A tab that is on its way to JupyterLab answers nothing yet. Until then a cookie speaks for it.
    const claim = (name: string, seconds: number) => setCookie(`carrel-workspace-${name}`, Date.now(), seconds)
    const choose = () => {
      const [, opened, openedAt] = readAnswer(localStorage.getItem(answerKey))
      const taken = new Set(open)
      for (const [, name = '', at] of document.cookie.matchAll(/carrel-workspace-([\w-]+)=(\d+)/g)) {
        if (open.has(name) || (name === opened && Number(openedAt) >= Number(at))) claim(name, 0)
        else taken.add(name)
      }
      const names = [workspace, base, ...Array.from({ length: 98 }, (_, index) => `${base}-${index + 2}`)]
      const free = names.find((name) => !taken.has(name)) ?? workspace
      claim(free, 20)
      return free
    }
    // By http under a public name there are no locks. There two tabs that open at once may choose the same workspace.
    return navigator.locks === undefined ? choose() : navigator.locks.request('carrel-workspace', choose)
  }

  const addressOf = (name: string) => `${path}lab/api/workspaces/${name}`
  const signal = AbortSignal.timeout(3000)

  async function read(name: string): Promise<Record<string, Record<string, Record<string, unknown>>>> {
    const answer = await fetch(addressOf(name), { cache: 'no-store', signal })
    return answer.ok ? (await answer.json()).data : {}
  }

  /** Lets a workspace that holds the notebook stay as its user left it, and makes another one new. */
  async function prepare(name: string): Promise<void> {
    const stored = name === workspace ? await wanted : await read(name)
    const layoutKey = 'layout-restorer:data'
    const key = `notebook:${notebook}`
    let data = stored
    if (fresh !== undefined && !(key in stored)) data = fresh
    // A phone has no room for a notebook beside the file browser.
    if (isNarrow && rest !== '') {
      const layout = data[layoutKey] ?? {}
      const { current: _, ...left } = layout.left ?? {}
      data = { ...data, [layoutKey]: { ...layout, left: { ...left, collapsed: true } } }
    }
    if (data === stored) return
    const body = JSON.stringify({ data, metadata: { id: name } })
    await fetch(addressOf(name), { method: 'PUT', headers: { 'content-type': 'application/json' }, body, signal })
  }

  // Other tabs have time to answer meanwhile. Mostly the wanted workspace is free.
  const wanted = read(workspace)
  wanted.catch(() => undefined)
  const name = await freeWorkspace().catch(() => workspace)
  await prepare(name).catch(() => undefined)
  location.replace(`${path}${before}lab/workspaces/${name}${rest}`)
}
