import assert from 'node:assert/strict'
import type { Finding } from '../../doctor/finding.ts'
import { docker, dockerMissing, loadedImage, removeNetworks } from '../helpers/engines/docker.ts'
import { testInstallation } from '../helpers/engines/started.ts'
import { requirePart } from '../helpers/require.ts'
import { until } from '../helpers/until.ts'
import { makeBed, openPortsBut } from './world.ts'

describe('carrel doctor tries limits on a Docker Engine', function () {
  this.timeout(300_000)
  const installation = testInstallation()
  let image: string

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    // Has a shell, and no Python.
    image = await loadedImage('tiny')
  })

  after(() => removeNetworks([`carrel.installation=${installation}`]))

  const filters = { label: [`carrel.installation=${installation}`] }
  /** Runs the doctor, and returns what it says of limits, by the name of the check. */
  const findings = async (spawner: string, courses: string, more = '') => {
    const bed = await makeBed()
    try {
      await bed.config(`
        import { temporary } from 'carrel/authenticators/temporary'
        import { defineConfig } from 'carrel/config'
        import { dockerSpawner } from 'carrel/spawners/docker'
        ${more}
        export default defineConfig({
          installation: '${installation}',
          spawner: ${spawner},
          authenticators: [temporary()],
          courses: { ${courses} },
        })`)
      const report = await bed.begin(openPortsBut()).report
      assert.deepEqual(await docker.listContainers({ all: true, filters }), [], 'no server is left')
      assert.deepEqual((await docker.listVolumes({ filters })).Volumes ?? [], [], 'no home is left')
      const found = report.findings.map(({ check, ...rest }): [string, Omit<Finding, 'check'>] => [check, rest])
      return { byCheck: new Map(found), errors: report.errors }
    } finally {
      await bed.clear()
    }
  }

  /**
   * Runs the doctor until it could try the limits of cores. A machine that is busy gives a server without a limit as
   * little as one with a limit, and then the doctor rightly says that it knows only what the kernel says, or nothing.
   */
  const findingsOfAll = (...args: Parameters<typeof findings>) =>
    until(async () => {
      const found = await findings(...args)
      const untried = [...found.byCheck].filter(
        ([check, { verdict, message }]) =>
          check.startsWith('cores of') && (verdict === 'unknown' || message.includes('had no more than that to give')),
      )
      return untried.length === 0 ? found : undefined
    }, 'a machine that has cores to give')

  it('once for each kind of servers, with no more than a shell, and says what holds', async () => {
    const { byCheck, errors } = await findingsOfAll(
      `dockerSpawner({
        pull: 'never', pidsLimit: 200, openFiles: 512, internet: false,
        homes: { driver: 'local', options: { type: 'tmpfs', device: 'tmpfs', o: 'size={size},mode=1777' } },
      })`,
      `
        one: { image: '${image}', limits: { memory: '64M', cpu: 0.1 } },
        two: { image: '${image}', limits: { memory: '64M', cpu: 0.1 } },
        three: {
          image: '${image}', limits: { memory: '96M' }, home: { path: '/home/jovyan/work', size: '10M' },
          rules: [{ when: { role: 'staff' }, limits: { memory: '64M', cpu: 0.1 } }],
        }`,
    )
    const one = 'one (1 more alike: two)'
    const said = [
      `memory of ${one}`,
      `cores of ${one}`,
      `processes of ${one}`,
      `open files of ${one}`,
      `disk of ${one}`,
      'memory of three',
      'cores of three',
      'home of three',
      'cores of three as a rule or a choice has it (2)',
    ].map((check) => `${check}: ${byCheck.get(check)?.verdict}, ${byCheck.get(check)?.message}`)
    const wanted = [
      /ok, enforced, 64 MB: a program that took more was ended$/,
      /ok, enforced, 0\.1: a server that wanted more got 0\.[012]$/,
      /ok, enforced, 200: one more was refused$/,
      /ok, enforced, 512 for each process: more were refused$/,
      /ok, no limit is said: a server can fill the disk of its machine\. Set the option disk/,
      /ok, enforced, 96 MB: a program that took more was ended$/,
      /ok, no limit is said \(limits\.cpu\): a server may take all \d+ cores/,
      /ok, enforced, 10 MB: more was refused after \d+ MB$/,
      /ok, enforced, 0\.1: /,
    ]
    for (const [index, pattern] of wanted.entries()) assert.match(said[index] ?? '', pattern, errors)
    assert.equal([...byCheck.keys()].filter((check) => check.startsWith('memory of')).length, 3)
  })

  it('and says what does not hold, with the remedy', async () => {
    const { byCheck } = await findingsOfAll(
      `without(dockerSpawner({ pull: 'never', homes: { driver: 'local' } }))`,
      `demo: { image: '${image}', limits: { memory: '48M', cpu: 0.01 }, home: { path: '/home/jovyan/work', size: '8M' } }`,
      `
        // Starts servers without the limits that they should have.
        function without(plugin: ReturnType<typeof dockerSpawner>) {
          return {
            ...plugin,
            async open(context: never) {
              const spawner = await plugin.open(context)
              return { ...spawner, start: (spec: never, how: never) => spawner.start({ ...(spec as object), limits: {} } as never, how) }
            },
          }
        }`,
    )
    const problem = (check: string, pattern: RegExp) => {
      assert.equal(byCheck.get(check)?.verdict, 'problem', check)
      assert.match(byCheck.get(check)?.message ?? '', pattern)
    }
    problem('memory of demo', /^not enforced: a server took 60 MB where 48 MB are said\. The engine's kernel/)
    problem('cores of demo', /^not enforced: a server took \d\.\d cores where 0\.01 are said\. .*docker info/)
    problem('home of demo', /^not enforced: (9|10) MB were written where 8 MB are said\. Give homes a storage/)
  })

  it('and says of an image that it cannot start that nothing is known', async () => {
    const { byCheck } = await findings(
      `dockerSpawner({ pull: 'never' })`,
      `demo: { image: 'carrel.test/nothing-of-this-name:1', limits: { memory: '64M' } }`,
    )
    const finding = byCheck.get('limits of demo')
    assert.equal(finding?.verdict, 'unknown')
    assert.match(finding?.message ?? '', /^no server could try them: The image of this course is not there/)
  })
})
