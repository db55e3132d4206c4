import type Koa from 'koa'

export interface Target {
  method: string
  path: string
}

/** Returns every address of the hub's routers, so that a new address is attacked without a change of the tests. */
export function targetsOf(app: Koa, words: Record<string, string> = {}): Target[] {
  const routers = app.middleware as unknown as { router?: { stack: { path: string; methods: string[] }[] } }[]
  const layers = routers.flatMap(({ router }) => router?.stack ?? [])
  return layers.flatMap(({ path, methods }) =>
    methods.map((method) => ({ method, path: path.replace(/:(\w+)/g, (_, name: string) => words[name] ?? 'demo') })),
  )
}
