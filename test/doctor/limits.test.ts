import assert from 'node:assert/strict'
import { temporary } from '../../authenticators/temporary.ts'
import { type ConfigInput, configSchema } from '../../config/config.ts'
import { judgeLimits } from '../../doctor/limits.ts'
import { dockerSpawner } from '../../spawners/docker/docker.ts'
import { processSpawner } from '../../spawners/process/process.ts'

const GiB = 2 ** 30
type Input = Partial<ConfigInput> & { memory?: string; memoryGuarantee?: string }

function parse({ memory, memoryGuarantee, ...more }: Input = {}) {
  return configSchema.parse({
    spawner: dockerSpawner(),
    authenticators: [temporary()],
    courses: { demo: { image: 'demo', limits: { memory, memoryGuarantee } } },
    ...more,
  })
}

describe('limits that are not set', () => {
  const cases: [string, Input, number | undefined, number | undefined][] = [
    ['are 200 servers of 2 GiB', {}, 200, 2 * GiB],
    ['never go below what is guaranteed', { memoryGuarantee: '4G' }, 200, 4 * GiB],
    ['are replaced by those that are set', { memory: '512M', limits: { servers: 7 } }, 7, GiB / 2],
    ['can be switched off', { memory: 'unlimited', limits: { servers: 'unlimited' } }, undefined, undefined],
    ['have no memory where it is not enforced', { spawner: processSpawner() }, 200, undefined],
  ]
  for (const [name, input, servers, memory] of cases) {
    it(name, () => {
      const config = parse(input)
      assert.deepEqual([config.limits.servers, config.courses.demo?.limits.memory], [servers, memory])
    })
  }
})

describe('a memory guarantee that is not set', () => {
  const guaranteed = (input: Input) => parse(input).courses.demo?.limits.memoryGuarantee
  it('is small with the default limit, because Kubernetes would otherwise reserve all of the limit', () => {
    assert.equal(guaranteed({}), GiB / 4)
    assert.equal(guaranteed({ memory: '1G' }), undefined)
    assert.equal(guaranteed({ spawner: processSpawner() }), undefined)
  })
})

describe('the doctor on limits', () => {
  const cases: [string, Input, number | undefined, [string, RegExp][]][] = [
    ['has no problem with the defaults', {}, undefined, [['ok', /at most 200 servers/]]],
    [
      'says how much memory all servers could take',
      {},
      64 * GiB,
      [
        ['ok', /200/],
        ['ok', /would take 400 GiB.*has 64 GiB/],
      ],
    ],
    [
      'finds a problem with limits that are switched off',
      { memory: 'unlimited', limits: { servers: 'unlimited' } },
      64 * GiB,
      [
        ['problem', /limits.servers is 'unlimited'.*Set it/],
        ['problem', /course demo may take all memory.*'2G'/],
      ],
    ],
    [
      'finds a problem with a server that is larger than the machine',
      { memory: '16G', limits: { servers: 1 } },
      8 * GiB,
      [
        ['ok', /at most 1 /],
        ['problem', /may take 16 GiB.*has 8 GiB/],
        ['ok', /would take/],
      ],
    ],
    [
      'looks at what rules give, too',
      {
        memory: '1G',
        limits: { servers: 2 },
        rules: [
          { when: { role: 'temporary' }, limits: { memory: '16G' } },
          { when: {}, limits: { cpu: 1 } },
        ],
      },
      8 * GiB,
      [
        ['ok', /at most 2 /],
        ['problem', /may take 16 GiB.*has 8 GiB.*Lower limits\.memory of its rules or choices,/],
        ['ok', /2 servers of 16 GiB would take/],
      ],
    ],
    [
      'finds a rule that switches the limit off',
      { memory: '1G', rules: [{ when: { role: 'temporary' }, limits: { memory: 'unlimited' } }] },
      8 * GiB,
      [
        ['ok', /200/],
        ['problem', /course demo may take all memory, since limits\.memory of its rules or choices is 'unlimited'/],
      ],
    ],
    ['has no finding about memory for processes', { spawner: processSpawner() }, undefined, [['ok', /200/]]],
  ]
  for (const [name, input, machine, expected] of cases) {
    it(name, () => {
      const found = judgeLimits(parse(input), machine)
      assert.deepEqual(
        found.map(({ verdict }) => verdict),
        expected.map(([verdict]) => verdict),
      )
      for (const [index, [, message]] of expected.entries()) assert.match(found[index]?.message ?? '', message)
    })
  }
})
