/** What can be asked of notebooks, here or in a thread. */
import { cellsShown, type ShownCells } from './cells.ts'
import { type Comparison, compareNotebooks, type MergedBytes, mergedNotebook, type ThreeNotebooks } from './compare.ts'

export interface WorkQuestions {
  cells: { path: string; bytes: Uint8Array }
  compare: ThreeNotebooks
  merge: ThreeNotebooks
}

export interface WorkAnswers {
  cells: ShownCells
  compare: Comparison
  merge: MergedBytes
}

export type WorkKind = keyof WorkQuestions

const works: { [W in WorkKind]: (question: WorkQuestions[W]) => WorkAnswers[W] } = {
  cells: ({ path, bytes }) => cellsShown(path, bytes),
  compare: compareNotebooks,
  merge: mergedNotebook,
}

export function workOn<W extends WorkKind>(work: W, question: WorkQuestions[W]): WorkAnswers[W] {
  return works[work](question)
}
