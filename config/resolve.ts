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
      if (isOwn) return orUnknown(specifier, () => nextResolve(specifier, { ...context, parentURL: import.meta.url }))
      const found = nextResolve(specifier, context)
      // Outside of any package Node would first take TypeScript for CommonJS, and warn when it is not.
      return found.url.endsWith('.ts') && !found.format ? { ...found, format: 'module-typescript' } : found
    },
  })
}

/** Node's own words would blame this file. */
function orUnknown<T>(specifier: string, resolve: () => T): T {
  try {
    return resolve()
  } catch (cause) {
    throw Object.assign(new Error(`Carrel has no module ${specifier}`, { cause }), { code: 'ERR_MODULE_NOT_FOUND' })
  }
}
