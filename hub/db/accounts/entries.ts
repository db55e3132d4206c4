import type { AuthenticatorStore, StoredEntry } from '../../../authenticators/authenticator.ts'
import type { Database } from '../dialect.ts'
import { newId } from '../ids.ts'

const mostOfKey = 255
const mostOfValue = 65_536
const mostListed = 1000
/** The last character there is. No key has it, so that all keys with a beginning are smaller than the beginning and it. */
const lastCharacter = '\u{10ffff}'

/** Returns the store of the authenticator of this name, which reaches no other rows. */
export function openStore(db: Database, authenticator: string): AuthenticatorStore {
  const rows = () => db('entries').where({ authenticator })
  return {
    async get(key) {
      const row: EntryRow | undefined = await rows()
        .where({ key: checkedKey(key) })
        .first('key', 'value', 'version')
      return row && toEntry(row)
    },

    async put(key, value, version) {
      const written = { value: textOf(value), version: newId() }
      if (version !== undefined)
        return (
          (await rows()
            .where({ key: checkedKey(key), version })
            .update(written)) > 0
        )
      const made = await db('entries')
        .insert({ authenticator, key: checkedKey(key), ...written })
        .onConflict(['authenticator', 'key'])
        .ignore()
        .returning('key')
      return made.length > 0
    },

    async remove(key, version) {
      return (
        (await rows()
          .where({ key: checkedKey(key), version })
          .delete()) > 0
      )
    },

    async list(prefix, { after, most }) {
      if (prefix !== '') checkedKey(prefix)
      const query = rows()
        .where('key', '>=', prefix)
        .where('key', '<', prefix + lastCharacter)
        .orderBy('key')
        .limit(Math.min(most, mostListed))
      if (after !== undefined) query.where('key', '>', checkedKey(after))
      const found: EntryRow[] = await query.select('key', 'value', 'version')
      return found.map(toEntry)
    },
  }
}

interface EntryRow {
  key: string
  value: string
  version: string
}

function toEntry({ key, value, version }: EntryRow): StoredEntry {
  return { key, value: JSON.parse(value), version }
}

function checkedKey(key: string): string {
  const isSound = key.isWellFormed() && !key.includes('\0') && !key.includes(lastCharacter)
  if (key !== '' && key.length <= mostOfKey && isSound) return key
  throw new Error(`A key has 1 to ${mostOfKey} characters, and no NUL.`)
}

function textOf(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text !== undefined && Buffer.byteLength(text) <= mostOfValue) return text
  throw new Error(`A value is JSON of at most ${mostOfValue} bytes.`)
}
