import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { chromiumPath, missingChromium } from '../../test/helpers/browsers/browser.ts'

/** Starts the Chromium that measures. Throws an error that says what is missing. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch(options())
}

/** Starts a new Chromium whose profile is on the disk, as people's is, with its cache and its compiled scripts. `signal` closes it too. */
export async function openProfile(signal: AbortSignal): Promise<{ context: BrowserContext } & AsyncDisposable> {
  const dir = await mkdtemp(join(tmpdir(), 'carrel-bench-profile-'))
  const remove = () => rm(dir, { recursive: true, force: true, maxRetries: 5 })
  try {
    const context = await chromium.launchPersistentContext(dir, {
      ...options(),
      viewport: { width: 1280, height: 900 },
    })
    signal.addEventListener('abort', () => void context.close(), { once: true })
    return {
      context,
      async [Symbol.asyncDispose]() {
        await context.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

function options() {
  const missing = missingChromium()
  if (missing !== undefined) throw new Error(missing)
  return {
    executablePath: chromiumPath() ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-features=Translate'],
    handleSIGINT: false,
    handleSIGTERM: false,
  }
}
