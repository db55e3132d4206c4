import type Router from '@koa/router'
import type Koa from 'koa'

declare module 'koa' {
  interface DefaultState {
    /** The pattern of the route that answers. */
    route?: string
    /** The methods that the address takes, as far as routes with this address have been asked. */
    methods?: string[]
  }
}

type Layer = Router['stack'][number]

/**
 * Returns one middleware for the routes of several routers. The first route with the request's address and method answers.
 * A router of its own for each would try all its patterns with every request; here the routes of an address without
 * parameters are found at once.
 */
export function routing(...routers: Router[]): Koa.Middleware {
  const routes = routers.flatMap(({ stack }) => stack).map((layer) => ({ layer, answer: inTurn(layer.stack) }))
  const fitting = (path: string) => routes.filter(({ layer }) => layer.match(path))
  const ofPlainAddress = new Map(
    routes.flatMap(({ layer }) => (isPlain(layer) ? [[String(layer.path), fitting(String(layer.path))]] : [])),
  )
  function routed(ctx: Koa.Context, next: Koa.Next): unknown {
    const { path, method, state } = ctx
    const found = ofPlainAddress.get(path) ?? fitting(path)
    const route = found.find(({ layer }) => layer.methods.includes(method))
    if (route === undefined) {
      if (found.length > 0) state.methods = [state.methods ?? [], ...found.map(({ layer }) => layer.methods)].flat()
      return next()
    }
    const { layer, answer } = route
    state.route = String(layer.path)
    ctx.params = isPlain(layer) ? {} : layer.params(path, layer.captures(path))
    return answer(ctx, next)
  }
  // The middleware of a router has this property too, by which a test finds all addresses.
  return Object.assign(routed, { router: { stack: routes.map(({ layer }) => layer) } })
}

function isPlain({ path, paramNames }: Layer): boolean {
  return typeof path === 'string' && paramNames.length === 0
}

/** Returns one middleware that calls the next of these when the one before says so. */
function inTurn([first, ...others]: Layer['stack']): Koa.Middleware {
  if (first === undefined) return (_ctx, next) => next()
  const rest = inTurn(others)
  // By its types, the router would make the context that it wants.
  const act = first as Koa.Middleware
  return (ctx, next) => act(ctx, () => rest(ctx, next))
}
