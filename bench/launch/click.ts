import type { BrowserContext, Page, Request } from 'playwright-core'
import { notebookReady } from '../../test/helpers/browsers/notebook.ts'

export interface Click {
  /** The notebook's page, with its notebook open and its kernel idle. */
  page: Page
  url: URL
  /** Time from the start of the navigation to the first byte of Jupyter's page. */
  firstByteMilliseconds: number
  /** Time from the start of the navigation until the notebook is visible. */
  visibleMilliseconds: number
  /** What came over the network until the kernel was idle, and not from the browser's cache. */
  kilobytes: number
  /** How many answers that were. */
  requests: number
}

export interface ClickOptions {
  limitMilliseconds?: number
  /** Does something with the new tab before the link is opened. */
  prepare?(page: Page): Promise<void>
}

/**
 * Opens a link in a new tab, as a click does, and waits for the notebook. Times are those of the browser's clock, or
 * this machine's.
 */
export async function click(
  context: BrowserContext,
  link: string,
  { limitMilliseconds = 120_000, prepare }: ClickOptions = {},
): Promise<Click> {
  const page = await context.newPage()
  await prepare?.(page)
  let bytes = 0
  let requests = 0
  const network = await context.newCDPSession(page)
  network.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
    if (encodedDataLength > 0) requests += 1
  })
  await network.send('Network.enable')
  const pages: Request[] = []
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) pages.push(request)
  })
  await page.goto(link, { waitUntil: 'commit', timeout: limitMilliseconds })
  try {
    await page.locator('.jp-Notebook').first().waitFor({ state: 'visible', timeout: limitMilliseconds })
  } catch (error) {
    const text = await page.textContent('body', { timeout: 1000 }).catch(() => '')
    throw new Error(`no notebook came; the page says: ${text?.trim().slice(0, 500)}`, { cause: error })
  }
  const visibleAt = Date.now()
  const [first] = pages
  const last = pages.at(-1)
  if (first === undefined || last === undefined) throw new Error(`${link} led to no page`)
  await last.response()
  const began = first.timing().startTime
  const { startTime, responseStart } = last.timing()
  await notebookReady(page, limitMilliseconds)
  return {
    page,
    url: new URL(last.url()),
    firstByteMilliseconds: startTime + responseStart - began,
    visibleMilliseconds: visibleAt - began,
    kilobytes: bytes / 1000,
    requests,
  }
}
