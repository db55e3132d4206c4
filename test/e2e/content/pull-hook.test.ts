import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectDir, startCarrel } from '../../helpers/carrel.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { notebook, openContentWorld } from '../../hub/content/content-world.ts'

describe('a push to a private repository, with hub and proxy as they are started', () => {
  const cleanup = cleanupAfterEach()

  it('is fetched at once when its host calls, through the proxy, and no secret is in any log', async () => {
    const account = { user: 'x-access-token', token: 'glpat-0123456789-secret' }
    const { course, repositories, url } = await openContentWorld(cleanup, { account })
    await course.commit({ 'a.ipynb': notebook('One') })
    const carrel = await startCarrel({
      config: `
        import { defineConfig } from 'carrel/config'
        import { processSpawner } from 'carrel/spawners/process'
        import { temporary } from 'carrel/authenticators/temporary'
        export default defineConfig({
          spawner: processSpawner(),
          authenticators: [temporary()],
          git: { hosts: ['127.0.0.1'] },
          courses: { demo: { image: '${repositories.folder}', content: { git: '${url}', pullMinutes: false } } },
        })`,
    })
    cleanup.defer(() => carrel.stop())
    const ask = async (...args: string[]) => {
      const all = ['bin/carrel.js', 'course', ...args, '--json', '--data', join(carrel.dataDir, 'data')]
      return JSON.parse((await promisify(execFile)(process.execPath, all, { cwd: projectDir })).stdout)
    }
    const file = join(carrel.dataDir, 'token')
    await writeFile(file, `${account.token}\n`)
    assert.equal((await ask('key', 'demo', '--token-file', file)).key.kind, 'token')
    const { address, secret } = await ask('hook', 'demo', '--new')
    const commit = await course.commit({ 'b.ipynb': notebook('Two') })
    const call = (body: string) =>
      fetch(address, {
        method: 'POST',
        headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` },
        body,
      })
    assert.equal((await call(JSON.stringify({ commits: 'x'.repeat(1_000_000) }))).status, 202)
    await until(async () => (await carrel.query<{ commit: string }>('select * from brought'))[0]?.commit === commit)
    assert.equal((await call('x'.repeat(2 ** 20 + 1))).status, 413)
    const random = new URL(address).pathname.split('/').at(-1) ?? ''
    for (const one of [random, secret, account.token]) assert.ok(!carrel.output().includes(one))
  })
})
