import assert from 'node:assert/strict'
import type { Authenticator } from '../../authenticators/authenticator.ts'
import { lms } from '../../authenticators/lms.ts'
import { oidc } from '../../authenticators/oidc.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { configSchema } from '../../config/config.ts'
import { dockerSpawner } from '../../spawners/docker/docker.ts'
import { kubernetesSpawner } from '../../spawners/kubernetes/kubernetes.ts'
import { processSpawner } from '../../spawners/process/process.ts'
import type { SpawnerPlugin } from '../../spawners/spawner.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'

describe('a plug-in that refuses its options', () => {
  const wrong = { nonsense: true } as never
  const spawners: SpawnerPlugin[] = [dockerSpawner(wrong), kubernetesSpawner(wrong), processSpawner(wrong)]
  const authenticators: Authenticator[] = [oidc(wrong), lms(wrong), temporary(wrong)]
  const fine = { spawner: quickSpawner(), authenticators: [temporary()], courses: { demo: { image: 'x' } } }

  for (const plugin of spawners) {
    it(`opens nothing: ${plugin.name}`, async () => {
      const context = { installation: { name: 'a', id: 'b' }, dataDir: '', hubUrl: '', serversUrl: '', warn: () => {} }
      await assert.rejects(plugin.open(context), (error) => error === plugin.refusal)
    })
  }

  for (const one of authenticators) {
    it(`lets nobody in: ${one.kind}`, async () => {
      const isRefusal = (error: unknown) => error === one.refusal
      assert.ok(one.refusal instanceof Error)
      if (one.kind === 'temporary') assert.throws(() => one.create(), isRefusal)
      if (one.kind === 'redirect') {
        await assert.rejects(one.begin('https://hub.example.org/callback'), isRefusal)
        await assert.rejects(one.finish(new URL('https://hub.example.org/callback'), {}), isRefusal)
      }
      if (one.kind === 'launch') {
        const page = 'https://lms.example.org'
        const request = { course: 'demo', learner: 'ann', referrer: page, ancestors: [page] }
        assert.equal(one.identify(request), undefined)
      }
    })
  }

  it('makes every config with it invalid, wherever it stands', () => {
    assert.ok(configSchema.safeParse(fine).success)
    for (const spawner of spawners) assert.ok(!configSchema.safeParse({ ...fine, spawner }).success)
    for (const one of [...authenticators, temporary({ behind: oidc(wrong) })]) {
      assert.ok(!configSchema.safeParse({ ...fine, authenticators: [temporary(), one] }).success)
    }
  })
})
