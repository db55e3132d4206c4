import assert from 'node:assert/strict'
import { memoryIn } from '../../../spawners/docker/memory-use.ts'

const first = { inactive_file: 1, active_file: 1, total_inactive_file: 30, total_active_file: 20 }

describe('the memory of a container', () => {
  const cases: [title: string, told: object | undefined, expected: number | undefined][] = [
    [
      'is told by the second version of control groups',
      { usage: 100, stats: { inactive_file: 30, active_file: 20 } },
      50,
    ],
    ['is told by the first one', { usage: 100, stats: first }, 50],
    ['is told without a part about files', { usage: 100 }, 100],
    ['is never below nothing', { usage: 10, stats: { inactive_file: 30 } }, 0],
    ['is not known of one that has ended', {}, undefined],
    ['is not known of one that is not there', undefined, undefined],
  ]
  for (const [title, told, expected] of cases) it(title, () => assert.equal(memoryIn(told as never), expected))
})
