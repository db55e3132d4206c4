import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processSpawner } from '../../spawners/process.ts'
import { openRunDir } from '../../spawners/process-run-dir.ts'
import type { Listen } from '../../spawners/spawner.ts'
import { describeSpawner } from './contract.ts'

describeSpawner('process spawner', { patienceSeconds: 5, graceSeconds: 2 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  const runDir = await openRunDir(dataDir, process.env)
  const folders = async (server: string) =>
    (await readdir(runDir)).filter((name) => name.startsWith(`${server}-`)).map((name) => join(runDir, name))
  return {
    open: (installation) =>
      processSpawner().open({
        installation,
        dataDir,
        hubUrl: 'http://127.0.0.1:8000',
        serversUrl: 'http://localhost:8000',
        warn: () => undefined,
      }),
    working: (listen) => node(`http.createServer((_, r) => r.end()).listen(${JSON.stringify(socketOf(listen))})`),
    exiting: (_listen, code, line) => node(`console.log(${JSON.stringify(line)}); process.exitCode = ${code}`),
    impossible: () => ({ image: '', command: ['no-such-jupyter'] }),
    objects: folders,
    async visible(server) {
      const seen = (await folders(server)).map(async (folder) => {
        const [pid] = (await readFile(join(folder, 'pid'), 'utf8')).split('\n')
        return `${await readFile(`/proc/${pid}/cmdline`, 'utf8')} ${await readFile(join(folder, 'about.json'), 'utf8')}`
      })
      return (await Promise.all(seen)).join('\n')
    },
    async close() {
      await rm(runDir, { recursive: true })
      await rm(dataDir, { recursive: true })
    },
  }
})

function node(script: string) {
  return { image: '', command: [process.execPath, '-e', script] }
}

function socketOf(listen: Listen): string {
  if ('socket' in listen) return listen.socket
  throw new Error('the process spawner listens on sockets')
}
