/** The file of keys, which hub and proxy watch and `carrel keys` writes. */
import { readFileSync, statSync } from 'node:fs'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import type { Logger } from 'pino'
import { onFileChange } from '../net/watch-file.ts'
import { type KeyRing, type Keys, parseKeys } from '../seats/keys.ts'
import { UsageError } from './options.ts'

/** The shortest time between two reads of the file, however often an unknown key is looked up. */
const rereadMilliseconds = 100

export interface WatchedKeys extends KeyRing {
  /** Takes up changes from now on. When the file is wrong, that is logged and the old keys stay. */
  watch(log: Logger): void
  close(): void
}

/** Opens a key file. Throws a `UsageError` that says what is wrong with the file, and never quotes it. */
export function openKeyFile(file: string): WatchedKeys {
  const listeners = new Set<(dropped: string[]) => void>()
  let { keys, text } = read(file)
  let log: Logger | undefined
  let readAt = performance.now()
  let lastProblem = ''
  let stopWatching = () => {}

  const reread = () => {
    readAt = performance.now()
    try {
      const found = read(file)
      lastProblem = ''
      if (found.text === text) return
      const dropped = keys.map((key) => key.kid).filter((kid) => !found.keys.some((key) => key.kid === kid))
      ;({ keys, text } = found)
      for (const listener of listeners) listener(dropped)
    } catch (error) {
      const { message } = error as Error
      if (message !== lastProblem) log?.error({ file }, `the keys stay as they were: ${message}`)
      lastProblem = message
    }
  }

  return {
    get all() {
      return keys
    },
    find(kid) {
      const known = keys.find((key) => key.kid === kid)
      if (known !== undefined || performance.now() - readAt < rereadMilliseconds) return known
      reread()
      return keys.find((key) => key.kid === kid)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    watch(to) {
      log = to
      stopWatching()
      stopWatching = onFileChange(file, reread)
    },
    close: () => stopWatching(),
  }
}

function read(file: string): { keys: Keys; text: string } {
  try {
    if ((statSync(file).mode & 0o007) !== 0) throw new Error(`anybody can read it. chmod 600 ${file}, and rotate`)
    const text = readFileSync(file, 'utf8').trim()
    return { keys: parseKeys(text), text }
  } catch (error) {
    throw new UsageError(`the key file ${file} cannot be used: ${(error as Error).message}`)
  }
}

/** Replaces the file's content at once: a reader gets the old or the new one. Mode and owner of the file stay. */
export async function changeKeyFile(file: string, change: (text: string) => string): Promise<string> {
  const draft = `${file}.new`
  const { mode, uid, gid } = await stat(file).catch(() => {
    throw new UsageError(`there is no key file ${file}. carrel start makes its own; --file and --data name another`)
  })
  // The draft, which must be new, also keeps a second change out.
  const handle = await open(draft, 'wx', mode & 0o777).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new UsageError(`${draft} is there: another change is under way. If none is, remove it`)
  })
  try {
    const text = change((await readFile(file, 'utf8')).trim())
    await handle.chmod(mode & 0o777)
    if (uid !== process.getuid?.() || gid !== process.getgid?.()) await handle.chown(uid, gid)
    await handle.writeFile(`${text}\n`)
    await handle.sync()
    await rename(draft, file)
    return text
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}
