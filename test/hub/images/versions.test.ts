import assert from 'node:assert/strict'
import { once } from 'node:events'
import { findContents } from '../../../hub/db/images/contents.ts'
import { lookAtImages } from '../../../hub/images/look.ts'
import { learnVersions, versionsIn } from '../../../hub/images/versions.ts'
import { SpawnError } from '../../../spawners/spawner.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeImages, type FakeImages, fakeId } from '../../helpers/fakes/fake-images.ts'
import { openParts } from '../parts.ts'

const never = new AbortController().signal

describe('the versions that a program in an image prints', () => {
  const rows: [title: string, output: string, versions: Record<string, string>][] = [
    [
      'are told by the names that pages show',
      'os\tDebian GNU/Linux 12\npython\t3.12.1\njupyterlab\t4.4.0\nR\t4.3.1\n',
      { System: 'Debian GNU/Linux 12', Python: '3.12.1', JupyterLab: '4.4.0', R: '4.3.1' },
    ],
    ['are none where it prints nothing', '', {}],
    ['are no others than those', '__proto__\tx\nconstructor\ty\nnumpy\t2.0\npython\n\t1\npython\t \n', {}],
    [
      'are short, and without characters that do something',
      `python\t3\u001b[31m.1\u202e\nR\t${'9'.repeat(200)}`,
      { Python: '3[31m.1', R: '9'.repeat(80) },
    ],
  ]
  for (const [title, output, versions] of rows) {
    it(title, () => assert.deepEqual(versionsIn(output), versions))
  }
})

onEachDatabase('the versions in images', (makeDatabase) => {
  let images: FakeImages
  let parts: Awaited<ReturnType<typeof openParts>>

  beforeEach(async () => {
    images = createFakeImages()
    const courses = {
      demo: { image: 'one' },
      other: { image: 'same' },
      third: { image: 'absent' },
    }
    parts = await openParts(await makeDatabase(), { courses }, images)
    for (const image of ['one', 'same']) images.engines[0]?.set(image, fakeId('a'))
    await lookAtImages(parts.hub, never)
  })
  afterEach(() => parts.stop())

  const learn = () => learnVersions(parts.hub, never)
  const known = async (text: string) => (await findContents(parts.hub.db, [fakeId(text)])).get(fakeId(text))
  /** Returns the images of the errands that begin from now on. */
  const watch = () => {
    const seen: string[] = []
    parts.world.events.on('errand', (id) => seen.push(parts.world.errands.get(id)?.spec.image ?? ''))
    return seen
  }

  it('are learnt once for each digest, by an errand in an image that is there', async () => {
    parts.world.behaviour.errandOutput = 'python\t3.12.1\n'
    const errands = watch()
    await learn()
    await learn()
    assert.deepEqual(errands, ['one'])
    assert.deepEqual(await known('a'), { versions: { Python: '3.12.1' } })
    assert.deepEqual(await parts.hub.db('errands'), [])

    images.engines[0]?.set('one', fakeId('b'))
    await lookAtImages(parts.hub, never)
    parts.world.behaviour.errandOutput = 'python\t3.13.0\n'
    await learn()
    assert.deepEqual(errands, ['one', 'one'])
    assert.deepEqual(await known('b'), { versions: { Python: '3.13.0' } })
    assert.deepEqual(await known('a'), { versions: { Python: '3.12.1' } })
  })

  it('are not those of an image to which the name has moved meanwhile', async () => {
    parts.world.behaviour.errandOutput = 'python\t3.13.0\n'
    let proceed = () => {}
    parts.world.behaviour.midErrand = new Promise<void>((resolve) => (proceed = resolve))
    const begun = once(parts.world.events, 'errand')
    const learning = learn()
    await begun
    images.engines[0]?.set('one', fakeId('b'))
    proceed()
    await learning
    assert.equal(await known('a'), undefined)
  })

  for (const [title, prepare, problem] of [
    [
      'cannot be learnt where no program starts',
      () => {
        parts.world.behaviour.errandError = new SpawnError('It did not start.', { detail: 'no sh in it' })
      },
      /^It did not start\. no sh in it$/,
    ],
    ['cannot be learnt where the program prints none', () => {}, /found none/],
  ] as const) {
    it(`${title}, which is kept, and tried again six hours later only`, async () => {
      prepare()
      const errands = watch()
      await learn()
      assert.match(String((await known('a'))?.problem), problem)
      delete parts.world.behaviour.errandError
      parts.world.behaviour.errandOutput = 'python\t3.12.1\n'
      await learn()
      assert.equal((await known('a'))?.versions, undefined)
      await parts.hub.db('contents').decrement('tried', 6 * 3600_000 + 1000)
      await learn()
      assert.deepEqual(await known('a'), { versions: { Python: '3.12.1' } })
      assert.ok(errands.length > 0)
    })
  }

  it('are left for another time when the hub stops, and no errand stays behind', async () => {
    parts.world.behaviour.midErrand = new Promise(() => undefined)
    const leaving = new AbortController()
    const begun = once(parts.world.events, 'errand')
    const learning = learnVersions(parts.hub, leaving.signal)
    await begun
    leaving.abort(new Error('stopping'))
    await learning
    assert.equal(await known('a'), undefined)
    assert.equal(parts.world.errands.size, 0)
    assert.deepEqual(await parts.hub.db('errands'), [])
  })
})
