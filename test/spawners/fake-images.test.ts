import { once } from 'node:events'
import { createFakeServers, quickSpawner } from '../helpers/fake-spawners.ts'
import { createFakeImages, fakeId } from '../helpers/fakes/fake-images.ts'
import { describeImages } from './contract-images.ts'

describeImages('a fake spawner', async () => {
  const images = createFakeImages(2)
  const servers = createFakeServers({}, images)
  let count = 0
  const name = (path: string) => `registry.test/course/${path}`
  return {
    open: (installation) =>
      quickSpawner(servers).open({ installation, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined }),
    places: images.engines.length,
    async publish(known) {
      const image = known ?? name(`image:${++count}`)
      images.registry.set(image, fakeId(`version ${++count}`))
      return image
    },
    withdraw: async (image) => void images.registry.delete(image),
    unknown: name('none:1'),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      images.midway = promise
      return { reached: once(servers.events, 'bringing-image'), release: resolve }
    },
    asked: () => images.asked,
    working: () => ['true'],
    async forget(names) {
      for (const engine of images.engines) for (const image of names) engine.delete(image)
    },
    close: () => servers.close(),
  }
})
