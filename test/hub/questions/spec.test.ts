import assert from 'node:assert/strict'
import { courseSchema } from '../../../courses/course.ts'
import { madeOfCourse } from '../../../hub/made-of/made-of.ts'
import { serverSpec } from '../../../hub/servers/server-spec.ts'
import { hubUrl, secrets } from '../../helpers/test-hub.ts'

const digest = 'd'.repeat(64)

describe('answers in the spec of a server', () => {
  const text = '{token} {port} {prefix} /srv/data:/srv/data/x $(HOME)'
  const answers = { word: { text }, data: { text: 'a.csv', file: { digest, bytes: 3 } } }
  const questions = {
    word: { kind: 'text', env: 'WORD' },
    data: { kind: 'file', path: '/srv/data', env: 'DATA' },
  }
  const program = { command: ['serve', '{port}'], prefix: 'kept' }
  const specOf = (more: object) => {
    const course = { ...courseSchema.parse({ image: 'x', questions, ...more }), name: 'ml', slug: 'ml', id: 'ml' }
    return serverSpec({
      ...{ server: 'a', run: 1, user: 'ann', path: '/user/ann/ml/', listen: { port: 1234 }, key: secrets.keys.all[0] },
      madeOf: madeOfCourse({ hubUrl, internalUrl: undefined }, course, { answers }),
      folderOf: () => '/run/bundle',
    })
  }

  for (const more of [{}, { program, env: { MINE: '{port}' } }]) {
    it(`have nothing replaced in them, in Jupyter and in web programs: ${JSON.stringify(more)}`, () => {
      const { env, bundles, command } = specOf(more)
      assert.equal(env.WORD, text)
      assert.equal(env.DATA, '/run/bundle/a.csv')
      assert.equal(env.MINE, 'env' in more ? '1234' : undefined)
      assert.deepEqual(bundles, [{ digest, path: '/srv/data', into: 'read-only' }])
      assert.ok(!command.join(' ').includes('/srv/data'))
    })
  }

  it('make another spec, and none of their own where there are none', () => {
    const { hash, env } = specOf({})
    assert.equal(env.WORD, text)
    assert.notEqual(hash, specOf({ questions: { word: questions.word } }).hash)
  })
})
