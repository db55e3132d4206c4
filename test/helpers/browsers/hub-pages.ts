import type { Page } from 'playwright-core'
import type { ConfigInput } from '../../../config/config.ts'
import type { Cleanup } from '../cleanup.ts'
import type { FakeServers } from '../fake-spawners.ts'
import { startGateway } from '../gateway.ts'
import { startTestHub, type TestHub } from '../test-hub.ts'
import { type Browser, startBrowser } from './browser.ts'

export interface HubPages {
  hub: TestHub
  hubUrl: string
  browser: Browser
  page: Page
}

/** Starts a hub behind TLS, in which `root` is an admin and each server has a host of its own, and a browser with one page. */
export async function startHubPages(
  cleanup: Cleanup,
  config: Partial<ConfigInput>,
  world?: FakeServers,
): Promise<HubPages> {
  const gateway = await startGateway({ tls: true })
  cleanup.defer(() => gateway.close())
  const hubUrl = `https://hub.localhost:${gateway.port}`
  const hub = await startTestHub({
    ...(world && { world }),
    config: {
      hub: { url: hubUrl, port: 0 },
      servers: { url: `https://*.nb.localhost:${gateway.port}` },
      admins: ['root'],
      ...config,
    },
  })
  cleanup.defer(() => hub.stop())
  gateway.forwardTo(Number(new URL(hub.address).port))
  const browser = await startBrowser()
  cleanup.defer(() => browser.close())
  return { hub, hubUrl, browser, page: await browser.context.newPage() }
}
