import { speaksJupyter } from '../../courses/programs.ts'
import { kept } from '../../words/kept.ts'
import type { MadeOf } from './made-of.ts'

/**
 * Returns why nothing but traffic counts as activity of a run, for the reader of a list; undefined where kernels, terminals
 * and the server's own reports count too. A run of which nothing is known is one of Jupyter. Pure.
 */
export function whyTrafficAlone(made: Pick<MadeOf, 'program' | 'cull'> | undefined): string | undefined {
  if (made === undefined) return undefined
  if (!speaksJupyter(made.program)) return kept`nothing passes, and its program tells nothing of what it does`
  const { cull } = made
  const isSpared = cull === undefined || cull === 'never' || cull.spareBusy !== false
  return isSpared ? undefined : kept`nothing passes, and busy kernels do not count here`
}
