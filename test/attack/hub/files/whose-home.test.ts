import { removeUsers } from '../../../../hub/access/removal.ts'
import { setUserState } from '../../../../hub/db/users.ts'
import { accountOf } from '../../../../hub/homes/account.ts'
import { lookForHomes } from '../../../../hub/homes/lost.ts'
import { removeDueHomes } from '../../../../hub/homes/removal.ts'
import { requestServer } from '../../../../hub/servers/request.ts'
import { stopServer } from '../../../../hub/servers/stop.ts'
import { createSweep } from '../../../../hub/servers/sweep.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { until } from '../../../helpers/until.ts'
import { type HomeParts, openHomeParts } from '../../../hub/homes/home-parts.ts'
import { attacks } from '../../table.ts'

onEachDatabase('attack: a user who wants the files of another, or to lose them', (makeDatabase) => {
  let parts: HomeParts

  beforeEach(async () => {
    parts = await openHomeParts(await makeDatabase(), { per: 'user' })
  })
  afterEach(() => parts.stop())

  const used = async (name: string, subject = name) => {
    const user = await parts.makePerson(name, subject)
    const server = await parts.open(user)
    await parts.close(server)
    return { user, home: server.home ?? '' }
  }

  const remove = async (id: string) => {
    await parts.hub.db.transaction((trx) => setUserState(trx, id, 'deleting'))
    await removeUsers(parts.hub)
  }

  attacks([
    {
      rule: 'homes',
      name: 'takes the name of an account that was removed',
      async attempt() {
        const ann = await used('ann', 'provider-1')
        await remove(ann.user.id)
        const other = await used('ann', 'provider-2')
        return { same: other.home === ann.home, left: parts.world.homes.has(ann.home) }
      },
      expected: { same: false, left: true },
    },
    {
      rule: 'homes',
      name: 'has the subject of another in another spelling, or one that is as long',
      async attempt() {
        const long = 'x'.repeat(300)
        const subjects = ['a', 'A', 'a:b', 'a%3Ab', 'a/b', '../a', 'a\n', 'é', 'e\u0301', long, `${long}y`, '%sha256-0']
        const accounts = ['lms', 'oidc'].flatMap((authenticator) =>
          subjects.map((subject) => accountOf({ authenticator, subject })),
        )
        const isPlain = accounts.every((account) => /^[\x21-\x7e]{1,240}$/.test(account) && !account.includes('/'))
        return { different: new Set(accounts).size === 2 * subjects.length, isPlain }
      },
      expected: { different: true, isPlain: true },
    },
    {
      rule: 'homes',
      name: 'opens one home in two courses and twenty tabs at once, and stops and opens again',
      async attempt() {
        const user = await parts.makePerson()
        const click = (index: number) =>
          requestServer(parts.hub, user, index % 2 === 0 ? parts.demo : parts.third).catch(() => undefined)
        for (let round = 0; round < 3; round += 1) {
          const [server] = (await Promise.all(Array.from({ length: 20 }, (_, index) => click(index)))).filter(Boolean)
          await until(() => parts.world.objects.size === 1)
          if (server !== undefined) await stopServer(parts.hub, server)
        }
        return { homes: parts.world.homes.size, clashes: parts.world.clashes }
      },
      expected: { homes: 1, clashes: [] },
    },
    {
      rule: 'homes',
      name: 'is removed, and the sweeps go over what is left',
      async attempt() {
        const { user, home } = await used('ann')
        await remove(user.id)
        const sweep = createSweep(parts.hub)
        for (let round = 0; round < 3; round += 1) {
          await sweep()
          await lookForHomes(parts.hub)
          await removeDueHomes(parts.hub)
        }
        return parts.world.homes.has(home)
      },
      expected: true,
    },
    {
      rule: 'homes',
      name: 'opens a home that was found without its row, under the same name',
      async attempt() {
        const { home } = await used('ann', 'provider-1')
        await parts.hub.db('servers').delete()
        await parts.hub.db('homes').delete()
        await parts.hub.db('users').delete()
        await lookForHomes(parts.hub)
        return (await used('ann', 'provider-2')).home === home
      },
      expected: false,
    },
  ])
})
