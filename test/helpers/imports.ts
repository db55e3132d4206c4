import { dirname, join, normalize } from 'node:path'

/** Returns what a TypeScript file imports: statically, dynamically, as types, or to export it again. */
export function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{}()])\/\/.*$/gm, '')
  return kinds.flatMap((kind) => [...code.matchAll(kind)].map(([, , specifier = '']) => specifier))
}

const kinds = [
  /^\s*(?:import|export)\s[\w*{}\s,$]*?\bfrom\s*(['"])([^'"\n]+)\1/gm,
  /^\s*import\s*(['"])([^'"\n]+)\1/gm,
  /\b(?:import|require)\(\s*(['"`])([^'"`\n]+)\1/g,
]

/** Returns the names that a TypeScript file declares and exports. */
export function exportsOf(text: string): string[] {
  const declared = /^export (?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm
  return [...text.matchAll(declared)].map(([, name = '']) => name)
}

/** Returns the path in this repository that an import leads to, or undefined for packages and Node's modules. */
export function ownPath(importer: string, specifier: string): string | undefined {
  if (/^\.{1,2}(\/|$)/.test(specifier)) return normalize(join(dirname(importer), specifier))
  if (/^(\/|file:|#)/.test(specifier)) return specifier
  if (specifier === 'carrel/config') return 'config/config.ts'
  if (specifier === 'carrel/spawners/spawner') return 'spawners/spawner.ts'
  const [, spawner] = /^carrel\/spawners\/(.+)$/.exec(specifier) ?? []
  if (spawner !== undefined) return `spawners/${spawner}/${spawner}.ts`
  const [, path] = /^carrel\/(.+)$/.exec(specifier) ?? []
  return path === undefined ? undefined : `${path}.ts`
}

/** Returns the package that an import names, or undefined for our own files and Node's modules. */
export function packageOf(importer: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:') || ownPath(importer, specifier) !== undefined) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
