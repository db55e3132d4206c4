/** What can be asked of notebooks, here or in a thread. */
import { withReadOnlyTextIn } from '../../../notebooks/read-only-text.ts'
import { isChangedCopy, type TwoNotebooks } from '../changed-copy.ts'
import { cellsShown, type ShownCells } from './cells.ts'
import { type Comparison, compareNotebooks, type MergedBytes, mergedNotebook, type ThreeNotebooks } from './compare.ts'

export interface WorkQuestions {
  cells: { path: string; bytes: Uint8Array }
  changed: TwoNotebooks
  compare: ThreeNotebooks
  merge: ThreeNotebooks
  readOnlyText: { path: string; bytes: Uint8Array }
}

export interface WorkAnswers {
  cells: ShownCells
  changed: boolean
  compare: Comparison
  merge: MergedBytes
  readOnlyText: Uint8Array
}

export type WorkKind = keyof WorkQuestions

const works: { [W in WorkKind]: (question: WorkQuestions[W]) => WorkAnswers[W] } = {
  cells: ({ path, bytes }) => cellsShown(path, bytes),
  changed: isChangedCopy,
  compare: compareNotebooks,
  merge: mergedNotebook,
  readOnlyText: ({ path, bytes }) => withReadOnlyTextIn(path, bytes),
}

export function workOn<W extends WorkKind>(work: W, question: WorkQuestions[W]): WorkAnswers[W] {
  return works[work](question)
}
