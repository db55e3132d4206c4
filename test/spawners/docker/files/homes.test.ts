import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dockerSpawner } from '../../../../spawners/docker/docker.ts'
import { derivedImage } from '../../../helpers/engines/derived-image.ts'
import { docker, dockerMissing, loadedImage } from '../../../helpers/engines/docker.ts'
import { newSpec, startContext } from '../../../helpers/engines/started.ts'
import { requirePart } from '../../../helpers/require.ts'
import { type Desk, openDesk } from './desk.ts'

const run = promisify(execFile)

/** Starts as root and changes to its user, as the start script of Jupyter's own images does. */
const startScript = `#!/bin/sh
echo "Entered start.sh with args: $*"
[ "$(id -u)" = 0 ] || exec "$@"
exec busybox su -p -c 'exec "$0" "$@"' -- "\${NB_USER:-jovyan}" "$@"
`

describe('homes at a Docker Engine', function () {
  this.timeout(300_000)
  let image: string
  let other: string
  let folder: string
  let desk: Desk | undefined

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('tiny')
    other = await derivedImage('files-of-1234', { changes: ['USER 1234:4321'] })
  })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  })

  afterEach(async () => {
    await desk?.clear()
    desk = undefined
    await rm(folder, { recursive: true })
  })

  it('belong to the user to which an image changes that starts as root, also in errands', async () => {
    const stacks = await derivedImage('files-stacks', {
      files: {
        '/start.sh': startScript,
        '/etc/passwd': 'root:x:0:0::/root:/bin/sh\njovyan:x:1000:100::/:/bin/sh\nother:x:1234:100::/:/bin/sh\n',
      },
      programs: ['/start.sh'],
      changes: ['USER root', 'ENTRYPOINT ["/bin/tini", "-g", "--", "/start.sh"]'],
    })
    desk = await openDesk({ capabilities: ['SETUID', 'SETGID'] })
    const home = await desk.newHome()
    const seen = await desk.served(stacks, 'id -u; pwd; echo mine > note && echo written', { home })
    assert.deepEqual(seen.slice(-3), ['1000', '/home/jovyan/work', 'written'])
    assert.equal(await desk.said(stacks, 'id -u; cat note; echo more >> note', { home }), '1000\nmine\n')
    const env = { NB_USER: 'other' }
    const another = await desk.newHome()
    const written = await desk.served(stacks, 'id -u; echo mine > note && cat note', { home: another, env })
    assert.deepEqual(written.slice(-2), ['1234', 'mine'])
    assert.equal(await desk.said(stacks, 'id -u; cat note', { home: another, env }), '1234\nmine\n')
  })

  it('are writable for the plain root of an image that stays root', async () => {
    const root = await derivedImage('files-as-root', { changes: ['USER root'] })
    desk = await openDesk()
    const home = await desk.newHome()
    assert.deepEqual((await desk.served(root, 'id -u; echo mine > note && cat note', { home })).slice(-2), [
      '0',
      'mine',
    ])
  })

  for (const [title, writable, path] of [
    ['in a folder that may be written', ['/home/jovyan'], '/home/jovyan/work'],
    ['at a folder that may be written', ['/home/jovyan'], '/home/jovyan'],
    ['elsewhere', ['/data'], '/srv/desk/work'],
  ] as const) {
    it(`are writable where all else is read-only: ${title}`, async () => {
      desk = await openDesk({ writable: [...writable] })
      const home = await desk.newHome({ path })
      const script = 'pwd; echo mine > note && cat note; echo x > /www/x || echo refused'
      const seen = (await desk.served(image, script, { home })).filter((line) => !/: can't create/.test(line))
      assert.deepEqual(seen, [path, 'mine', 'refused'])
      assert.equal(await desk.said(other, 'id -u; echo more >> note; cat note', { home }), '1234\nmine\nmore\n')
    })
  }

  it("go to the user of a new image with all their files, and nothing to which a learner's link leads", async () => {
    desk = await openDesk()
    const home = await desk.newHome()
    const root = await derivedImage('files-as-root', { changes: ['USER root'] })
    const make = 'mkdir -p a/b .hidden; echo x > a/b/file; echo y > .hidden/file; echo z > "odd name"; chmod 700 a'
    await desk.served(image, `${make}; ln -s /etc/passwd passwd; ln -s /www away; ln -s nowhere lost; ln -s . self`, {
      home,
    })
    const owners = 'find . | sort | while read -r name; do stat -c "%u:%g %n" "$name"; done'
    const listed = [
      '.',
      './.hidden',
      './.hidden/file',
      './a',
      './a/b',
      './a/b/file',
      './away',
      './lost',
      './odd name',
      './passwd',
      './self',
    ]
    assert.equal(await desk.said(other, owners, { home }), listed.map((name) => `1234:4321 ${name}\n`).join(''))
    const kept = await desk.said(root, 'stat -c %u /etc/passwd /www; readlink away', { home })
    assert.equal(kept, '0\n0\n/www\n')
  })

  it('go on being given to a new user where a killed hub has left off', async () => {
    desk = await openDesk()
    const home = await desk.newHome()
    // Half of the files belong to the new user already, and the folder to the old one: it comes last.
    await desk.said(image, 'mkdir one two; echo x > one/file; echo y > two/file', { home })
    const Mounts = [{ Type: 'volume', Source: `carrel-home-${home.id}`, Target: '/home' }]
    const half = await docker.createContainer({
      ...{ Image: image, User: '0:0', Entrypoint: ['sh', '-c', 'chown -R 1234:4321 /home/one'] },
      HostConfig: { NetworkMode: 'none', Mounts: Mounts as never },
    })
    try {
      await half.start()
      await half.wait()
    } finally {
      await half.remove({ force: true })
    }
    assert.equal(await desk.said(other, 'stat -c %u . one two one/file two/file', { home }), '1234\n'.repeat(5))
  })

  it('are refused with words for the learner when their volume is gone, and none is made in its place', async () => {
    desk = await openDesk()
    const home = await desk.newHome()
    await docker.getVolume(`carrel-home-${home.id}`).remove()
    const start = desk.spawner.start(newSpec(image, ['sleep', '60'], { home }), startContext())
    await assert.rejects(start, { name: 'SpawnError', message: /files of this notebook are not there/, lasts: true })
    const { Volumes } = await docker.listVolumes({ filters: { name: [home.id] } })
    assert.deepEqual(Volumes ?? [], [])
  })

  it('are refused when a volume of their name was made by another hand', async () => {
    desk = await openDesk()
    const home = await desk.newHome()
    await docker.getVolume(`carrel-home-${home.id}`).remove()
    await docker.createVolume({ Name: `carrel-home-${home.id}` })
    try {
      const start = desk.spawner.start(newSpec(image, ['sleep', '60'], { home }), startContext())
      await assert.rejects(start, { name: 'SpawnError', detail: /other labels/ })
      await assert.rejects(desk.homes.remove(home.id, undefined), /labels/)
      await assert.rejects(desk.homes.measure(home.id, undefined, { signal: AbortSignal.timeout(60_000) }), /labels/)
    } finally {
      await docker.getVolume(`carrel-home-${home.id}`).remove()
    }
  })

  it('cannot be removed while a server has them, and keep all their files then', async () => {
    desk = await openDesk()
    const { spawner, homes } = desk
    const home = await desk.newHome()
    const spec = newSpec(image, ['sleep', '60'], { home })
    const { state } = await spawner.start(spec, startContext())
    await assert.rejects(homes.remove(home.id, undefined), /in use by/)
    await spawner.stop(spec, state, { graceSeconds: 0 })
    await homes.remove(home.id, undefined)
    await homes.remove(home.id, undefined)
    assert.deepEqual(await homes.list(), [])
  })

  describe('under a folder of the operator', () => {
    const open = async () => {
      desk = await openDesk({ homes: { folder: `${folder}/{user}/{course}` } })
      return desk
    }

    it('are folders of the user of the image, which outlive servers and are listed by their labels', async () => {
      const { homes, newHome, served, said, spawner } = await open()
      const home = await newHome({ account: '../../etc/ann', course: 'Algèbre 1' })
      assert.deepEqual(await readdir(folder), [])
      await served(image, 'pwd; echo mine > note', { home })
      const path = join(folder, '~2e.~2f..~2fetc~2fann', 'Alg~c3~a8bre~201')
      assert.deepEqual([await readFile(join(path, 'note'), 'utf8'), (await stat(path)).uid], ['mine\n', 1000])
      assert.equal((await stat(join(path, '..'))).uid, 0)
      assert.equal(await said(other, 'cat note; id -u', { home }), 'mine\n1234\n')
      const found = await homes.list()
      assert.deepEqual(
        found.map(({ id, account, course }) => [id, account, course]),
        [[home.id, '../../etc/ann', 'Algèbre 1']],
      )
      assert.equal((await homes.measure(home.id, undefined, { signal: AbortSignal.timeout(60_000) }))?.bytes, 8192)
      assert.deepEqual(await spawner.list(), [])
    })

    it('keep the files that are there already, and the owner of the folders around them', async () => {
      const { newHome, served } = await open()
      await mkdir(join(folder, 'ann', 'demo'), { recursive: true })
      await writeFile(join(folder, 'ann', 'demo', 'old'), 'from before')
      await run('chown', ['777:777', join(folder, 'ann')])
      const home = await newHome({ account: 'ann' })
      assert.deepEqual(await served(image, 'cat old; echo; echo x >> old && echo written', { home }), [
        'from before',
        'written',
      ])
      const around = await stat(join(folder, 'ann'))
      assert.deepEqual([around.uid, around.gid], [777, 777])
    })

    it('go with their files when they are removed, and nothing beside them or behind a link goes with them', async () => {
      const { homes, newHome, served } = await open()
      const [mine, theirs] = [await newHome({ account: 'ann' }), await newHome({ account: 'bob' })]
      await served(image, 'echo theirs > note', { home: theirs })
      await served(image, 'mkdir -p a; echo x > a/file; chmod 500 a; ln -s ../../bob/demo link; ln -s / all', {
        home: mine,
      })
      await homes.remove(mine.id, undefined)
      await homes.remove(mine.id, undefined)
      assert.deepEqual(await readdir(join(folder, 'ann')), [])
      assert.equal(await readFile(join(folder, 'bob', 'demo', 'note'), 'utf8'), 'theirs\n')
      assert.deepEqual(
        (await homes.list()).map(({ id }) => id),
        [theirs.id],
      )
    })

    it('see no other home, also where links lead to one', async () => {
      const { newHome, served } = await open()
      const [mine, theirs] = [await newHome({ account: 'ann' }), await newHome({ account: 'bob' })]
      await served(image, 'echo secret > note', { home: theirs })
      const script = `ln -s ${join(folder, 'bob', 'demo')} link; cat link/note ../../bob/demo/note 2> /dev/null || echo nothing`
      assert.deepEqual(await served(image, script, { home: mine }), ['nothing'])
    })

    it('belong to one home each', async () => {
      const { newHome } = await open()
      await newHome({ account: 'ann' })
      await assert.rejects(newHome({ account: 'ann' }), /belongs to carrel-home-/)
    })

    it('are refused with words for the learner while the folder above is not there', async () => {
      desk = await openDesk({ homes: { folder: `${folder}/none/{id}` } })
      const home = await desk.newHome()
      const start = desk.spawner.start(newSpec(image, ['sleep', '60'], { home }), startContext())
      await assert.rejects(start, { name: 'SpawnError', message: /are not there/, detail: /none/ })
      await assert.rejects(lstat(join(folder, 'none')))
    })
  })

  describe('with a size', () => {
    it('hold no more than their file system, say so, and have room again when something is deleted', async function () {
      const device = join(folder, 'disk')
      const base = join(folder, 'students')
      await mkdir(base)
      await run('truncate', ['-s', '32M', device])
      await run('mkfs.ext4', ['-q', device])
      const missing = await run('mount', ['-o', 'loop', device, base]).then(
        () => undefined,
        (error) => `no loop device can be mounted here: ${error}`,
      )
      requirePart(this, 'docker', missing)
      try {
        desk = await openDesk({ homes: { folder: `${base}/{id}` } })
        const home = await desk.newHome()
        const fill = 'dd if=/dev/zero of=big bs=1M count=64 2>&1 | grep -o "No space left on device"'
        const seen = await desk.served(image, `${fill}; rm big; echo again > note && cat note`, { home })
        assert.deepEqual(seen, ['No space left on device', 'again'])
        await desk.clear()
      } finally {
        await run('umount', [base])
      }
    })

    it('are refused by a driver that gets it, and only there count as limited', async () => {
      const tmpfs = { type: 'tmpfs', device: 'tmpfs', o: 'size={size}' }
      assert.deepEqual(dockerSpawner({ homes: { options: tmpfs } }).homes, { enforcesSize: true })
      assert.deepEqual(dockerSpawner({ homes: { folder: '/srv/{id}' } }).homes, { enforcesSize: false })
      assert.deepEqual(dockerSpawner().homes, { enforcesSize: false })
      desk = await openDesk({ homes: { options: tmpfs } })
      const home = await desk.newHome({ size: 4 * 2 ** 20 })
      const fill = 'dd if=/dev/zero of=big bs=1M count=8 2>&1 | grep -o "No space left on device"'
      assert.equal(await desk.said(image, fill, { home }), 'No space left on device\n')
      const size = await desk.homes.measure(home.id, undefined, { signal: AbortSignal.timeout(60_000) })
      assert.equal(size?.limit, 4 * 2 ** 20)
    })

    it('need a driver that the engine has', async () => {
      await assert.rejects(openDesk({ homes: { driver: 'nfs-of-nobody' } }), /no volume driver nfs-of-nobody.*local/)
    })
  })
})
