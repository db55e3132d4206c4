import assert from 'node:assert/strict'
import { contain } from '../../net/boundary.ts'

describe('the boundary of a connection', () => {
  const contained = async (step: () => unknown) => {
    const said: string[] = []
    contain({ error: ({ err }: { err: Error }) => said.push(err.message) }, { destroy: () => said.push('cut') }, step)
    await new Promise(setImmediate)
    return said
  }
  const broken = () => {
    throw new Error('broken')
  }

  it('cuts the connection, and says why in the log, when a step throws', async () => {
    assert.deepEqual(await contained(broken), ['cut', 'broken'])
  })

  it('cuts the connection when a step fails later', async () => {
    assert.deepEqual(await contained(() => new Promise((resolve) => setImmediate(resolve)).then(broken)), [
      'cut',
      'broken',
    ])
  })

  it('does nothing when a step goes well', async () => {
    assert.deepEqual(await contained(async () => 'done'), [])
  })
})
