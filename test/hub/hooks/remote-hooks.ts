/** Hooks of a hub in another process: each call is a request to the test, which answers when it likes. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { Hooks } from '../../../config/config.ts'
import type { Cleanup } from '../../helpers/cleanup.ts'

/** Returns hooks that ask the door at this URL. */
export function remoteHooks(url: string): Required<Hooks> {
  const ask =
    (name: string) =>
    async ({ signal, ...told }: { signal: AbortSignal }) => {
      const response = await fetch(`${url}/${name}`, { method: 'POST', body: JSON.stringify(told), signal })
      return (await response.json()) ?? undefined
    }
  return { beforeStart: ask('beforeStart'), whenReady: ask('whenReady'), afterStop: ask('afterStop') }
}

export interface HookCall {
  hook: keyof Hooks
  /** The question, as JSON has it. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects there, it asserts
  told: any
}

export interface HookDoor {
  url: string
  calls: HookCall[]
  /** Called with each call; what it resolves with is the answer. Default: nothing is answered to anything. */
  answer(call: HookCall): unknown
}

/** Listens for the calls of hooks. */
export async function openHookDoor(cleanup: Cleanup): Promise<HookDoor> {
  const door: HookDoor = { url: '', calls: [], answer: () => undefined }
  const listener: Server = createServer(async (request, response) => {
    const call: HookCall = { hook: (request.url ?? '').slice(1) as keyof Hooks, told: await json(request) }
    door.calls.push(call)
    response.end(JSON.stringify((await door.answer(call)) ?? null))
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  cleanup.defer(() => {
    listener.close()
    listener.closeAllConnections()
  })
  door.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  return door
}
