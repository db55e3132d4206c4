import assert from 'node:assert/strict'
import { parseUser, resolveUser } from '../../../../spawners/docker/files/image-user.ts'

const passwd = [
  'root:x:0:0:root:/root:/bin/sh',
  'jovyan:x:1000:100:Jovyan:/home/jovyan:/bin/bash',
  '4242:x:7:8::/:/bin/sh',
  '# a comment',
  '',
].join('\n')
const groups = ['root:x:0:', 'users:x:100:jovyan', 'staff:x:50:'].join('\n')

describe('the user of an image', () => {
  for (const [named, uid, gid] of [
    ['', 0, 0],
    ['root', 0, 0],
    ['0', 0, 0],
    ['jovyan', 1000, 100],
    ['1000', 1000, 100],
    ['1000:50', 1000, 50],
    ['jovyan:staff', 1000, 50],
    ['jovyan:7', 1000, 7],
    ['1001', 1001, 0],
    ['1001:1001', 1001, 1001],
    ['jovyan:', 1000, 100],
    ['4242', 7, 8],
    [':staff', 0, 50],
  ] as const) {
    it(`"${named}" is ${uid}:${gid}`, () => {
      assert.deepEqual(resolveUser(parseUser(named), passwd, groups), { uid, gid, drops: false })
    })
  }

  for (const [named, problem] of [
    ['nobody', /names the user nobody/],
    ['jovyan:wheel', /names the group wheel/],
    ['__proto__', /names the user __proto__/],
  ] as const) {
    it(`"${named}" is refused`, () => {
      assert.throws(() => resolveUser(parseUser(named), passwd, groups), { name: 'SpawnError', detail: problem })
    })
  }

  it('is a number also where an image has no names', () => {
    assert.deepEqual(resolveUser(parseUser('1000'), '', ''), { uid: 1000, gid: 0, drops: false })
  })
})
