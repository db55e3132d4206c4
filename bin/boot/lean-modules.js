// @ts-check
/** Keeps parts of Node and zod out of memory that nothing here uses: 20 MB in each process, and 50 ms of its start. */
import { registerHooks } from 'node:module'

/**
 * Must be called before anything imports `node:http` or zod.
 *
 * An import of `node:http` reads all of its exports. Three of them load Node's own copy of undici when they are read,
 * with fetch and WebSocket; they are no longer listed, and can still be read. zod loads its messages in fifty
 * languages, of which it uses one; `z.locales` stays empty.
 */
export function keepModulesLean() {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier === 'node:http' || specifier === 'http') unlistClients()
      const isLanguages = specifier === '../locales/index.js' && context.parentURL?.includes('/zod/v4/')
      return isLanguages ? { url: noLanguages, shortCircuit: true } : nextResolve(specifier, context)
    },
  })
}

const noLanguages = new URL('no-languages.js', import.meta.url).href

function unlistClients() {
  const http = process.getBuiltinModule('node:http')
  for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) {
    if (Object.hasOwn(http, name)) Object.defineProperty(http, name, { enumerable: false })
  }
}
