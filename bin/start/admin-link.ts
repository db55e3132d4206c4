import { z } from 'zod'
import { openAdminClient } from '../admin/hub-client.ts'

const made = z.object({ link: z.string(), link_ends: z.string() })

/**
 * Makes the link by which the person at this machine comes in once as the admin of the default config, and returns the
 * text that shows it. What goes wrong is said in its place: notebooks open without it.
 */
export async function adminLink(dataDir: string, name: string): Promise<string> {
  try {
    const hub = await openAdminClient({ data: dataDir, hub: undefined }, {})
    try {
      await hub.call({ method: 'POST', path: '/hub/api/accounts', body: { names: [name] } })
      const path = `/hub/api/accounts/${encodeURIComponent(name)}/sign-in-link`
      const { data } = await hub.call({ method: 'POST', path, body: {} })
      return textOf(name, made.parse(data).link)
    } finally {
      hub.close()
    }
  } catch (error) {
    return `Warning: there is no link for the admin. ${(error as Error).message}`
  }
}

function textOf(name: string, link: string): string {
  return `The pages of teachers and admins open by this link, once, within 15 minutes, as ${name}. Take another browser or a private
window for it: one browser is one user.

${link}

"npx carrel user sign-in ${name}" shows another one, and carrel start --without-admin-link none.
`
}
