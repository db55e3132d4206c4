import { unwatchFile, watchFile } from 'node:fs'

export const lookMilliseconds = 200

/**
 * Calls `changed` whenever the file may have changed, until the returned function is called. Looks at the file five
 * times a second and follows links. So it also notices a change on a network disk, a file that is replaced as a whole,
 * and a link on the path that leads elsewhere now.
 */
export function onFileChange(file: string, changed: () => void): () => void {
  const listener = () => changed()
  watchFile(file, { interval: lookMilliseconds, persistent: false }, listener)
  // Otherwise a change between the caller's reading and the first look would not be noticed.
  const once = setTimeout(listener, lookMilliseconds).unref()
  return () => {
    clearTimeout(once)
    unwatchFile(file, listener)
  }
}
