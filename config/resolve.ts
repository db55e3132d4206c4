import { registerHooks } from 'node:module'

let registered = false

/**
 * Lets a config file anywhere import `carrel/config` and the like: the running program's own. Node would look for a
 * package of that name above the file's folder and find none, or another.
 */
export function resolveOwnName(): void {
  if (registered) return
  registered = true
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const isOwn = specifier === 'carrel' || specifier.startsWith('carrel/')
      const found = nextResolve(specifier, isOwn ? { ...context, parentURL: import.meta.url } : context)
      // Outside of any package Node would first take TypeScript for CommonJS, and warn when it is not.
      return /\.ts$/.test(found.url) && !found.format ? { ...found, format: 'module-typescript' } : found
    },
  })
}
