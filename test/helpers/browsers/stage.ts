/** Starts what tests with a browser share in a `describe`: Carrel behind public names, other sites, and a provider. */
import { cleanupAfterAll } from '../cleanup.ts'
import { type IdentityProvider, startIdentityProvider } from '../identity-provider.ts'
import { type PublicCarrel, type PublicCarrelOptions, startPublicCarrel } from '../public-carrel.ts'
import { requirePart } from '../require.ts'
import { missingJupyter } from '../setup.ts'
import { type Browser, missingChromium, startBrowser } from './browser.ts'
import { missingFirefox } from './firefox.ts'
import { type ForeignSite, startForeignSite } from './foreign-site.ts'

export interface Stage {
  carrel: PublicCarrel
  /** Chromium. It is not there when the tests start browsers of their own. */
  browser: Browser
  provider: IdentityProvider
  /** Returns a site that the plan names. */
  site(name: string): ForeignSite
}

export interface StagePlan extends Omit<PublicCarrelOptions, 'config'> {
  /** The real parts that the tests need. Default: Chromium and JupyterLab. */
  needs?: (keyof typeof missing)[]
  /** Whether the tests start their browsers themselves. */
  ownBrowsers?: boolean
  sites?: string[]
  /** The users of the identity provider, with their names as passwords. Without this list there is no provider. */
  people?: string[]
  /** Whether the provider's page severs itself from the window that opened it. */
  severs?: boolean
  /** Returns the text of the config file. Sites and provider have started before the call. */
  config?(stage: Stage): string | Promise<string>
}

const missing = { jupyter: missingJupyter, chromium: missingChromium, firefox: missingFirefox }

/** Starts a stage before the tests of a `describe`, and ends it after them. Skips where a real part is missing. */
export function stageForAll(plan: StagePlan = {}): Stage {
  const { needs = ['chromium', 'jupyter'], ownBrowsers = false, sites = [], people, severs, config, ...options } = plan
  const cleanup = cleanupAfterAll()
  const open = new Map<string, ForeignSite>()
  const parts: Partial<Pick<Stage, 'carrel' | 'browser' | 'provider'>> = {}
  const present = <T>(part: T | undefined, name: string): T => {
    if (part === undefined) throw new Error(`this stage has no ${name}, or not yet`)
    return part
  }
  const stage: Stage = {
    get carrel() {
      return present(parts.carrel, 'Carrel')
    },
    get browser() {
      return present(parts.browser, 'Chromium')
    },
    get provider() {
      return present(parts.provider, 'identity provider')
    },
    site: (name) => present(open.get(name), name),
  }

  async function prepare(hubUrl: string): Promise<string> {
    if (people !== undefined) {
      parts.provider = await startIdentityProvider({
        redirectUris: [`${hubUrl}/hub/oauth_callback`],
        postLogoutRedirectUris: [`${hubUrl}/hub/signed-out`],
        accounts: Object.fromEntries(people.map((name) => [name, {}])),
        ...(severs && { severs }),
      })
      cleanup.defer(() => parts.provider?.stop())
    }
    return (await config?.(stage)) ?? ''
  }

  before(async function () {
    for (const part of needs) requirePart(this, part, missing[part]())
    for (const name of sites) {
      const site = await startForeignSite(name)
      open.set(name, site)
      cleanup.defer(() => site.close())
    }
    parts.carrel = await startPublicCarrel({ ...options, ...(config && { config: prepare }) })
    cleanup.defer(() => parts.carrel?.stop())
    if (ownBrowsers) return
    parts.browser = await startBrowser()
    cleanup.defer(() => parts.browser?.close())
  })

  return stage
}

/** Returns the text of an authenticator for the stage's identity provider, for a config file. */
export function oidcOf({ issuer, clientId, clientSecret }: IdentityProvider): string {
  return `oidc({
    name: 'school', label: 'Sign in with School', issuer: '${issuer}', allowInsecureIssuer: true,
    clientId: '${clientId}', clientSecret: '${clientSecret}',
  })`
}
