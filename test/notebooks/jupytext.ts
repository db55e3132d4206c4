/** The real Jupytext, which answers what it makes of a text. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Context } from 'mocha'
import { jupyterFolder } from '../../spawners/process/jupyter/environment.ts'
import { requirePart } from '../helpers/require.ts'
import { missingJupyter } from '../helpers/setup.ts'
import type { GeneratedCell } from './generated.ts'
import { jupytextEnvironment } from './jupytext-environment.ts'

export type PlainCell = [kind: string, source: string]

export interface Jupytext {
  /** Returns the cells of a text; undefined if Jupytext cannot read it. */
  read(text: string, extension: string): Promise<PlainCell[] | undefined>
  write(cells: GeneratedCell[], format: string): Promise<string | undefined>
  /** Returns the text after it was opened and saved in JupyterLab. */
  save(text: string, extension: string): Promise<string | undefined>
  /** Returns the cells of an ipynb that nbformat finds valid. */
  validate(text: string): Promise<PlainCell[] | undefined>
  end(): void
}

/** Starts Jupytext; skips the suite where it is missing. */
export async function startJupytext(test: Context): Promise<Jupytext> {
  requirePart(test, 'jupyter', missingJupyter())
  const environment = await jupytextEnvironment().catch((error: Error) => error)
  if (environment instanceof Error) requirePart(test, 'jupyter', `no Jupytext: ${environment.message}`)
  const program = join(jupyterFolder(), 'bin', 'python')
  const child = spawn(program, [join(import.meta.dirname, 'oracle.py')], {
    env: { ...process.env, ...(environment as Record<string, string>) },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ask = asker(child)
  return {
    read: async (text, format) => (await ask({ act: 'read', text, format })) as PlainCell[] | undefined,
    write: async (cells, format) => {
      const plain = cells.map(({ kind, source, metadata }) => [kind, source, metadata])
      return (await ask({ act: 'write', cells: plain, format })) as string | undefined
    },
    save: async (text, format) => (await ask({ act: 'save', text, format })) as string | undefined,
    validate: async (text) => (await ask({ act: 'validate', text })) as PlainCell[] | undefined,
    end: () => void child.stdin?.end(),
  }
}

function asker({ stdin, stdout }: ChildProcess): (question: object) => Promise<unknown> {
  if (stdin === null || stdout === null) throw new Error('the child has no pipes')
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]()
  return async (question) => {
    stdin.write(`${JSON.stringify(question)}\n`)
    const { done, value } = await answers.next()
    if (done === true) throw new Error('Jupytext has ended')
    return JSON.parse(value).answer
  }
}
