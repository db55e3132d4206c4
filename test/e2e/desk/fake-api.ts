import type { BrowserContext, Frame } from 'playwright-core'

/** The answers of the desk's API in a browser. A test changes them; what they are in the hub is tested there. */
export interface FakeDesk {
  state: {
    course: object
    help: string
    ends: object | null
    notebook: Record<string, unknown> | null
    memory: object | null
    announcements: object[]
    copies: object | null
    again: number
  }
  /** Answers of other calls by method and address, and what is done before each is given. */
  answers: Record<string, unknown>
  before: Record<string, () => Promise<void>>
  /** The status of answers about the state. */
  status: number
  /** Calls so far: method, address and body. */
  calls: string[]
}

export const idle = {
  seconds: 240,
  why: 'idle',
  keep: true,
  warn: true,
  says: 'stops in 4 minutes because nothing has happened for 56 minutes',
}

/** Answers all that the desks of a browser ask. */
export async function fakeDesk(context: BrowserContext): Promise<FakeDesk> {
  const path = 'welcome.ipynb'
  const desk: FakeDesk = {
    state: {
      course: {
        name: 'demo',
        title: 'Introduction to data',
        contact: 'help@example.org',
        contactLink: 'mailto:help@example.org',
      },
      help: 'https://example.org/help',
      ends: null,
      notebook: {
        ...{ path, title: 'Welcome to notebooks', version: '1.2' },
        ...{ copy: true, mine: true, behind: true, offer: true, versions: 2 },
      },
      memory: { bytes: 512e6, limit: 2e9 },
      announcements: [],
      copies: { days: 30, mostDays: 90 },
      again: 30,
    },
    answers: {
      'POST keep': { ends: { ...idle, seconds: 1800, warn: false } },
      'GET offer': {
        ...{ mine: 'm', theirs: 't', changed: true, conflicts: 1, problem: null, left: 0 },
        changes: [
          { what: 'conflict', by: 'both', kind: 'code', before: 'x = 1', mine: 'x = 2', theirs: 'x = <b>3</b>' },
          { what: 'added', by: 'theirs', kind: 'markdown', theirs: '# A new part' },
        ],
      },
      'POST offer': { reload: true },
      'POST reset': { reload: true },
      'GET versions': {
        versions: [
          { number: 2, path, at: '2026-11-28T10:00:00Z', size: 12345 },
          { number: 1, path, at: '2026-11-27T09:00:00Z', size: 2345 },
        ],
      },
      'GET versions/2/cells': { cells: [{ kind: 'code', source: 'print("kept")' }] },
      'POST versions/2/restore': { reload: true },
      'POST share': {
        url: 'https://shared-copies.example.org/_carrel/snapshots/abcdefghijklmnop2345',
        until: '2026-12-28T10:00:00Z',
        list: 'https://hub.example.org/hub/snapshots',
      },
      'POST support-code': { code: '7KQ-4MX', until: '2026-12-07T10:00:00Z' },
    },
    before: {},
    status: 200,
    calls: [],
  }
  await context.route('**/_carrel/desk/api/**', async (route) => {
    const request = route.request()
    const rest = new URL(request.url()).pathname.split('/_carrel/desk/api/')[1]
    const asked = `${request.method()} ${rest}`
    desk.calls.push(`${asked} ${request.postData() ?? ''}`.trim())
    await desk.before[asked]?.()
    if (rest === 'reading/page') return route.fulfill({ contentType: 'text/html', body: '<h1>To read</h1>' })
    if (rest !== 'state') return route.fulfill({ json: desk.answers[asked] ?? {} })
    return route.fulfill({ status: desk.status, json: desk.status === 200 ? desk.state : { code: 'stopped' } })
  })
  return desk
}

/** What tests see of `jupyterapp`. */
interface Program {
  jupyterapp: {
    shell: { currentWidget: { context: { model: { sharedModel: { getCell(index: number): Cell } } } } }
  }
}
interface Cell {
  getSource(): string
  setSource(text: string): void
}

/** Writes into a cell of the open editor, as a person does at any moment. */
export function type(program: Frame, cell: number, text: string): Promise<void> {
  return program.evaluate(
    ([index, source]) => {
      const { jupyterapp } = window as unknown as Program
      jupyterapp.shell.currentWidget.context.model.sharedModel.getCell(index).setSource(source)
    },
    [cell, text] as const,
  )
}

export function typed(program: Frame, cell: number): Promise<string> {
  return program.evaluate((index) => {
    const { jupyterapp } = window as unknown as Program
    return jupyterapp.shell.currentWidget.context.model.sharedModel.getCell(index).getSource()
  }, cell)
}

const contents = (program: Frame) =>
  `${/^(.*\/user\/[^/]+\/[^/]+\/)/.exec(program.url())?.[1]}api/contents/welcome.ipynb`

/** Returns the source of a cell as it is in the file; nothing while the file is being replaced. */
export function inFile(program: Frame, cell: number): Promise<string> {
  return program.evaluate(
    async ([address, index]) => {
      const response = await fetch(address)
      if (!response.ok) return ''
      const { content } = await response.json()
      return [content.cells[index].source].flat().join('')
    },
    [contents(program), cell] as const,
  )
}

/** Writes another text into a cell of the file, as the hub does. */
export async function replaceInFile(program: Frame, cell: number, text: string): Promise<void> {
  await program.evaluate(
    async ([address, index, source]) => {
      const { content } = await (await fetch(address)).json()
      content.cells[index].source = source
      const body = JSON.stringify({ type: 'notebook', format: 'json', content })
      await fetch(address, { method: 'PUT', body })
    },
    [contents(program), cell, text] as const,
  )
}
