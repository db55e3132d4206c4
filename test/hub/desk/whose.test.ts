import assert from 'node:assert/strict'
import { writeDeskSeat } from '../../../seats/desk.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import { type HttpBrowser, hubUrl, redeem, secrets } from '../../helpers/test-hub.ts'
import { openAsGuest, openSchool, type School, share } from '../access/guests/school.ts'

onSqlite('the line above the notebook of another user', (makeDatabase) => {
  let school: School
  afterEach(async () => school?.hub.stop())

  /** Enters ann's server as a guest. Returns where that leads, and the seat. */
  const enter = async (guest: HttpBrowser) => {
    const { launch } = await openAsGuest(guest, school.server.path)
    const { ticket } = (await guest.post(`/hub/launches/${launch}/ticket`)).json()
    return (await redeem(school.hub, ticket)).json()
  }
  /** Asks as a proxy does for this seat. */
  const whose = async (seat: Parameters<typeof writeDeskSeat>[0], question: object = {}) => {
    const answer = await school.hub.browser().fetch('/hub/api/desk/whose', {
      method: 'POST',
      headers: {
        authorization: `token ${secrets.proxyToken}`,
        'content-type': 'application/json',
        'x-carrel-seat': writeDeskSeat(seat),
      },
      body: JSON.stringify(question),
    })
    return [answer.status, answer.json()]
  }

  it('says to a guest whose it is, and leads back to where the guest came from', async () => {
    school = await openSchool(await makeDatabase())
    const { as, ann, server } = school
    const { to, seat } = await enter(await as('grace'))
    assert.match(to, /^\/user\/ann\/demo\/_carrel\/desk\/lab\/workspaces\//)
    const told = { server: server.id, run: 1, user: seat.user, seat: seat.id }
    assert.deepEqual(await whose(told), [200, { owner: 'ann', back: `${hubUrl}/hub/course/demo` }])
    assert.equal((await whose(told, { more: 1 }))[0], 400)
    await share(ann, 'user', 'carl')
    const { seat: carls } = await enter(await as('carl'))
    const answer = await whose({ ...told, user: carls.user, seat: carls.id })
    assert.deepEqual(answer, [200, { owner: 'ann', back: `${hubUrl}/hub/home` }])
  })

  it('says nothing to one who is no guest, or no more, and nothing to the owner', async () => {
    school = await openSchool(await makeDatabase())
    const { hub, as, ann, server, userId } = school
    const { seat } = await enter(await as('grace'))
    const told = { server: server.id, run: 1, user: seat.user, seat: seat.id }
    const own = (await redeem(hub, (await ann.enter('/launch/demo')).ticket)).json().seat
    for (const other of [
      { ...told, user: own.user, seat: own.id },
      { ...told, seat: own.id },
      { ...told, user: await userId('ann') },
      { ...told, seat: 'none' },
    ]) {
      const [status, { error }] = await whose(other)
      assert.deepEqual([status, error], [403, 'seat_ended'])
    }
    assert.equal((await whose({ ...told, run: 2 }))[0], 410)
    await hub.db('guests').delete()
    assert.equal((await whose(told))[0], 403)
  })
})
