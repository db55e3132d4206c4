/** How a process of the tests tells what it uses, over the channel to the process that forked it: nothing else reaches it. */
export interface Figures {
  /** Milliseconds that its main thread has used of a processor so far. */
  cpu: number
  /** Bytes that its objects and buffers take. */
  heap: number
  /** Bytes of memory that it holds, whatever for. */
  resident: number
  /** Sockets and servers that are open, the channel included. */
  open: number
}

export interface Question {
  id: number
  /** Collects garbage first. */
  collect: boolean
}

/** Answers for as long as the one who asks is there, and ends with it. */
export function answerQuestions(): void {
  process.on('message', ({ id, collect }: Question) => {
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
