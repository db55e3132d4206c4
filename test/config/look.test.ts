import assert from 'node:assert/strict'
import { oidc } from '../../authenticators/oidc.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { type ConfigInput, configSchema } from '../../config/config.ts'
import { lookAt, warningTexts } from '../../config/look.ts'
import type { CheckContext, Look, SpawnerPlugin } from '../../spawners/spawner.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'
import { createFakeBuilds, fakeBuilds } from '../helpers/fakes/fake-builds.ts'

describe('the look at a config', () => {
  const urls = { hubUrl: 'https://hub.example.org', serversUrl: 'https://nb.example.org' }
  const { signal } = new AbortController()
  const campus = oidc({ name: 'campus', issuer: 'https://id.example.org', clientId: 'carrel' })

  function spawnerThat(check: (context: CheckContext) => Promise<Look[]>): SpawnerPlugin {
    return { ...quickSpawner(), check }
  }
  const configOf = (changes: Partial<ConfigInput>) =>
    configSchema.parse({
      ...{ spawner: quickSpawner(), authenticators: [temporary()] },
      ...{ courses: { Demo: { image: 'demo:1', start: 'a.ipynb', share: true } }, ...changes },
    })

  const broken: Look = { course: 'Demo', verdict: 'problem', message: 'its folder is gone. Bring it back.' }

  it('tells a start what the file and this machine tell, and asks no others', async () => {
    const asked: CheckContext[] = []
    const spawner = spawnerThat(async (context) => {
      asked.push(context)
      return [broken, { verdict: 'ok', message: 'fine' }, { verdict: 'unknown', message: 'not known' }]
    })
    const never = { ...campus, check: () => assert.fail('the provider was asked') }
    const found = await warningTexts(configOf({ spawner, authenticators: [never] }), urls, signal)
    assert.equal(found.length, 2)
    assert.match(found[0] ?? '', /^courses\.Demo\.share: sharing needs a host for each server/)
    assert.equal(found[1], 'course Demo: its folder is gone. Bring it back.')
    assert.equal(asked[0]?.ask, false)
    const program = { command: ['jupyter-lab'], env: {} }
    assert.deepEqual(asked[0]?.courses, [{ name: 'Demo', image: 'demo:1', start: 'a.ipynb', ...program }])
  })

  it('looks at a course of an image that the hub builds, but not at that image', async () => {
    const asked: CheckContext[] = []
    const spawner = spawnerThat(async (context) => {
      asked.push(context)
      return []
    })
    const { builder } = fakeBuilds(createFakeBuilds())
    const builds = { images: { python: { git: 'https://git.example.org/python' } }, builder }
    const courses = { Demo: { image: '@python', options: { mounts: ['/data'] } } }
    await warningTexts(configOf({ spawner, courses, builds }), urls, signal)
    const own = { start: undefined, command: ['jupyter-lab'], env: {}, options: { mounts: ['/data'] } }
    assert.deepEqual(asked[0]?.courses, [{ name: 'Demo', ...own }])
  })

  it('looks at a course as each of its users has it, and tells once what is so for several', async () => {
    const asked: CheckContext[] = []
    const spawner = spawnerThat(async (context) => {
      asked.push(context)
      return context.courses.map(({ name, options }) => ({
        course: name,
        verdict: 'problem',
        message: options?.node === 'gone' ? 'there is no such node.' : 'its image is gone.',
      }))
    })
    const rules = [
      { when: { role: 'temporary' as const }, options: { node: 'gone' } },
      { when: {}, gpu: true },
    ]
    const courses = { Demo: { image: 'demo:1', options: { mounts: ['/data'] }, rules }, Other: { image: 'x' } }
    const found = await warningTexts(configOf({ spawner, courses }), urls, signal)
    assert.deepEqual(
      asked[0]?.courses.map(({ name, options }) => [name, options]),
      [
        ['Demo', { mounts: ['/data'] }],
        ['Demo', { mounts: ['/data'], node: 'gone' }],
        ['Other', undefined],
      ],
    )
    assert.deepEqual(found, [
      'course Demo: its image is gone.',
      'course Demo: there is no such node.',
      'course Other: its image is gone.',
    ])
  })

  it('finds a file with the database’s password that is not there, or empty', async () => {
    const courses = { Demo: { image: 'x' } }
    const of = (passwordFile: string) =>
      configOf({ courses, database: { url: 'postgres://ann@db/carrel', passwordFile } })
    const [missing = ''] = await warningTexts(of('/nowhere/password'), urls, signal)
    assert.match(missing, /^database: database\.passwordFile: ENOENT.* Put the database's password there/)
    assert.match((await warningTexts(of('/dev/null'), urls, signal))[0] ?? '', /\/dev\/null is empty\. Put/)
    assert.deepEqual(await warningTexts(of(import.meta.filename), urls, signal), [])
    const [found] = await lookAt(of('/nowhere/password'), urls, signal)
    assert.deepEqual([found?.check, found?.verdict], ['database', 'problem'])
  })

  it('tells all of it to who asks, with the answers of engine and providers', async () => {
    const spawner = spawnerThat(async ({ ask }) => [broken, { verdict: ask ? 'ok' : 'unknown', message: 'it answers' }])
    const authenticators = [
      { ...campus, check: async () => 'it does not answer. Wake it up.' },
      temporary({ behind: { ...campus, name: 'gate', check: async () => undefined } }),
    ]
    const found = await lookAt(configOf({ spawner, authenticators, courses: { Demo: { image: 'x' } } }), urls, signal)
    assert.deepEqual(found, [
      { check: 'course Demo', verdict: 'problem', message: broken.message },
      { check: 'spawner quick', verdict: 'ok', message: 'it answers' },
      { check: 'sign-in campus', verdict: 'problem', message: 'it does not answer. Wake it up.' },
      { check: 'sign-in gate', verdict: 'ok', message: 'answers' },
    ])
  })

  it('takes what plug-ins cannot tell for unknown: they throw, or have no such method', async () => {
    const courses = { Demo: { image: 'x' } }
    const spawner = spawnerThat(() => Promise.reject(new Error('the engine sleeps')))
    const authenticators = [{ ...campus, check: () => Promise.reject(new Error('no network')) }]
    const found = await lookAt(configOf({ spawner, authenticators, courses }), urls, signal)
    assert.deepEqual(
      found.map(({ check, verdict }) => [check, verdict]),
      [
        ['spawner quick', 'unknown'],
        ['sign-in campus', 'unknown'],
      ],
    )
    assert.match(found.map(({ message }) => message).join(), /the engine sleeps.*no network/)
    const without = await lookAt(configOf({ courses }), urls, signal)
    assert.deepEqual(
      without.map(({ verdict }) => verdict),
      ['unknown'],
    )
    assert.deepEqual(await warningTexts(configOf({ courses }), urls, signal), [])
  })

  it('ends with its signal, also when a plug-in takes no notice of that', async () => {
    const interrupted = new AbortController()
    const spawner = spawnerThat(() => {
      interrupted.abort(new Error('interrupted'))
      return new Promise(() => {})
    })
    await assert.rejects(lookAt(configOf({ spawner }), urls, interrupted.signal), /interrupted/)
  })
})
