/** Reports what a process of the tests uses, over the channel to the process that forked it. */
export interface Figures {
  /** Milliseconds that its main thread has used of a processor so far. */
  cpu: number
  /** Bytes that its objects and buffers take. */
  heap: number
  /** Bytes of all memory that it holds. */
  resident: number
  /** Sockets and servers that are open, the channel included. */
  open: number
}

export interface FiguresRequest {
  id: number
  /** True to collect garbage first. */
  collect: boolean
}

/** Responds to requests of the parent process, and ends this process when the parent disconnects. */
export function serveFigures(): void {
  process.on('message', ({ id, collect }: FiguresRequest) => {
    if (collect) globalThis.gc?.()
    process.send?.({ id, figures: figures() })
  })
  process.on('disconnect', () => process.exit())
}

function figures(): Figures {
  const { user, system } = process.threadCpuUsage()
  const { heapUsed, external, rss } = process.memoryUsage()
  const open = process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe|TLS)/.test(name)).length
  return { cpu: (user + system) / 1000, heap: heapUsed + external, resident: rss, open }
}
