import type { Database } from '../../../hub/db/dialect.ts'
import { addAddresses, addressesOf, askForMails, type MailState } from '../../../hub/db/mail/addresses.ts'
import { ensureUser } from '../../../hub/db/users.ts'
import type { WordsFor } from '../../../hub/mail/outbox.ts'

/** Makes users of these names, with addresses, each of whom waits for a mail. Returns their ids. */
export async function queuePeople(db: Database, ...names: string[]): Promise<string[]> {
  const ids: string[] = []
  for (const name of names) {
    const user = await ensureUser(db, { name, kind: 'person', authenticator: 'local', subject: name })
    ids.push(user?.id ?? '')
  }
  await db.transaction(async (trx) => {
    await addAddresses(
      trx,
      ids.map((user, at) => ({ user, email: `${names[at]}@example.org` })),
    )
    await askForMails(trx, ids, 3600)
  })
  return ids
}

export async function statesOf(db: Database, ids: string[]): Promise<(MailState | undefined)[]> {
  const found = new Map((await addressesOf(db, ids)).map(({ user, mail }) => [user, mail]))
  return ids.map((id) => found.get(id))
}

/** Returns the words of mails, each with a link of its own. */
export function wordsOf(db: Database): WordsFor {
  let links = 0
  return async (user) => {
    links += 1
    const [address] = await addressesOf(db, [user])
    return {
      ...{ name: user, username: user, email: address?.email ?? '', site: 'hub.test', address: 'https://hub.test' },
      ...{ link: `https://hub.test/x?key=secret${links}`, until: 'then' },
    }
  }
}
