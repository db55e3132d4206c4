/** A spawner with homes on the real engine, and short ways to its servers and errands. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { DockerOptionsInput } from '../../../../spawners/docker/options.ts'
import type { ErrandSpec, MountedHome } from '../../../../spawners/files.ts'
import type { Installation, ServerSpec, Spawner } from '../../../../spawners/spawner.ts'
import { openDocker } from '../../../helpers/engines/docker.ts'
import { newSpec, startContext } from '../../../helpers/engines/started.ts'
import { noBundle } from '../../../helpers/no-bundle.ts'
import { until } from '../../../helpers/until.ts'

export type Desk = Awaited<ReturnType<typeof openDesk>>

export const newId = () => randomBytes(8).toString('hex')

export async function openDesk(
  options: DockerOptionsInput = {},
  installation: Installation = { name: 'carrel-test', id: newId() },
) {
  const spawner = await openDocker(options, installation)
  const { homes, errands } = spawner
  assert.ok(homes && errands)
  const { signal } = new AbortController()

  return {
    spawner: spawner as Spawner,
    installation,
    homes,
    errands,
    clear: spawner.clear,

    async newHome(
      more: { account?: string; course?: string; size?: number; path?: string } = {},
    ): Promise<MountedHome> {
      const { path = '/home/jovyan/work', ...rest } = more
      const home = { id: newId(), account: 'password/ann', course: 'demo', ...rest }
      return { id: home.id, state: await homes.make(home, { signal }), path, fromImage: false }
    },

    /** Runs a script in a server, until it ends, and returns what it printed. */
    async served(image: string, script: string, more: Partial<ServerSpec> = {}): Promise<string[]> {
      // The engine names the address of a server that runs, so it lasts for a moment.
      const spec = newSpec(image, ['sh', '-c', `${script}\nsleep 0.5`], more)
      const { state } = await spawner.start(spec, startContext())
      const end = await until(async () => {
        const seen = await spawner.poll(spec, state)
        return seen.state === 'exited' && seen
      }, 'the server to end')
      await spawner.stop(spec, state, { graceSeconds: 0 })
      return end.lines ?? []
    },

    /** Runs a script as an errand that must succeed, and returns what it prints. */
    async said(image: string, script: string, more: Partial<ErrandSpec> = {}): Promise<string> {
      const stdout = new PassThrough()
      const output = text(stdout)
      const spec = { id: newId(), image, command: ['sh', '-c', script], bundles: [], limits: {}, ...more }
      const { code, lines } = await errands.run(spec, { signal, stdout, bundle: noBundle })
      stdout.end()
      assert.equal(code, 0, lines.join('\n'))
      return output
    },
  }
}
