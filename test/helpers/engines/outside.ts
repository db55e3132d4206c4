/** A computer beyond this machine, for containers: a network of its own, to which this machine forwards. */
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { freeSubnet } from './free-subnet.ts'

const run = promisify(execFile)

export interface Outside {
  address: string
  port: number
  close(): Promise<void>
}

/** Returns why there can be no such computer, for `requirePart`, or undefined when there can. */
export async function outsideMissing(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'a network of its own needs root'
  return run('ip', ['netns']).then(
    () => undefined,
    () => 'no ip of iproute2 is here',
  )
}

/** Starts a program there that answers each connection. */
export async function startOutside(): Promise<Outside> {
  const name = `carrel-${randomBytes(3).toString('hex')}`
  const subnet = await freeSubnet()
  const at = (host: number) => `${subnet}.${host}`
  const commands = [
    `netns add ${name}`,
    `link add ${name} type veth peer name eth0 netns ${name}`,
    `addr add ${at(1)}/30 dev ${name}`,
    `link set ${name} up`,
    `-n ${name} addr add ${at(2)}/30 dev eth0`,
    `-n ${name} link set eth0 up`,
    `-n ${name} route add default via ${at(1)}`,
  ]
  const clear = async () => {
    // The last one of a pair takes the other with it.
    await run('ip', ['link', 'delete', name]).catch(() => undefined)
    await run('ip', ['netns', 'delete', name]).catch(() => undefined)
  }
  try {
    for (const command of commands) await run('ip', command.split(' '))
    const program = "const s = net.createServer((c) => c.end('hello')).listen(0, () => console.log(s.address().port))"
    const child = spawn('ip', ['netns', 'exec', name, process.execPath, '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = await once(child.stdout, 'data')
    return {
      address: at(2),
      port: Number(said),
      async close() {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
        await clear()
      },
    }
  } catch (error) {
    await clear()
    throw error
  }
}
