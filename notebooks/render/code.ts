/** Code with its colours. */
import type { HLJSApi, LanguageFn } from 'highlight.js'
import common from 'highlight.js/lib/common'
import fortran from 'highlight.js/lib/languages/fortran'
import haskell from 'highlight.js/lib/languages/haskell'
import julia from 'highlight.js/lib/languages/julia'
import latex from 'highlight.js/lib/languages/latex'
import matlab from 'highlight.js/lib/languages/matlab'
import ocaml from 'highlight.js/lib/languages/ocaml'
import scala from 'highlight.js/lib/languages/scala'
import { html } from '../../net/html.ts'
import { renderLimits } from './limits.ts'

const colours: HLJSApi = common
const others: Record<string, LanguageFn> = { fortran, haskell, julia, latex, matlab, ocaml, scala }
for (const [name, language] of Object.entries(others)) colours.registerLanguage(name, language)

/** Other names of languages, as kernels and magics have them. */
const names: Readonly<Record<string, string>> = {
  ...{
    ipython: 'python',
    ipython3: 'python',
    python2: 'python',
    python3: 'python',
    ir: 'r',
    sh: 'bash',
    octave: 'matlab',
  },
  ...{ html: 'xml', svg: 'xml', js: 'javascript', ojs: 'javascript', 'c++': 'cpp', sos: 'python', tex: 'latex' },
}

/** Returns code as HTML. The first line may say its language, as a magic does. */
export function colouredCode(code: string, language: string | undefined): string {
  const [, magic] = /^%%(\w+)/.exec(code) ?? []
  const asked = (magic !== undefined && languageOf(magic)) || languageOf(language)
  if (asked === undefined || code.length > renderLimits.colouredCode) return html`${code}`.html
  return colours.highlight(code, { language: asked, ignoreIllegals: true }).value
}

function languageOf(name: string | undefined): string | undefined {
  const lower = name?.toLowerCase() ?? ''
  const known = Object.hasOwn(names, lower) ? (names[lower] ?? lower) : lower.replace(/-\d[\d.]*$/, '')
  return colours.getLanguage(known) === undefined ? undefined : known
}
