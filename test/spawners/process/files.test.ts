import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openRunDir } from '../../../net/machine/run-dir.ts'
import { describeFiles } from '../contract-files.ts'
import { imageFiles } from '../files/world.ts'
import { open } from './hub-of-a-test.ts'
import { processesOf } from './world.ts'

describeFiles('the process spawner', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'carrel-test-')))
  const [dataDir, image, elsewhere] = [join(folder, 'data'), join(folder, 'image'), join(folder, 'elsewhere')]
  for (const [path, text] of Object.entries(imageFiles)) {
    await mkdir(dirname(join(image, path)), { recursive: true })
    await writeFile(join(image, path), text)
  }
  await symlink('welcome.txt', join(image, 'first'))
  for (const path of [dataDir, elsewhere]) await mkdir(path)
  await writeFile(join(elsewhere, 'theirs'), '')
  const runDir = await openRunDir(dataDir, process.env)
  return {
    open: (installation) => open(dataDir, installation),
    // Images are folders here. Their programs are those of the machine.
    images: { plain: image, other: image, root: image },
    missingImage: join(folder, 'none'),
    path: '/home/jovyan/work',
    working: (listen) => [
      process.execPath,
      '-e',
      `http.createServer((_, r) => r.end()).listen(${JSON.stringify('socket' in listen && listen.socket)})`,
    ],
    async kill(server) {
      for (const pid of await processesOf(server)) process.kill(Number(pid), 'SIGKILL')
    },
    objects: async (id) => [
      ...(await readdir(runDir)).filter((name) => name.startsWith(`${id}-`)),
      ...(await processesOf(id)),
    ],
    elsewhere,
    hub: { module: join(import.meta.dirname, 'hub-of-a-test.ts'), setting: dataDir },
    can: {
      absolutePaths: false,
      imageUsers: false,
      errandNetwork: 'open',
      sizes: false,
      // Modes stop all users but root.
      lockedBundles: process.getuid?.() !== 0,
    },
    async close() {
      await rm(runDir, { recursive: true })
      await rm(folder, { recursive: true })
    },
  }
})
