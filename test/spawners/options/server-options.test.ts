import assert from 'node:assert/strict'
import { optionProblems } from '../../../config/said-settings.ts'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import { type DockerOptionsInput, dockerOptions } from '../../../spawners/docker/options.ts'
import { serverSettings } from '../../../spawners/docker/server-options.ts'
import { processSpawner } from '../../../spawners/process/process.ts'
import type { SpawnerPlugin } from '../../../spawners/spawner.ts'

/** Tests of what all spawners share here, by the options of one of them. */
describe('the options of one server', () => {
  const problems = (given: Record<string, unknown>, own: DockerOptionsInput = {}) =>
    dockerSpawner(own)
      .serverOptions?.problems(given)
      .map(({ path, message }) => `${path.join('.')}: ${message}`)

  it('are each in place of the spawner’s own as a whole', () => {
    const own = dockerOptions.parse({ labels: { team: 'x', site: 'y' }, pidsLimit: 9, capabilities: ['CHOWN'] })
    assert.deepEqual(serverSettings(own, { labels: { team: 'z' }, capabilities: [] }), {
      ...own,
      labels: { team: 'z' },
      capabilities: [],
    })
    assert.equal(serverSettings(own, {}), own)
    assert.equal(serverSettings(own, undefined), own)
  })

  it('have programs beside a server only where its spawner has such programs', () => {
    for (const name of ['afterStart', 'beforeStop', 'initContainers', 'sidecars', 'lifecycle']) {
      const told = (plugin: SpawnerPlugin) => optionProblems(plugin, { [name]: ['date'] }).map(({ message }) => message)
      const [message = ''] = told(processSpawner())
      assert.match(message, /^is no option for single servers; the process spawner takes here: secretEnv$/)
      assert.match(String(processSpawner({ [name]: ['date'] } as object).refusal), /is not a setting here/)
      const atDocker = told(dockerSpawner())
      if (/Start|Stop/.test(name)) assert.deepEqual(atDocker, [])
      else assert.match(atDocker[0] ?? '', /^is no option for single servers; the docker spawner takes here: /)
    }
  })

  it('are told what is wrong with them, with the place of each problem', () => {
    assert.deepEqual(problems({ internet: false, labels: { team: 'x' } }), [])
    for (const [given, expected] of [
      [{ internt: false }, [/^internt: is not a setting here; did you mean "internet"\?$/]],
      [{ network: 'desks' }, [/^network: is an option of the whole spawner, and the same for all servers$/]],
      [
        { host: 'tcp://127.0.0.1:1', port: 9000 },
        [/^host: is an option of the whole/, /^port: is an option of the whole/],
      ],
      [{ internet: 'no' }, [/^internet: Invalid input: expected boolean/]],
      [
        { mounts: [{ source: '/data', path: '/srv', writable: true }] },
        [/^mounts\.0\.writable: is not a setting here/],
      ],
      [{ labels: { 'carrel.run': '1' } }, [/^labels\.carrel\.run: labels that start with carrel\. are Carrel's own$/]],
      [{ pull: 'nevr' }, [/^pull: must be one of .*did you mean "never"\?$/]],
      [{ constructor: 1 }, [/^constructor: is not a setting here/]],
      [JSON.parse('{ "__proto__": { "internet": false } }'), [/^__proto__: is not a setting here/]],
    ] as const) {
      const found = problems(given)
      assert.equal(found?.length, expected.length, String(found))
      for (const [at, pattern] of expected.entries()) assert.match(found?.[at] ?? '', pattern)
    }
  })

  it('are judged together with the spawner’s own', () => {
    assert.match(String(problems({ internet: false }, { network: 'desks' })), /the one that network names is as you/)
  })

  it('that do not fit the spawner any more end the start for good, and name no value', () => {
    const own = dockerOptions.parse({ network: 'desks' })
    assert.throws(() => serverSettings(own, { internet: false }), { name: 'SpawnError', lasts: true })
    assert.throws(
      () => serverSettings(own, { registryAuth: { password: 'sesame' } }),
      (error: Error) => {
        assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /sesame/)
        return true
      },
    )
  })
})
