/** The languages that Jupytext knows as those of cells, and how their comments begin. */

const comments: Readonly<Record<string, string>> = {
  python: '#',
  coconut: '#',
  R: '#',
  julia: '#',
  'c++': '//',
  scheme: ';;',
  clojure: ';;',
  bash: '#',
  powershell: '#',
  q: '/',
  matlab: '%',
  'wolfram language': '(*',
  idl: ';',
  javascript: '//',
  typescript: '//',
  scala: '//',
  rust: '//',
  robotframework: '#',
  csharp: '//',
  fsharp: '//',
  sos: '#',
  java: '//',
  groovy: '//',
  sage: '#',
  ocaml: '(*',
  haskell: '--',
  tcl: '#',
  maxima: '/*',
  gnuplot: '#',
  stata: '//',
  sas: '/*',
  jenner: '/*',
  xonsh: '#',
  logtalk: '%',
  lua: '--',
  go: '//',
}

const others =
  'sh python2 python3 js perl html latex markdown pypy ruby script svg octave spark sql cython c# f# cs fs'.split(' ')

const all = new Set([...Object.keys(comments), ...others])
const allInEitherCase = new Set([...all].flatMap((name) => [name, name.toUpperCase()]))
const allLowered = new Set([...all].map((name) => name.toLowerCase()))

export function commentOf(language: string): string | undefined {
  return Object.hasOwn(comments, language) ? comments[language] : undefined
}

/** Tells whether a name behind three backticks makes a cell of code; `Python` does not, `python` and `PYTHON` do. */
export function isFenceLanguage(name: string): boolean {
  return allInEitherCase.has(name)
}

export function isLanguage(name: string): boolean {
  return allLowered.has(name.toLowerCase())
}

/** Tells whether a cell in this language of a notebook in another one begins with a magic `%%name`. */
export function isMagicLanguage(name: string): boolean {
  return all.has(name)
}

export function usualLanguage(name: string): string {
  const lower = name.toLowerCase()
  if (lower === 'r') return 'R'
  if (lower.startsWith('c++')) return 'c++'
  const usual: Record<string, string> = { octave: 'matlab', cs: 'csharp', 'c#': 'csharp', fs: 'fsharp', 'f#': 'fsharp' }
  return Object.hasOwn(usual, lower) ? (usual[lower] ?? lower) : lower
}
