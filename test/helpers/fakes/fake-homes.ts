/** Homes and errands of the fake spawners, which live in the world of the test as their servers do. */
import type { EventEmitter } from 'node:events'
import { buffer } from 'node:stream/consumers'
import type {
  ErrandContext,
  ErrandEnd,
  ErrandSpec,
  Errands,
  FoundErrand,
  FoundHome,
  HomeSize,
  HomeSpec,
  Homes,
} from '../../../spawners/files.ts'

export interface FakeHome extends HomeSpec {
  /** Contents by path. The fake archive of a home is their JSON. */
  files: Record<string, string>
}

export interface FakeErrand {
  spec: ErrandSpec
  kill(): void
}

export interface HomesWorld {
  homes: Map<string, FakeHome>
  /** Ids of the homes that were made, in order. A home that was found is made once. */
  homesMade: string[]
  errands: Map<string, FakeErrand>
  /** Runs and errands that were given a home that another had, which must never happen. */
  clashes: string[]
  behaviour: HomesBehaviour
}

export interface HomesBehaviour {
  /** `homes.make` waits for the first before the home is there, and for the second before it answers. */
  beforeHome?: Promise<unknown>
  afterHome?: Promise<unknown>
  homeError?: Error
  removeError?: Error
  /** `homes.remove` waits for this when the home is gone. */
  afterRemove?: Promise<unknown>
  /** An errand waits for this in its midst. */
  midErrand?: Promise<unknown>
  errandError?: Error
  /** What errands without a home print. */
  errandOutput?: string
  endError?: Error
}

/** What a spawner does with homes and errands, without streams, so that it can be asked from another process. */
export interface HomeActs {
  makeHome(home: HomeSpec): Promise<{ volume: string }>
  listHomes(): Promise<FoundHome[]>
  measureHome(id: string): Promise<HomeSize | undefined>
  removeHome(id: string): Promise<void>
  runErrand(spec: ErrandSpec, stdin: string): Promise<{ end: ErrandEnd; stdout: string }>
  listErrands(): Promise<FoundErrand[]>
  endErrand(id: string): Promise<void>
}

export const homeActNames = [
  ...(['makeHome', 'listHomes', 'measureHome', 'removeHome', 'runErrand', 'listErrands', 'endErrand'] as const),
]

export function homeActs(world: HomesWorld, events: EventEmitter, users: (home: string) => string[]): HomeActs {
  const { homes, errands, behaviour } = world
  return {
    async makeHome(spec) {
      if (behaviour.homeError !== undefined) throw behaviour.homeError
      events.emit('making-home', spec.id)
      await behaviour.beforeHome
      if (!homes.has(spec.id)) {
        homes.set(spec.id, { ...spec, files: {} })
        world.homesMade.push(spec.id)
      }
      events.emit('home-made', spec.id)
      await behaviour.afterHome
      return { volume: `home-${spec.id}` }
    },
    async listHomes() {
      return [...homes.values()].map(({ id, account, course }) => {
        return { id, account, course, name: `home-${id}`, state: { volume: `home-${id}` } }
      })
    },
    async measureHome(id) {
      const home = homes.get(id)
      return home && { bytes: Object.values(home.files).join('').length }
    },
    async removeHome(id) {
      if (behaviour.removeError !== undefined) throw behaviour.removeError
      world.clashes.push(...users(id).map((user) => `${user} lost its home ${id}`))
      homes.delete(id)
      events.emit('home-removed', id)
      await behaviour.afterRemove
    },
    async runErrand(spec, stdin) {
      if (behaviour.errandError !== undefined) throw behaviour.errandError
      const home = spec.home?.id
      if (home !== undefined && users(home).length > 0) world.clashes.push(`errand ${spec.id} and ${users(home)}`)
      const { promise: killed, resolve: kill } = Promise.withResolvers<'killed'>()
      errands.set(spec.id, { spec, kill: () => kill('killed') })
      events.emit('errand', spec.id)
      const what = await Promise.race([killed, behaviour.midErrand])
      if (what === 'killed') return { end: { code: 137, lines: ['Killed'] }, stdout: '' }
      const answer =
        home === undefined
          ? { end: { code: 0, lines: [] }, stdout: behaviour.errandOutput ?? '' }
          : carryOut(spec, stdin, homes.get(home))
      errands.delete(spec.id)
      return answer
    },
    async listErrands() {
      return [...errands.values()].map(({ spec: { id, home } }) => {
        return { id, name: `errand-${id}`, running: true, ...(home && { home: home.id }) }
      })
    },
    async endErrand(id) {
      if (behaviour.endError !== undefined) throw behaviour.endError
      errands.get(id)?.kill()
      errands.delete(id)
    },
  }
}

function carryOut({ command }: ErrandSpec, stdin: string, home: FakeHome | undefined) {
  const end: ErrandEnd = { code: 0, lines: [] }
  if (home === undefined) return { end, stdout: '' }
  if (command[0] === 'tar') return { end, stdout: JSON.stringify(home.files) }
  const how = command.at(-1)
  if (how !== 'keep' && how !== 'overwrite') return { end, stdout: '' }
  // An archive ends with zeros, which the text of a test may have too.
  const files = JSON.parse(stdin.replace(/\0+$/, ''))
  home.files = how === 'keep' ? { ...files, ...home.files } : { ...home.files, ...files }
  return { end, stdout: '' }
}

/** Returns the parts of a spawner that the contract names. */
export function homesAndErrands(
  act: HomeActs,
  unlessAborted: <T>(work: Promise<T>, signal: AbortSignal | undefined) => Promise<T>,
): { homes: Homes; errands: Errands } {
  return {
    homes: {
      make: (home, { signal }) => unlessAborted(act.makeHome(home), signal),
      list: () => act.listHomes(),
      measure: (id) => act.measureHome(id),
      remove: (id) => act.removeHome(id),
    },
    errands: {
      async run(spec: ErrandSpec, { signal, stdin, stdout }: ErrandContext) {
        const given = stdin === undefined ? '' : (await buffer(stdin)).toString()
        const answer = await unlessAborted(act.runErrand(spec, given), signal)
        stdout?.write(answer.stdout)
        return answer.end
      },
      list: () => act.listErrands(),
      end: (id) => act.endErrand(id),
    },
  }
}
