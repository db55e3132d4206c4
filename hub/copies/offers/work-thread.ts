/** A thread that reads, compares and merges notebooks of learners, which may be large or made to be slow. */
import { parentPort } from 'node:worker_threads'
import { type WorkKind, type WorkQuestions, workOn } from './answers.ts'

parentPort?.on('message', ([work, question]: [WorkKind, WorkQuestions[WorkKind]]) =>
  parentPort?.postMessage(workOn(work, question as never)),
)
// From now on the thread answers.
parentPort?.postMessage('begun')
