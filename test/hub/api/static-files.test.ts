import assert from 'node:assert/strict'
import { archiveOf, bundleOf } from '../../../hub/bundles/archive.ts'
import { putBundle } from '../../../hub/db/bundles/bundles.ts'
import { putStaticFiles } from '../../../hub/db/images/static-files.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

const files = [{ name: 'plain/static/lab/main.efd36b46f3b45eb8.js', executable: false, content: Buffer.from('hello') }]
const other = [{ name: 'secret.txt', executable: false, content: Buffer.from('secret') }]

onEachDatabase('static files at the hub', (makeDatabase) => {
  let hub: TestHub
  const cleanup = cleanupAfterEach()
  const { digest } = bundleOf(files)
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase() })
    cleanup.defer(() => hub.stop())
    for (const some of [files, other]) await putBundle(hub.db, bundleOf(some), await archiveOf(some))
    await putStaticFiles(hub.db, 'sha256:a', { digest, files: 1, bytes: 5 })
  })
  const ask = (what: string, token: string | undefined, method = 'GET') =>
    createHttpBrowser(hub.address).fetch(`/hub/api/static-files/${what}`, {
      method,
      headers: token === undefined ? {} : { authorization: `token ${token}` },
    })

  it('are handed out as an archive with its length', async () => {
    const answer = await ask(digest, secrets.proxyToken)
    assert.equal(answer.status, 200)
    const archive = await archiveOf(files)
    assert.equal(answer.headers['content-length'], String(archive.length))
    assert.equal(answer.text, archive.toString())
  })

  it('are for proxies only, and no other bundle is handed out', async () => {
    for (const token of [undefined, 'wrong', secrets.cullerToken])
      assert.match(String((await ask(digest, token)).status), /^40[134]$/)
    for (const what of [bundleOf(other).digest, '0'.repeat(64), '..%2f..%2fetc', 'x'])
      assert.equal((await ask(what, secrets.proxyToken)).status, 404)
  })
})
