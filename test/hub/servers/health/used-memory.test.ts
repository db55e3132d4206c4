import assert from 'node:assert/strict'
import { pino } from 'pino'
import { createUsedMemory } from '../../../../hub/servers/health/used-memory.ts'
import type { ServerKey, Spawner } from '../../../../spawners/spawner.ts'

const run = (server: string): ServerKey => ({ server, run: 1 })

describe('the memory of servers, as people are told', () => {
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const of = (memoryOf: Spawner['memoryOf'], patience = 60_000) =>
    createUsedMemory({ memoryOf } as Spawner, log, patience)

  it('is asked for once for all who want it at a moment, and not again soon', async () => {
    const asked: string[][] = []
    const usedMemory = of(async (runs) => {
      asked.push(runs.map(({ server }) => server))
      return runs.map(({ server }) => (server === 'unknown' ? undefined : server.length))
    })
    const names = ['a', 'bb', 'a', 'unknown']
    assert.deepEqual(await Promise.all(names.map((name) => usedMemory(run(name)))), [1, 2, 1, undefined])
    assert.deepEqual([await usedMemory(run('a')), await usedMemory(run('unknown'))], [1, undefined])
    assert.equal(await usedMemory({ server: 'a', run: 2 }), 1)
    assert.deepEqual(asked, [['a', 'bb', 'unknown'], ['a']])
  })

  it('is one question at a time for a thousand desks', async () => {
    let [calls, underWay, most] = [0, 0, 0]
    const usedMemory = of(async (runs) => {
      calls += 1
      underWay += 1
      most = Math.max(most, underWay)
      await new Promise(setImmediate)
      underWay -= 1
      return runs.map(() => 7)
    })
    const all = Array.from({ length: 1000 }, (_, index) => usedMemory(run(`s${index}`)))
    assert.deepEqual([...new Set(await Promise.all(all))], [7])
    assert.deepEqual([calls, most], [1, 1])
  })

  it('keeps no answer waiting for a slow engine, and has its figure later', async () => {
    const figure = Promise.withResolvers<number[]>()
    const usedMemory = of(() => figure.promise, 1)
    assert.equal(await usedMemory(run('a')), undefined)
    figure.resolve([5])
    await figure.promise
    assert.equal(await usedMemory(run('a')), 5)
  })

  it('is not known where the engine fails, or where the spawner cannot tell', async () => {
    const failing = of(() => Promise.reject(new Error('the engine is away')))
    assert.equal(await failing(run('a')), undefined)
    assert.match(lines.join(), /the engine is away/)
    assert.equal(await createUsedMemory({} as Spawner, log)(run('a')), undefined)
  })
})
