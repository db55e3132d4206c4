import assert from 'node:assert/strict'
import { password } from '../../../authenticators/password.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

describe('JupyterHub’s form, posted to /hub/login', () => {
  const shared = 'four plain short words'
  let hub: TestHub
  afterEach(() => hub.stop())
  const post = (path: string, typed = shared) => hub.browser().submit(path, { username: 'ann', password: typed })

  it('signs in where one way in has a form', async () => {
    hub = await startTestHub({ config: { authenticators: [temporary(), password({ shared })] } })
    const { status, headers } = await post('/hub/login?next=%2Fhub%2Ftoken')
    assert.deepEqual([status, headers.location], [303, '/hub/token'])
    assert.equal((await post('/hub/login')).headers.location, '/hub/home')
    assert.equal((await post('/hub/login', 'wrong')).status, 403)
    assert.equal((await post('/hub/login?next=https%3A%2F%2Fevil.example')).headers.location, '/hub/home')
  })

  it('does nothing where several have one', async () => {
    hub = await startTestHub({ config: { authenticators: [people, password({ shared })] } })
    assert.equal((await post('/hub/login')).status, 404)
  })
})
