import { unwatchFile, watchFile } from 'node:fs'

export const lookMilliseconds = 200

/**
 * Calls `changed` whenever the file may have changed, until the returned function is called. It looks at the file five
 * times a second and follows links: notice comes also from network disks, of a file that is replaced as a whole, and of a
 * link on the way to it that is turned.
 */
export function onFileChange(file: string, changed: () => void): () => void {
  const listener = () => changed()
  watchFile(file, { interval: lookMilliseconds, persistent: false }, listener)
  // A change after the caller has read the file and before the first look would not be noticed.
  const once = setTimeout(listener, lookMilliseconds).unref()
  return () => {
    clearTimeout(once)
    unwatchFile(file, listener)
  }
}
