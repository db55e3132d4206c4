/** Writes accounts as the CSV file that an import reads. */

import { columns } from './people.ts'
import type { Account } from './plan.ts'

/** Returns the file of these accounts, with a byte order mark, by which spreadsheets know that it is UTF-8. */
export function writeCsv(accounts: Pick<Account, 'name' | 'email' | 'displayName' | 'groups'>[]): string {
  const rows = accounts.map(({ name, email = '', displayName = '', groups }) => {
    const [, first = displayName, last = ''] = /^(\S+) (.+)$/.exec(displayName) ?? []
    return [email, name, first, last, groups.join(' ')]
  })
  return `\ufeff${[[...columns], ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('')}`
}

/** Returns a field in quotes where it needs them. An apostrophe comes before what a spreadsheet would calculate. */
function field(text: string): string {
  const guarded = /^'?[=+\-@\t\r]|^''/.test(text) ? `'${text}` : text
  return /[",;'\s]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}
