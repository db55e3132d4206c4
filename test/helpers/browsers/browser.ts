import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export function chromiumPath(): string | undefined {
  return process.env.CARREL_TEST_CHROMIUM ?? candidates.find((file) => existsSync(file))
}

/** Says why there is no browser, for `requirePart`. */
export function missingChromium(): string | undefined {
  return chromiumPath() === undefined
    ? 'no Chromium is installed (Debian: chromium; or CARREL_TEST_CHROMIUM)'
    : undefined
}

/** For a machine that does much else besides. */
const patienceMilliseconds = 120_000

export interface Browser {
  context: BrowserContext
  close(): Promise<void>
}

/**
 * A real Chromium with a new profile and third-party cookies blocked, as people have it. Every `.localhost` name is
 * this machine. Certificates of our own making are taken.
 */
export async function startBrowser({ keepsPages = false } = {}): Promise<Browser> {
  const profile = await mkdtemp(path.join(tmpdir(), 'carrel-browser-'))
  await mkdir(path.join(profile, 'Default'))
  // 1: block third-party cookies.
  const preferences = {
    profile: { cookie_controls_mode: 1 },
    tracking_protection: { block_all_3pc_toggle_enabled: true },
  }
  await writeFile(path.join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath() ?? '',
    headless: true,
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 900 },
    timeout: patienceMilliseconds,
    // As people have it: a page that was left stays in memory for a while.
    ...(keepsPages && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Chromium heeds only the last of these: without it storage would not be partitioned, as it is for people.
      '--disable-features=Translate',
      '--host-resolver-rules=MAP *.localhost 127.0.0.1',
    ],
  })
  context.setDefaultTimeout(patienceMilliseconds)
  return {
    context,
    async close() {
      await context.close()
      // Its helpers write a little longer than it lives.
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
