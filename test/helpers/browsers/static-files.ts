import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Carrel } from '../carrel.ts'
import { until } from '../until.ts'
import { notebookReady } from './notebook.ts'

const hashed = /\.[0-9a-f]{16,64}\.(js|css)$/

/** Waits until the hub has copied the static files of an image of which a server runs, and returns their digest. */
export async function staticFilesCopied(carrel: Carrel): Promise<string> {
  const found = () => carrel.query<{ digest: string }>('select digest from static_files where digest is not null')
  await until(async () => (await found()).length > 0, 'static files of an image')
  return (await found())[0]?.digest ?? ''
}

/**
 * Waits until the proxy has the static files of the server that this page shows, loads the page anew, and returns the files that
 * came from the address for all servers, and the scripts and styles with a hash in their names that came from the server itself.
 */
export async function staticFilesCome(
  page: Page,
  carrel: Carrel,
  digest: string,
): Promise<{ led: string[]; own: string[] }> {
  await notebookReady(page)
  await until(() => existsSync(join(carrel.dataDir, 'data/static-files', digest)), 'the files at the proxy')
  // What the page has loaded before the proxy had the files, the browser has kept.
  const protocol = await page.context().newCDPSession(page)
  await protocol.send('Network.enable')
  await protocol.send('Network.setCacheDisabled', { cacheDisabled: true })
  const [led, own]: [string[], string[]] = [[], []]
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.startsWith('/_carrel/static/') && response.status() === 200) led.push(response.url())
    else if (hashed.test(pathname) && response.status() === 200) own.push(response.url())
  })
  // A proxy that is busy has the files a moment after they are on its disk.
  for (let tries = 0; tries === 0 || (own.length > 0 && tries < 3); tries += 1) {
    own.length = 0
    await page.reload()
    await notebookReady(page)
    await page.waitForLoadState('networkidle')
  }
  return { led, own }
}
