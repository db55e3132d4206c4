const comment = /\/\/.*|\/\*[\s\S]*?\*\//y
const quoted = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/y
const expression = /(?<=[(,=:[!&|?{};\n]\s*|return )\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//y

/** Returns the texts of more than one word in a source file, without log messages, `<label>` and names of fields. `…` replaces an expression. */
export function textsIn(code: string): string[] {
  const texts: string[] = []
  const withoutLog = code.replace(/\blog\.\w+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/g, '')
  readCode(withoutLog, 0, texts)
  return texts
    .map((text) => text.replace(/<\/?label\b|<optgroup label=|\baria-label=|\bname="\w+"/g, ''))
    .filter((text) => / /.test(text.trim()))
}

/** Reads code up to its closing brace or its end. Returns that position. */
function readCode(code: string, start: number, texts: string[]): number {
  let depth = 0
  let at = start
  while (at < code.length) {
    const skipped = matchAt(comment, code, at) ?? matchAt(expression, code, at)
    const text = matchAt(quoted, code, at)
    if (skipped !== undefined) at += skipped[0].length
    else if (text !== undefined) {
      texts.push(text[1] ?? text[2] ?? '')
      at += text[0].length
    } else if (code[at] === '`') at = readTemplate(code, at + 1, texts)
    else {
      if (code[at] === '{') depth += 1
      if (code[at] === '}') depth -= 1
      if (depth < 0) return at
      at += 1
    }
  }
  return at
}

/** Reads a template up to its end. Returns the position after it. */
function readTemplate(code: string, start: number, texts: string[]): number {
  let text = ''
  let at = start
  while (at < code.length && code[at] !== '`') {
    if (code.startsWith('${', at)) {
      text += '…'
      at = readCode(code, at + 2, texts) + 1
    } else {
      const length = code[at] === '\\' ? 2 : 1
      text += code.slice(at, at + length)
      at += length
    }
  }
  texts.push(text)
  return at + 1
}

function matchAt(pattern: RegExp, code: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(code) ?? undefined
}
