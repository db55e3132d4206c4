import assert from 'node:assert/strict'
import { createRouteTable } from '../../../proxy/routes/route-table.ts'

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
})
