/** What learners are told of programs that needed more memory than they may have. Pure. */

/** Returns how much a program needed. `memory` is the limit of its run in bytes. */
export function needed(memory: number | undefined): string {
  return memory === undefined
    ? 'more memory than there is'
    : `more than the ${memoryText(memory)} of memory of this course`
}

/** What a learner can do. */
export const withLess =
  'Work with less data at once, and shut down kernels that you do not need. If that is not enough, ask your teacher for more memory.'

/** Returns what a learner is told of a program that was ended while the notebook server goes on. */
export function kernelEnded(memory: number | undefined): string {
  return `Your notebook needed ${needed(memory)}, so a program in it was ended, most likely a kernel. Its variables are lost; saved files are not. ${withLess}`
}

/** Returns an amount of memory as `512 MB` or `1.5 GB`, in powers of 1024 as config files have them. */
function memoryText(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MB` : `${Number((bytes / 2 ** 30).toFixed(1))} GB`
}
