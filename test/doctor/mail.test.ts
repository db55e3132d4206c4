import assert from 'node:assert/strict'
import { temporary } from '../../authenticators/temporary.ts'
import { configSchema } from '../../config/config.ts'
import { checkMail } from '../../doctor/mail.ts'
import { cleanupAfterEach } from '../helpers/cleanup.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'
import { startMailServer } from '../helpers/mail-server.ts'

describe('carrel doctor, about mail', () => {
  const cleanup = cleanupAfterEach()
  const account = { name: 'courses', password: 'right' }
  const { signal } = new AbortController()

  const look = (url: string | undefined) => {
    const config = configSchema.parse({
      ...{ spawner: quickSpawner(), authenticators: [temporary()], courses: { demo: { image: 'x' } } },
      ...(url !== undefined && { mail: { from: 'courses@example.org', url } }),
    })
    return checkMail({ config, signal })
  }

  it('signs in, and sends nothing', async () => {
    const server = await startMailServer(cleanup, { account })
    assert.deepEqual(
      (await look(server.url)).map(({ check, verdict }) => [check, verdict]),
      [['mail', 'ok']],
    )
    assert.equal(server.commands.includes('AUTH'), true)
    assert.equal(
      server.commands.some((command) => command.startsWith('MAIL')),
      false,
    )
  })

  it('says why the server cannot be used, and never the password', async () => {
    const server = await startMailServer(cleanup, { account })
    const [refused] = await look(server.url.replace('right', 'a-wrong-one'))
    assert.equal(refused?.verdict, 'problem')
    assert.match(refused.message, /535 5\.7\.8 wrong name or password\. Correct mail\.url/)
    assert.doesNotMatch(refused.message, /a-wrong-one/)
    const [down] = await look('smtp://127.0.0.1:1')
    assert.match(down?.message ?? '', /ECONNREFUSED/)
  })

  it('says nothing where there is no mail', async () => {
    assert.deepEqual(await look(undefined), [])
  })
})
