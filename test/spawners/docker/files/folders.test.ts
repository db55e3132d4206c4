import assert from 'node:assert/strict'
import { baseOf, encodePart, folderOfHome, folderProblem } from '../../../../spawners/docker/files/folders.ts'
import { folderOfVolume } from '../../../../spawners/docker/files/home-folder.ts'
import { dockerOptions } from '../../../../spawners/docker/options.ts'

const home = { id: 'k3v9x0qp2m7a', account: 'lms:edx/ann', course: 'python' }

describe('the folder of a home', () => {
  for (const [template, base, path] of [
    ['/srv/students/{user}/{course}', '/srv/students', '/srv/students/lms~3aedx~2fann/python'],
    ['/srv/{course}/of-{user}.d/work', '/srv', '/srv/python/of-lms~3aedx~2fann.d/work'],
    ['/srv/homes/{id}', '/srv/homes', '/srv/homes/k3v9x0qp2m7a'],
  ] as const) {
    it(`is made of ${template}`, () => {
      assert.equal(folderProblem(template), undefined)
      const folder = folderOfHome(template, home)
      assert.deepEqual([folder.base, `${folder.base}/${folder.below}`, folder.path], [base, path, path])
      assert.equal(baseOf(template), base)
    })
  }

  for (const [wrong, problem] of [
    ['srv/{id}', /absolute/],
    ['/srv/{id}/', /slash/],
    ['/srv//{id}', /slash/],
    ['/srv/../{id}', /no \.\./],
    ['/srv/./{id}', /no \. and/],
    ['/{id}', /begins with a folder/],
    ['/srv/{user}', /a folder of its own/],
    ['/srv/{course}', /a folder of its own/],
    ['/srv/homes', /a folder of its own/],
    ['/srv/{user}{course}', /at most one placeholder/],
    ['/srv/{user}-{course}', /at most one placeholder/],
    ['/srv/$(id)/{id}', /letters, digits/],
    ['/srv/a b/{id}', /letters, digits/],
    ['/srv/{name}/{id}', /not \{name\}/],
    ['/srv/{__proto__}/{id}', /not \{__proto__\}/],
    ['/srv/{}/{id}', /not \{\}/],
  ] as const) {
    it(`is not made of ${wrong}`, () => assert.match(folderProblem(wrong) ?? '', problem))
  }

  for (const [value, part] of [
    ['ann', 'ann'],
    ['Ann_B-2', 'Ann_B-2'],
    ['', '~'],
    ['~', '~7e'],
    ['.', '~2e'],
    ['..', '~2e.'],
    ['../../etc', '~2e.~2f..~2fetc'],
    ['a.b', 'a.b'],
    ['.ssh', '~2essh'],
    ['a\0b', 'a~00b'],
    ['a\nb', 'a~0ab'],
    ['-rf', '-rf'],
    ['Zoë', 'Zo~c3~ab'],
    ['{id}', '~7bid~7d'],
  ] as const) {
    it(`has ${JSON.stringify(value)} as ${part}`, () => assert.equal(encodePart(value), part))
  }

  it('is short enough for a file system, and another one for another long value', () => {
    const [one, other] = ['a', 'b'].map((end) => encodePart(`${'ä'.repeat(300)}${end}`))
    assert.ok(one !== undefined && one.length <= 160 && one !== other)
    assert.match(one, /~~[0-9a-f]{32}$/)
  })

  it('is the same for no two values of odd bytes', () => {
    const signs = ['', '~', '.', '/', 'a', 'A', '~2', '7e', '\u0000', 'é', '%']
    const values = new Set(signs.flatMap((a) => signs.flatMap((b) => signs.map((c) => a + b + c))))
    const parts = new Set([...values].map(encodePart))
    assert.equal(parts.size, values.size)
    for (const part of parts) assert.match(part, /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/)
  })

  const shown = (device: string, folder = '/srv/students/{user}/{course}') => {
    const options = dockerOptions.parse({ homes: { folder } })
    const Labels = { 'carrel.home': home.id, 'carrel.account': home.account, 'carrel.course': home.course }
    return folderOfVolume({ options }, { Options: { type: 'none', o: 'bind', device }, Labels })
  }

  it('is that of its volume, also when the template is another by now', () => {
    const path = '/srv/students/lms~3aedx~2fann/python'
    assert.deepEqual(shown(path), { base: '/srv/students', below: 'lms~3aedx~2fann/python', path })
    assert.deepEqual(shown(path, '/data/{id}'), { base: '/srv/students/lms~3aedx~2fann', below: 'python', path })
    assert.equal(folderOfVolume({ options: dockerOptions.parse({}) }, { Options: null, Labels: {} }), undefined)
  })

  for (const device of [
    '/srv/students',
    '/srv',
    '/',
    '/srv/students/',
    '/srv/students/..',
    '/srv/../etc',
    '/data/.',
    '',
  ]) {
    it(`is never ${device || 'nothing'}, which a removal would empty for all`, () => {
      assert.throws(() => shown(device), /no folder of one home/)
    })
  }
})
