import assert from 'node:assert/strict'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { until } from '../../../helpers/until.ts'
import { first, type Office, openOffice } from './office.ts'

onEachDatabase('the files of an account with a password', (makeDatabase) => {
  let office: Office
  afterEach(() => office.hub.stop())

  it('stay when the account is removed, which its page says first, and no later account of the name has them', async () => {
    const home = { path: '/home/jovyan/work' }
    office = await openOffice(await makeDatabase(), { courses: { demo: { image: 'demo', home } } })
    const { hub, root } = office
    await office.addWithPassword('ann')
    const open = async () => (await office.signIn('ann', first)).browser.enter('/launch/demo')
    await open()
    const old = await hub.db('homes').first('id', 'account')
    const { text } = await root.navigate('/hub/admin/accounts/ann/remove?way=password')
    assert.match(text, /The files that last \(1\) are not among them: they stay, and no later account has them/)
    await root.submit('/hub/admin/accounts/ann/remove', { way: 'password' })
    await until(async () => (await hub.db('users').where({ name: 'ann' })).length === 0)
    assert.deepEqual(await hub.db('homes').select('id', 'account', 'holder', 'remove_at'), [
      { ...old, holder: null, remove_at: null },
    ])

    await office.addWithPassword('ann')
    await open()
    const homes = await hub.db('homes').select('id', 'account')
    assert.equal(new Set(homes.map(({ id }) => id)).size, 2)
    assert.equal(new Set(homes.map(({ account }) => account)).size, 2)
    assert.deepEqual(hub.world.clashes, [])
  })
})
