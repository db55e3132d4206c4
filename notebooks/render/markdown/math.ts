/** Formulas as MathML, which browsers show without fonts or scripts of ours. */
import katex from 'katex'
import { html } from '../../../net/html.ts'
import { safeMath } from '../html/safe-html.ts'
import { renderLimits } from '../limits.ts'

/** Returns what makes formulas to HTML. Commands that one of them defines the others have too, as in Jupyter. */
export function createMath(): (formula: string, isBlock: boolean) => string {
  const macros = {}
  return (formula, isBlock) => {
    const made = isShort(formula) ? mathOf(formula, isBlock, macros) : undefined
    if (made === undefined) return html`<code class="formula">${formula}</code>`.html
    return isBlock ? `<span class="math">${made}</span>` : made
  }
}

function isShort(formula: string): boolean {
  return formula.length <= renderLimits.formula
}

function mathOf(formula: string, displayMode: boolean, macros: Record<string, string>): string | undefined {
  try {
    const options = {
      displayMode,
      macros,
      globalGroup: true,
      maxExpand: 500,
      maxSize: 20,
      strict: false,
      trust: false,
    } as const
    return safeMath(katex.renderToString(formula, { ...options, output: 'mathml', throwOnError: true }))
  } catch {
    // What it does not know, and what is too deep for it, is shown as it was written.
    return undefined
  }
}
