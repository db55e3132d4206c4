import assert from 'node:assert/strict'
import { createRouteTable, lastUseOf, laterActivity, type RouteTable } from '../../../proxy/routes/route-table.ts'
import { accessOf } from '../world.ts'

describe('the route table', () => {
  const target = 'http://127.0.0.1:1'
  const tableOf = (...paths: string[]) => {
    const table = createRouteTable({ now: () => 0 })
    for (const one of paths) table.put({ path: one, target })
    return table
  }
  const finds: [string, string | undefined][] = [
    ['/', '/'],
    ['/x', '/'],
    ['/user/ann', '/user/ann/'],
    ['/user/ann/', '/user/ann/'],
    ['/user/ann/x/y/z', '/user/ann/'],
    ['/user/ann//demo/', '/user/ann/'],
    ['/user/ann/demo', '/user/ann/demo/'],
    ['/user/ann/demo/x', '/user/ann/demo/'],
    ['/user/ann/demolition', '/user/ann/'],
    ['/user/annie', '/'],
    ['/user', '/'],
    ['', '/'],
  ]
  for (const [path, expected] of finds) {
    it(`finds ${expected} for "${path}"`, () => {
      assert.equal(tableOf('/', '/user/ann/', '/user/ann/demo/').find(path)?.route.path, expected)
    })
  }

  it('finds no route where none fits, also for very long paths', () => {
    const table = tableOf('/user/ann/')
    assert.equal(table.find('/user/bob/x'), undefined)
    assert.equal(table.find('/'.repeat(30_000)), undefined)
    assert.equal(table.find(`/user/ann/${'a/'.repeat(30_000)}`)?.route.path, '/user/ann/')
  })

  it('keeps the routes below a removed route', () => {
    const table = tableOf('/user/ann/', '/user/ann/demo/')
    table.remove('/user/ann/')
    assert.equal(table.find('/user/ann/demo/x')?.route.path, '/user/ann/demo/')
    assert.equal(table.find('/user/ann/x'), undefined)
  })

  it('knows the last use beside the last activity, until there is another use', () => {
    let clock = 1
    const table = createRouteTable({ now: () => clock })
    table.put({ path: '/user/ann/', target })
    const entry = table.get('/user/ann/')
    assert.ok(entry)
    const seen = () => [entry.lastActivity, lastUseOf(entry)]
    clock = 5
    table.noteActivity(entry, true)
    assert.deepEqual(seen(), [5, 1])
    clock = 7
    table.noteActivity(entry, true)
    assert.deepEqual(seen(), [7, 1])
    table.noteActivity(entry)
    assert.deepEqual([seen(), entry.lastUse], [[7, 7], undefined])
    const [polled, used] = [{ lastActivity: 9, lastUse: 3 }, { lastActivity: 5 }]
    assert.deepEqual(laterActivity(polled, used), { lastActivity: 9, lastUse: 5 })
    assert.deepEqual(laterActivity(used, { lastActivity: 4, lastUse: 2 }), { lastActivity: 5, lastUse: undefined })
  })

  describe('notes activity by an entry that a write has replaced', () => {
    const path = '/user/ann/demo/'
    const routeOfRun = (run: number, revision: number) => ({ path, target, revision, access: accessOf({ run }) })
    const writes: [string, (table: RouteTable) => void, number][] = [
      ['a write of the same run', (table) => table.put(routeOfRun(1, 2)), 7],
      [
        'the owner’s write of the same run',
        (table) => table.follow(path, { route: routeOfRun(1, 2), lastActivity: 1 }),
        7,
      ],
      ['a write of the next run', (table) => table.put(routeOfRun(2, 2)), 5],
      ['a write of another address', (table) => table.put({ ...routeOfRun(1, 2), target: `${target}2` }), 5],
      ['the end of the route', (table) => table.remove(path, 2), Number.NaN],
    ]
    for (const [what, write, expected] of writes) {
      it(`after ${what}: ${Number.isNaN(expected) ? 'nowhere' : expected === 7 ? 'at the new one' : 'not at the new one'}`, () => {
        let clock = 1
        const table = createRouteTable({ now: () => clock })
        table.put(routeOfRun(1, 1))
        const old = table.get(path)
        assert.ok(old)
        clock = 5
        write(table)
        clock = 7
        table.noteActivity(old)
        assert.deepEqual(table.get(path)?.lastActivity ?? Number.NaN, expected)
      })
    }
  })
})
