import { mapOf, readHeader, readMystHeader, wordOf } from '../jupytext/header.ts'
import type { Notebook } from '../notebook.ts'

/** Returns the language of a notebook's code, or the name of its kernel, as the file says it; undefined where it does not. */
export function kernelLanguage(path: string, { format, json, header = [] }: Notebook): string | undefined {
  const metadata = mapOf(format === 'ipynb' ? json?.metadata : headerOf(format, header))
  const kernel = mapOf(metadata.kernelspec)
  const said = wordOf(mapOf(metadata.language_info).name) ?? wordOf(kernel.language) ?? wordOf(kernel.name)
  return said ?? (path.endsWith('.py') ? 'python' : undefined)
}

function headerOf(format: Notebook['format'], header: readonly string[]): unknown {
  if (format === 'md:myst') return readMystHeader(header)?.jupyter
  return readHeader(header, format === 'md:markdown' ? '' : '#').jupyter
}
