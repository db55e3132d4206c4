/** Measures what the page with the strip costs the proxy: processor time of its requests, and bytes and requests of a visit. */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { deskApiPart, deskPart } from '../../seats/desk.ts'
import type { Access } from '../../seats/route.ts'
import type { Row } from '../figures.ts'
import { accessOf, pageHeaders } from '../seat-headers.ts'
import { openSeatsWorld, type SeatsWorld } from './world.ts'

const servers = 100
/** Requests to each server in each turn. More questions in all turns would be refused. */
const each = 10
const turns = 5

interface Place {
  path: string
  access: Access
  headers: Record<string, string>
}

/** Returns processor time in microseconds for a request, and bytes and requests of a first and a later visit. */
export async function benchDesk(
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<[cost: Row[], size: Row[]]> {
  await using opened = new AsyncDisposableStack()
  const world = await openSeatsWorld(opened, { signal, hasHub: true })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  opened.defer(() => agent.destroy())
  const places = Array.from({ length: servers }, (_, index): Place => {
    const user = `user${index}`
    const access = accessOf(`server${index}`, user, { strip: true })
    const path = `/user/${user}/demo/`
    return { path, access, headers: pageHeaders(access, { id: 'seat', user }, path) }
  })
  for (const { path, access } of places) await world.proxy.addRoute({ path, access, revision: 1, target: world.target })

  const get = async (path: string, headers: Record<string, string>, method = 'GET') => {
    const req = request({ host: '127.0.0.1', port: world.proxy.port, agent, method, path, headers })
    req.end(method === 'POST' ? '{"notebook":null,"active":true}' : undefined)
    const [response] = (await once(req, 'response', { signal })) as [IncomingMessage]
    const body = await buffer(response)
    if (response.statusCode !== 200) throw new Error(`${path} was answered with ${response.statusCode}`)
    return body
  }
  const [first] = places
  if (first === undefined) throw new Error('there is no server')
  const page = await get(`${first.path}${deskPart}lab`, first.headers)
  const files = [...page.toString().matchAll(/"(\/_carrel\/strip\/[^"]+)"/g)].map(([, file = '']) => file)
  const sizes = await Promise.all(files.map(async (file) => (await get(file, first.headers)).length))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)

  const acts: [string, (place: Place) => Promise<unknown>][] = [
    ['a request to the server', ({ path, headers }) => get(`${path}api/kernels`, headers)],
    ['the page', ({ path, headers }) => get(`${path}${deskPart}lab`, headers)],
    ['a file of the strip', ({ headers }) => get(files[0] ?? '', headers)],
    ['a question to the hub', ({ path, headers }) => get(`${path}${deskApiPart}state`, headers, 'POST')],
  ]
  const cost: Row[] = acts.map(([what]) => ({ what, values: [] }))
  for (let turn = 1; turn <= turns; turn += 1) {
    report(`the desk: turn ${turn} of ${turns}`)
    for (const [index, [, act]] of acts.entries()) cost[index]?.values.push(await costOf(world, places, act))
  }
  const size: Row[] = [
    { what: 'first visit: requests', values: [1 + files.length] },
    { what: 'first visit: bytes of bodies', values: [page.length + bytes] },
    { what: 'later visits: requests', values: [1] },
    { what: 'later visits: bytes of bodies', values: [page.length] },
  ]
  return [cost, size]
}

/** Returns the processor time of the proxy for one act, in microseconds. */
async function costOf(
  { proxy }: SeatsWorld,
  places: Place[],
  act: (place: Place) => Promise<unknown>,
): Promise<number> {
  const before = (await proxy.processorMilliseconds()) ?? Number.NaN
  for (let round = 0; round < each; round += 1) for (const place of places) await act(place)
  return (((await proxy.processorMilliseconds()) ?? Number.NaN) - before) / (each * places.length) / 1e-3
}
