import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { addRoute, ask, cookieOf, openWebSocket, routeOf, startBackend, temporaryFolder } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: all open files of a proxy', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()

  /** Starts a proxy in a process of its own, which may have this number of open files. */
  async function start(files: number): Promise<{ urls: [string]; apiUrl: string; hasEnded: () => boolean }> {
    const program = join(import.meta.dirname, '..', '..', 'proxy', 'proxy-process.ts')
    const routes = join(await temporaryFolder(cleanup), 'routes.json')
    const limited = `ulimit -n ${files}; exec "$@"`
    const child = spawn('/bin/sh', ['-c', limited, 'sh', process.execPath, program, routes], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    cleanup.defer(() => child.kill('SIGKILL'))
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    return { ...JSON.parse(line), hasEnded: () => child.exitCode !== null || child.signalCode !== null }
  }

  async function flood(port: string, count: number, addresses: number) {
    const child = fork(join(import.meta.dirname, 'flood.ts'), [port, String(count), String(addresses)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    cleanup.defer(() => child.kill('SIGKILL'))
    const [line] = await once(createInterface({ input: child.stdout ?? process.stdin }), 'line')
    return {
      answered: Number(line),
      end: () => {
        child.disconnect()
        return once(child, 'exit')
      },
    }
  }

  const table: Attack[] = [
    {
      name: 'opens a thousand connections where 256 files may be open: users go on working, and others come in afterwards',
      rule: 'open files',
      attempt: async () => {
        const proxy = await start(256)
        const backend = await startBackend(cleanup)
        await addRoute(proxy, routeOf(backend))
        const socket = openWebSocket(proxy.urls[0], '/user/ann/demo/ws', {
          cookie: cookieOf(),
          origin: 'http://nb.test',
        })
        cleanup.defer(() => socket.terminate())
        await once(socket, 'open')
        const echo = async (word: string) => {
          socket.send(word)
          return String((await once(socket, 'message'))[0])
        }
        const before = await echo('before')
        const { port } = new URL(proxy.urls[0])
        const crowd = await flood(port, 1000, 5)
        const during = await echo('during')
        await crowd.end()
        const after = (await ask(proxy.urls[0], '/_carrel/health')).status
        return [before, during, crowd.answered > 0, await echo('after'), after, proxy.hasEnded()]
      },
      expected: ['before', 'during', true, 'after', 200, false],
    },
    {
      name: 'opens them all from one address: clients with another address still get in',
      rule: 'open files',
      attempt: async () => {
        const proxy = await start(256)
        const { port } = new URL(proxy.urls[0])
        await flood(port, 1000, 1)
        const other = request({ port, host: '127.0.0.1', path: '/_carrel/health', localAddress: '127.0.0.2' })
        other.setHeader('host', 'nb.test')
        other.end()
        const [answer] = await once(other, 'response')
        answer.resume()
        return answer.statusCode
      },
      expected: 200,
    },
  ]
  attacks(table)
})
