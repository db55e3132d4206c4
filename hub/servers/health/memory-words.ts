/** What learners are told of programs that needed more memory than they may have. Pure. */

import { amountText } from '../../../courses/amount.ts'
import { kept } from '../../../words/kept.ts'

/** Returns how much a program needed. `memory` is the limit of its run in bytes. */
export function needed(memory: number | undefined): string {
  return memory === undefined
    ? kept`more memory than there is`
    : kept`more than the ${amountText(memory)} of memory of this course`
}

/** What a learner can do. */
export const withLess = kept`Work with less data at once, and shut down kernels that you do not need. If that is not enough, ask your teacher for more memory.`

/** Returns what a learner is told of a program that was ended while the notebook server goes on. */
export function kernelEnded(memory: number | undefined): string {
  return kept`Your notebook needed ${needed(memory)}, so a program in it was ended, most likely a kernel. Its variables are lost; saved files are not. ${withLess}`
}
