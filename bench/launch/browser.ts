import { type Browser, chromium } from 'playwright-core'
import { chromiumPath, missingChromium } from '../../test/helpers/browsers/browser.ts'

/** Starts the Chromium that measures. Throws an error that says what is missing. */
export async function openBrowser(): Promise<Browser> {
  const missing = missingChromium()
  if (missing !== undefined) throw new Error(missing)
  return chromium.launch({
    executablePath: chromiumPath() ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-features=Translate'],
    handleSIGINT: false,
    handleSIGTERM: false,
  })
}
