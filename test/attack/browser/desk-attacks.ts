import type { Frame, Page } from 'playwright-core'
import type { Attack } from '../table.ts'

/** What these attacks need of a browser: a page of a hostile server, and the desk of another one. */
export interface DeskWorld {
  evil(): Page
  desk(): Page
  /** The desk's server, up to the end of its path. */
  deskUrl(): string
}

/** Opens the desk of a course in a new page. Returns the page, and its server up to the end of its path. */
export async function openDeskPage(page: Page, link: string): Promise<[Page, string]> {
  await page.goto(link)
  await page.locator('#strip').waitFor({ timeout: 120_000 })
  return [page, /^https:\/\/[^/]+\/user\/[^/]+\/[^/]+\//.exec(page.url())?.[0] ?? '']
}

/**
 * Returns the attacks of notebooks on the strip. `isShared`: the servers share a host, where script of one can do in the pages of
 * the other what its learner can. Nothing else may differ.
 */
export function deskAttacks(world: DeskWorld, isShared: boolean): Attack[] {
  const own = () => {
    const found = world
      .desk()
      .frames()
      .find((frame) => frame.parentFrame() === world.desk().mainFrame())
    if (found === undefined) throw new Error('the desk has no notebook')
    return found
  }
  /** Returns the statuses of what the strip can ask, or that the browser got no answer. */
  const press = (from: Page | Frame) =>
    from.evaluate(async (url) => {
      const ask = async (rest: string, body: object) => {
        const headers = { 'content-type': 'application/json' }
        const init = { method: 'POST', credentials: 'include', headers, body: JSON.stringify(body) } as const
        const answer = await fetch(`${url}_carrel/desk/api/${rest}`, init).catch(() => undefined)
        return answer?.status ?? 'no answer'
      }
      const asked = [await ask('state', { notebook: null, active: false }), await ask('keep', {})]
      return [...asked, await ask('support-code', {}), await ask('reset', { path: 'a.ipynb' })]
    }, world.deskUrl())
  /** Posts a form to the strip's API in a frame, in each encoding. Returns the statuses that the browser got. */
  const submit = async (from: Page, frame: Page | Frame) => {
    const statuses: number[] = []
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const answer = from.waitForResponse((one) => one.url().endsWith('_carrel/desk/api/keep'))
      await frame.evaluate(
        ([url, type]) => {
          const name = `frame-${Math.random()}`
          const form = Object.assign(document.createElement('form'), {
            method: 'post',
            action: url,
            enctype: type,
            target: name,
          })
          form.append(Object.assign(document.createElement('input'), { name: '{"a":"', value: '"}' }))
          document.body.append(Object.assign(document.createElement('iframe'), { name }), form)
          form.submit()
        },
        [`${world.deskUrl()}_carrel/desk/api/keep`, type] as const,
      )
      statuses.push((await answer).status())
    }
    return statuses
  }
  /** Opens an address in a frame of the page, and returns whether a strip shows in any frame of it. */
  const showsStrip = async (from: Page, address: string) => {
    await from.evaluate(
      (src) =>
        new Promise((resolve) => {
          document.body.append(Object.assign(document.createElement('iframe'), { src, onload: resolve }))
        }),
      address,
    )
    const shown = from.frames().map((frame) =>
      frame
        .locator('#strip')
        .count()
        .catch(() => 0),
    )
    return (await Promise.all(shown)).some((count) => count > 0)
  }

  return [
    {
      name: 'a notebook of the same server asks what the strip asks, which is what its learner can: all of it can be undone',
      rule: 'desk',
      attempt: () => press(own()),
      expected: [200, 200, 200, 404],
    },
    {
      name: 'a notebook of the same server posts forms as the strip',
      rule: 'desk',
      attempt: () => submit(world.desk(), own()),
      expected: [415, 415],
    },
    {
      name: 'a frame in the output of a notebook leads the whole notebook away',
      rule: 'desk',
      async attempt() {
        const led = world.desk().waitForRequest((one) => one.url().endsWith('/hub/home'))
        await own().evaluate(() => {
          const src = '/_carrel/leave?to=%2Fhub%2Fhome'
          document.body.append(Object.assign(document.createElement('iframe'), { src }))
        })
        const isFrame = (await led).frame().parentFrame() === own()
        return [isFrame, await world.desk().locator('#strip').count()]
      },
      expected: [true, 1],
    },
    {
      name: 'a notebook of another server asks what the strip asks',
      rule: 'desk',
      attempt: () => press(world.evil()),
      expected: isShared ? [200, 200, 200, 404] : ['no answer', 'no answer', 'no answer', 'no answer'],
    },
    {
      name: 'a notebook of another server posts forms as the strip',
      rule: 'desk',
      attempt: () => submit(world.evil(), world.evil()),
      expected: isShared ? [415, 415] : [403, 403],
    },
    {
      name: 'a notebook of another server frames the desk, to have its buttons clicked',
      rule: 'desk',
      attempt: () => showsStrip(world.evil(), world.desk().url()),
      expected: isShared,
    },
    {
      name: 'a notebook of another server opens the desk in a window, and reaches into it or sends it messages',
      rule: 'desk',
      async attempt() {
        const opened = world.evil().context().waitForEvent('page')
        await world
          .evil()
          .evaluate((url) => void Object.assign(window, { opened: window.open(url) }), world.desk().url())
        const popup = await opened
        await (isShared ? popup.locator('#strip').waitFor() : popup.waitForURL((url) => url.protocol === 'https:'))
        const result = await world.evil().evaluate(() => {
          const { opened } = window as unknown as { opened: Window | null }
          for (const message of ['keep', { keep: true }, { type: 'reset', path: 'a.ipynb' }])
            opened?.postMessage(message, '*')
          try {
            return opened?.document.querySelector('#restart') === null ? 'no strip' : typeof opened?.document
          } catch {
            return 'refused'
          }
        })
        await popup.close()
        return result
      },
      expected: isShared ? 'object' : 'refused',
    },
  ]
}
