/** Reads a secret that must not be an argument, since all accounts of a machine see those. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UsageError } from '../options.ts'

const longest = 4096

export interface SecretSource {
  input: NodeJS.ReadableStream & { isTTY?: boolean }
  /** Where the question goes. Never where the answer of the command goes. */
  output: NodeJS.WritableStream
}

/**
 * Returns a password: typed twice at a terminal, where it is not shown, or else the first line of the input. Throws a
 * `UsageError` when none comes.
 */
export async function readNewPassword(name: string, { input, output }: SecretSource): Promise<string> {
  if (input.isTTY !== true) return lineOf(input)
  // The editor writes what is typed to nowhere.
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() })
  const editor = createInterface({ input, output: nowhere, terminal: true })
  const lines = editor[Symbol.asyncIterator]()
  const ask = async (question: string) => {
    output.write(question)
    const { done, value } = await lines.next()
    output.write('\n')
    if (done === true) throw new UsageError('no password was typed. Nothing was changed')
    return value
  }
  try {
    const typed = await ask(`New password of ${name}: `)
    if (typed === (await ask('The same again: '))) return typed
    throw new UsageError('the two passwords differ. Nothing was changed')
  } finally {
    editor.close()
  }
}

async function lineOf(input: NodeJS.ReadableStream): Promise<string> {
  input.setEncoding('utf8')
  let text = ''
  for await (const piece of input) {
    text += piece
    if (text.length > longest) throw new UsageError('the password in the input is too long')
    if (text.includes('\n')) break
  }
  const [line = ''] = text.split(/\r?\n/)
  if (line === '')
    throw new UsageError('there is no password: type it at a terminal, or give it as a line of the input')
  return line
}
