/** A repository as a teacher has it: notebooks in folders, data, and a module that they import. */
import { randomBytes } from 'node:crypto'
import type { Cleanup } from '../../test/helpers/cleanup.ts'
import { startGitHost } from '../../test/helpers/git/git-host.ts'
import { type Change, makeRepositories } from '../../test/helpers/git/repositories.ts'

export interface Size {
  notebooks: number
  /** Of data, in ten files for each hundred. */
  megabytes: number
}

/** The notebook that each measurement opens. */
export const opened = 'week0/n0.ipynb'

const notebooksInFolder = 20

/** Serves repositories of these sizes by HTTP on this machine, and returns their addresses in the same order. */
export async function serveRepositories(cleanup: Cleanup, sizes: Size[]): Promise<string[]> {
  const repositories = await makeRepositories(cleanup)
  for (const [number, size] of sizes.entries()) {
    const repository = await repositories.make(`course${number}`)
    await repository.commit(filesOf(size))
    // As hosts have it. Otherwise all would be compressed anew when it is fetched.
    await repository.git('repack', '-adq', '--window=0')
  }
  const host = await startGitHost(cleanup, { folder: repositories.folder })
  return sizes.map((_, number) => `${host.url}/course${number}.git`)
}

function filesOf({ notebooks, megabytes }: Size): Record<string, Change> {
  const pieces = Math.max(1, Math.round(megabytes / 10))
  const data = Array.from({ length: pieces }, (_, piece) => [
    `data/part${piece}.bin`,
    randomBytes(Math.round((megabytes * 1e6) / pieces)),
  ])
  const lessons = Array.from({ length: notebooks }, (_, lesson) => [
    `week${Math.floor(lesson / notebooksInFolder)}/n${lesson}.ipynb`,
    notebook(`Lesson ${lesson}`),
  ])
  return { ...Object.fromEntries([...data, ...lessons]), 'modules/helper.py': 'def twice(x):\n    return 2 * x\n' }
}

/** Returns a notebook of 20 KB with twenty texts and twenty cells of code. */
function notebook(title: string): string {
  const cells = Array.from({ length: 20 }, (_, cell) => [
    { cell_type: 'markdown', id: `t${cell}`, metadata: {}, source: [`## ${title}, ${cell}\n`, 'A text. '.repeat(80)] },
    {
      ...{ cell_type: 'code', id: `c${cell}`, metadata: {}, source: ['import helper\n', 'helper.twice(21)\n'] },
      ...{ execution_count: null, outputs: [] },
    },
  ]).flat()
  const kernelspec = { name: 'python3', display_name: 'Python 3' }
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec, nbhosting: { title } }, cells })
}
