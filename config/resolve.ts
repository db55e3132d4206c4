import { registerHooks } from 'node:module'

let registered = false

/**
 * Lets a config file in any folder import `carrel/config` and other modules of the running program. Node alone would
 * look for a package `carrel` above the file's folder and find none, or another version.
 */
export function resolveOwnName(): void {
  if (registered) return
  registered = true
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const isOwn = specifier === 'carrel' || specifier.startsWith('carrel/')
      if (isOwn) return orUnknown(specifier, () => nextResolve(specifier, { ...context, parentURL: import.meta.url }))
      const found = nextResolve(specifier, context)
      // Outside of any package, Node would first take TypeScript for CommonJS, and warn when it is not.
      return found.url.endsWith('.ts') && !found.format ? { ...found, format: 'module-typescript' } : found
    },
  })
}

/** Resolves a module or throws an error that names it, since Node's own message would name this file. */
function orUnknown<T>(specifier: string, resolve: () => T): T {
  try {
    return resolve()
  } catch (cause) {
    throw Object.assign(new Error(`Carrel has no module ${specifier}`, { cause }), { code: 'ERR_MODULE_NOT_FOUND' })
  }
}
