/**
 * The contract suite of images: it tests the promises of `spawners/images.ts` for any spawner, against the real thing and
 * a registry. The test of a spawner with images calls `describeImages`, with the registry of `image-registry.ts` for a real engine.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Context } from 'mocha'
import type { BringProgress, FoundImage, Images } from '../../spawners/images.ts'
import type { Installation, Listen, ServerSpec, Spawner } from '../../spawners/spawner.ts'
import { noBundle } from '../helpers/no-bundle.ts'

/** The place in which the suite runs. */
export interface ImagesWorld extends ImageRegistry {
  /** Opens another spawner for the installation, as another hub would. The suite closes it. */
  open(installation: Installation): Promise<Spawner>
  /** How many places there are. */
  places: number
  /** The server options with which a server may run at every place. Default: none. */
  options?: Record<string, unknown>[]
  /** Returns the command of a program of the images that works until it is asked to end. */
  working(listen: Listen): string[]
  /** Removes these images from all places, without the spawner. One that is not there is no error. */
  forget(images: string[]): Promise<void>
  close?(): Promise<void>
}

/** A registry that the places can reach. */
export interface ImageRegistry {
  /** Puts a new image under a name, in place of the one that it had, and returns the name. Default: a name of its own. */
  publish(name?: string): Promise<string>
  /** Takes the image of a name away from the registry. */
  withdraw(name: string): Promise<void>
  /** A name that the registry does not know. */
  unknown: string
  /** From now on, new images come only half, until `release` is called. `reached` resolves at the half. */
  hold(): { reached: Promise<unknown>; release(): void }
  /** How often the registry was asked. */
  asked(): number
}

/** Defines the suite. `setUp` makes the world, or skips (`requirePart(test, …)`) when its parts are missing. */
export function describeImages(name: string, setUp: (test: Context) => Promise<ImagesWorld>): void {
  describe(`${name} keeps the contract of images`, function () {
    this.timeout(300_000)

    const installation: Installation = { name: 'carrel-test', id: randomBytes(8).toString('hex') }
    const never = new AbortController().signal
    const opened: Spawner[] = []
    const published: string[] = []
    const held: { release(): void }[] = []
    let world: ImagesWorld
    let spawner: Spawner

    before(async function () {
      world = await setUp(this)
      spawner = await open()
    })

    afterEach(async () => {
      for (const gate of held.splice(0)) gate.release()
      if (spawner === undefined) return
      await Promise.all((await spawner.list()).map((key) => spawner.stop(key, undefined, { graceSeconds: 0 })))
      await world.forget(published.splice(0))
    })

    after(async () => {
      for (const one of opened) await one.close?.()
      await world?.close?.()
    })

    it('finds nothing of an image that no place has, and says what to do', async () => {
      const image = await publish()
      const [found] = await find([image])
      assert.deepEqual(found?.places, { having: 0, all: world.places })
      assert.equal(found?.id, undefined)
      assert.match(String(found?.problem), /\w+ \w+/)
    })

    it('brings an image to every place, and finds it there from then on', async () => {
      const image = await publish()
      const [brought] = await bring([image])
      assert.deepEqual(brought?.places, { having: world.places, all: world.places })
      assert.match(String(brought?.id), /^sha256:[0-9a-f]{64}$/)
      assert.equal(brought?.problem, undefined)
      assert.deepEqual(await find([image]), [brought])
    })

    it('asks no registry to find', async () => {
      const images = [await publish(), await publish(), world.unknown]
      await bring(images.slice(0, 1))
      const before = world.asked()
      await find(images)
      assert.equal(world.asked(), before)
    })

    it('answers in the order of the question, and to no question with nothing', async () => {
      const images = [world.unknown, await publish(), await publish()]
      for (const act of [find, bring]) {
        assert.deepEqual(
          (await act(images)).map(({ image }) => image),
          images,
        )
        assert.deepEqual(await act([]), [])
      }
    })

    it('reports how far each image is', async () => {
      const images = [await publish(), await publish()]
      const seen: BringProgress[] = []
      await bring(images, { report: (progress) => seen.push(progress) })
      for (const image of images) {
        const own = seen.filter((progress) => progress.image === image)
        assert.deepEqual(own.at(-1)?.places, { having: world.places, all: world.places }, JSON.stringify(own))
        const counts = own.map(({ places }) => places.having)
        assert.deepEqual(counts, rising(counts))
        const percents = own.flatMap(({ percent }) => (percent === undefined ? [] : [percent]))
        assert.deepEqual(percents, rising(percents))
        assert.ok(percents.every((percent) => percent >= 0 && percent <= 100))
      }
      assert.ok(seen.every(({ image }) => images.includes(image)))
    })

    it('brings the other images when one fails, and says why it failed', async () => {
      const image = await publish()
      const [failed, came] = await bring([world.unknown, image])
      assert.deepEqual(failed?.places, { having: 0, all: world.places })
      assert.equal(failed?.id, undefined)
      assert.match(String(failed?.problem), /\w+ \w+/)
      assert.deepEqual(came?.places, { having: world.places, all: world.places })
      assert.equal(came?.problem, undefined)
    })

    it('takes what is no name of an image for an image that is missing', async () => {
      const image = await publish()
      const wrong = ['', 'a b', '../../etc/passwd', '--help', 'x;reboot', 'UPPER/case:1', `${image}?all=1`]
      for (const act of [find, bring]) {
        const found = await act([...wrong, image])
        for (const { problem, places, id } of found.slice(0, -1)) {
          assert.match(String(problem), /\w+ \w+/)
          assert.equal(places.having, 0)
          assert.equal(id, undefined)
        }
        assert.equal(found.length, wrong.length + 1)
      }
      assert.equal((await find([image]))[0]?.problem, undefined)
    })

    it('brings an image that several ask for at once, by one hub and by two', async () => {
      const image = await publish()
      const other = await open()
      const answers = await Promise.all([bring([image]), bring([image]), bring([image], {}, other)])
      const ids = answers.map(([found]) => {
        assert.deepEqual(found?.places, { having: world.places, all: world.places }, found?.problem)
        return found?.id
      })
      assert.equal(new Set(ids).size, 1)
    })

    it('gives up when it is told to, and brings the image when it is asked again', async () => {
      const image = await publish()
      const gate = hold()
      const leaving = new AbortController()
      const bringing = bring([image], { signal: leaving.signal })
      await Promise.race([gate.reached, bringing])
      const reason = new Error('no longer wanted')
      leaving.abort(reason)
      await assert.rejects(bringing, reason)
      assert.equal((await find([image]))[0]?.places.having, 0)
      gate.release()
      assert.equal((await bring([image]))[0]?.places.having, world.places)
      await assert.rejects(bring([image], { signal: leaving.signal }), reason)
      await assert.rejects(imagesOf(spawner).find(uses([image]), { signal: leaving.signal }), reason)
    })

    it('keeps the image of a name that has moved until it is told to bring the new one', async () => {
      const image = await publish()
      const [first] = await bring([image])
      await publish(image)
      assert.deepEqual(await find([image]), [first])
      const [second] = await bring([image])
      assert.deepEqual(second?.places, { having: world.places, all: world.places })
      assert.notEqual(second?.id, first?.id)
      assert.deepEqual(await find([image]), [second])
      assert.deepEqual(await bring([image]), [second])
    })

    it('keeps the image of a name that the registry has lost, and says that it is not fresh', async () => {
      const image = await publish()
      const [first] = await bring([image])
      await world.withdraw(image)
      const [second] = await bring([image])
      assert.deepEqual(second?.places, first?.places)
      assert.equal(second?.id, first?.id)
      assert.match(String(second?.problem), /\w+ \w+/)
      assert.deepEqual(await find([image]), [first])
    })

    it('says of a server that starts the same id as of its image', async () => {
      const image = await publish()
      const [found] = await bring([image])
      const key = { server: randomBytes(8).toString('hex'), run: 1 }
      const spec: ServerSpec = {
        ...{ ...key, hash: `hash-${key.server}`, image, command: world.working(spawner.listen(key)) },
        ...{ course: 'demo', user: 'ann', env: {}, limits: {}, gpu: false, bundles: [] },
      }
      const context = { signal: never, report: () => undefined, record: async () => undefined, bundle: noBundle }
      assert.equal((await spawner.start(spec, context)).image, found?.id)
      assert.equal((await spawner.start(spec, context)).image, found?.id, 'adopted')
    })

    async function open(): Promise<Spawner> {
      const one = await world.open(installation)
      opened.push(one)
      return one
    }

    async function publish(name?: string): Promise<string> {
      const image = await world.publish(name)
      if (!published.includes(image)) published.push(image)
      return image
    }

    function hold() {
      const gate = world.hold()
      held.push(gate)
      return gate
    }

    const uses = (images: string[]) =>
      images.map((image) => ({ image, uses: (world.options ?? []).map((options) => ({ options, gpu: false })) }))

    function find(images: string[]): Promise<FoundImage[]> {
      return imagesOf(spawner).find(uses(images), { signal: never })
    }

    function bring(images: string[], options: Partial<Parameters<Images['bring']>[1]> = {}, by = spawner) {
      return imagesOf(by).bring(uses(images), { signal: never, report: () => undefined, ...options })
    }
  })
}

function imagesOf({ images }: Spawner): Images {
  assert.ok(images)
  return images
}

function rising(numbers: number[]): number[] {
  return [...numbers].sort((a, b) => a - b)
}
