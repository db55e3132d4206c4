/**
 * JupyterHub's names of what answers at each of our addresses, so that its dashboards go on: one of their panels leaves
 * out `SpawnProgressAPIHandler`, whose answers last for minutes.
 */
const handlers: Readonly<Record<string, string>> = {
  '/': 'jupyterhub.handlers.pages.RootHandler',
  '/hub': 'jupyterhub.handlers.pages.RootHandler',
  '/hub/': 'jupyterhub.handlers.pages.RootHandler',
  '/hub/home': 'jupyterhub.handlers.pages.HomeHandler',
  '/hub/admin/': 'jupyterhub.handlers.pages.AdminHandler',
  '/hub/token': 'jupyterhub.handlers.pages.TokenPageHandler',
  '/hub/login': 'jupyterhub.handlers.login.LoginHandler',
  '/hub/login/:name': 'jupyterhub.handlers.login.LoginHandler',
  '/hub/logout': 'jupyterhub.handlers.login.LogoutHandler',
  '/hub/metrics': 'jupyterhub.handlers.metrics.MetricsHandler',
  '/hub/api/metrics': 'jupyterhub.handlers.metrics.MetricsHandler',
  '/hub/health': 'jupyterhub.handlers.pages.HealthCheckHandler',
  '/health': 'jupyterhub.handlers.pages.HealthCheckHandler',
  '/hub/launches/:id': 'jupyterhub.handlers.pages.SpawnPendingHandler',
  '/hub/launches/:id/events': 'jupyterhub.apihandlers.users.SpawnProgressAPIHandler',
  '/hub/api/': 'jupyterhub.apihandlers.hub.RootAPIHandler',
  '/hub/api/user': 'jupyterhub.apihandlers.users.SelfAPIHandler',
  '/hub/api/users': 'jupyterhub.apihandlers.users.UserListAPIHandler',
  '/hub/api/users/': 'jupyterhub.apihandlers.users.UserListAPIHandler',
  '/hub/api/users/:name': 'jupyterhub.apihandlers.users.UserAPIHandler',
  '/hub/api/users/:name/activity': 'jupyterhub.apihandlers.users.ActivityAPIHandler',
  '/hub/api/users/:name/servers/:server': 'jupyterhub.apihandlers.users.UserServerAPIHandler',
  '/hub/api/users/:name/server': 'jupyterhub.apihandlers.users.UserServerAPIHandler',
  '/hub/api/users/:name/tokens/': 'jupyterhub.apihandlers.users.UserTokenListAPIHandler',
  '/hub/api/users/:name/tokens/:id': 'jupyterhub.apihandlers.users.UserTokenAPIHandler',
}

/** Returns JupyterHub's name for a route, else the route's own pattern; for an address without a route, `none`. */
export function handlerOf(pattern: string | undefined): string {
  return pattern === undefined ? 'none' : (handlers[pattern] ?? pattern)
}

/** The methods that the hub's routes take. Any other method counts as `other`. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function methodOf(method: string): string {
  return methods.has(method) ? method : 'other'
}
