import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export function chromiumPath(): string | undefined {
  return process.env.CARREL_TEST_CHROMIUM ?? candidates.find((file) => existsSync(file))
}

/** Returns why there is no Chromium, for `requirePart`, or undefined when there is one. */
export function missingChromium(): string | undefined {
  return chromiumPath() === undefined
    ? 'no Chromium is installed (Debian: chromium; or CARREL_TEST_CHROMIUM)'
    : undefined
}

/** Starts Chromium on Linux, where containers change the machine's network. Python is there, for JupyterLab. */
const stillChromium = path.join(import.meta.dirname, 'still-chromium.py')

/** The time limit of the browser's actions, which allows for a busy machine. */
const patienceMilliseconds = 120_000

export interface Browser {
  context: BrowserContext
  close(): Promise<void>
}

/**
 * Starts a real Chromium with a new profile, in which third-party cookies are blocked as they are for people. Every
 * `.localhost` and `.test` name is this machine. The browser accepts self-signed certificates.
 */
export async function startBrowser({ keepsPages = false } = {}): Promise<Browser> {
  const profile = await mkdtemp(path.join(tmpdir(), 'carrel-browser-'))
  await mkdir(path.join(profile, 'Default'))
  // Mode 1 blocks third-party cookies.
  const preferences = {
    profile: { cookie_controls_mode: 1 },
    tracking_protection: { block_all_3pc_toggle_enabled: true },
  }
  await writeFile(path.join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.platform === 'linux' ? stillChromium : (chromiumPath() ?? ''),
    env: { ...process.env, CARREL_TEST_CHROMIUM: chromiumPath() },
    headless: true,
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 900 },
    timeout: patienceMilliseconds,
    // Keeps a page that was left in memory for a while, as the browsers of people do.
    ...(keepsPages && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Pages of one site share a process, which a person's browser lets them do when it has many, and none waits for the next site
      // in reserve. Pages of different sites never share one.
      '--renderer-process-limit=1',
      // Pages of tests do not live long enough to earn what the two optimizing compilers cost.
      '--js-flags=--no-maglev --no-turbofan',
      // Chromium uses only the last of these options. With Playwright's one, storage would not be partitioned. The two pages of the
      // address bar cost a start 0.8 s of the processors, and no test sees them.
      '--disable-features=Translate,WebUIOmniboxPopup,WebUIOmniboxAimPopup',
      '--host-resolver-rules=MAP *.localhost 127.0.0.1,MAP *.test 127.0.0.1',
    ],
  })
  context.setDefaultTimeout(patienceMilliseconds)
  return {
    context,
    async close() {
      await context.close()
      // The browser's helper processes may write a little longer than the browser lives.
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
