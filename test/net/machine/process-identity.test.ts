import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { identifyProcess, isAlive, parseIdentity, printIdentity } from '../../../net/machine/process-identity.ts'
import { until } from '../../helpers/until.ts'

const stat = (name: string, state: string) => `77 (${name}) ${state} 1 77 77 0 -1 4194304 ${'0 '.repeat(12)}4711 1 2 3`

describe('the identity of a process', () => {
  it('equals what the shell printed, also after the shell has become another program', async () => {
    const child = spawn('/bin/sh', ['-c', `{ ${printIdentity}; }; exec sleep 100 > /dev/null`])
    const printed = await text(child.stdout)
    const identity = await identifyProcess(child.pid ?? 0)
    assert.ok(identity)
    const { ended, ...parsed } = parseIdentity(printed) ?? assert.fail('it cannot be read')
    assert.deepEqual(parsed, identity)
    assert.equal(ended, false)
    assert.ok(await isAlive(identity))
    assert.ok(!(await isAlive({ ...identity, born: 'in another life' })))
    child.kill()
    await once(child, 'exit')
    assert.ok(!(await isAlive(identity)))
    assert.equal(await identifyProcess(identity.pid), undefined)
  })

  it('ends with the process, even when the parent does not notice', async () => {
    // `sleep` never waits for its child, which stays a zombie.
    const parent = spawn('/bin/sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 100 > /dev/null'])
    const pid = Number(await text(parent.stdout))
    await until(async () => (await identifyProcess(pid)) === undefined)
    process.kill(pid, 0)
    parent.kill()
  })

  const texts: [what: string, printed: string, expected: ReturnType<typeof parseIdentity>][] = [
    ['Linux', `77\nboot\n${stat('sh', 'S')}\n`, { pid: 77, born: 'boot 4711', ended: false }],
    [
      'a name with spaces and parentheses',
      `77\nboot\n${stat('a) Z 1 (b', 'R')}`,
      { pid: 77, born: 'boot 4711', ended: false },
    ],
    ['a zombie', `77\nboot\n${stat('sh', 'Z')}`, { pid: 77, born: 'boot 4711', ended: true }],
    ['macOS', '77\nSs   Sat Nov 21 14:00:00 2026\n', { pid: 77, born: 'Sat Nov 21 14:00:00 2026', ended: false }],
    ['a pid alone', '77\n', undefined],
    ['a run that may not start', 'stopped', undefined],
    ['half a line', '77\nboot\n77 (sh) S 1', undefined],
    ['the first process', `1\nboot\n${stat('init', 'S')}`, undefined],
    ['nothing', '', undefined],
  ]
  for (const [what, printed, expected] of texts) {
    it(`is read from: ${what}`, () => assert.deepEqual(parseIdentity(printed), expected))
  }
})
