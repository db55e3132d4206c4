/** What `bench hub` needs of a hub, ours or another that speaks JupyterHub's API. */
export interface HubContender {
  name: string
  /** Starts the hub on what is in its database, and resolves when it answers a request with a token. */
  start(how?: StartOptions): Promise<RunningHub>
  /** Adds accounts straight to the database of the hub, which is not running. */
  addUsers(names: string[]): Promise<void>
}

export interface StartOptions {
  /** Whether the hub watches its event loop. */
  watched?: boolean
  /** Whether the hub may use all cores, as when it stands alone. Otherwise it has the core of the hubs. */
  onAllCores?: boolean
}

export interface RunningHub {
  /** Where its API begins, `http://127.0.0.1:8081/hub/api`. */
  api: string
  /** A token that may do everything. */
  token: string
  pid: number
  /** Milliseconds from the execution of the command to the first answer. */
  answeredAfter: number
  /** When the first answer came, as `performance.timeOrigin + performance.now()`. */
  answeredAt: number
  stop(): Promise<void>
}
