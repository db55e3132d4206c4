/** A hub that is measured: it opens a notebook for a user who clicks a link. */
export interface Contender {
  link: string
  /** Begins the next launch: logs are read from here on. */
  begin(): Promise<void>
  /** Returns what its own logs and database say about the launch since `begin`, which ended at this page. */
  account(page: URL): Promise<Account>
  /** Stops the server behind this page, and resolves when it is gone. */
  stopServer(page: URL): Promise<void>
  /** Ends all that the contender has started. */
  close(): Promise<void>
}

export interface Account {
  /** Time from the request to start the server until the server responds. */
  serverMilliseconds: number
  requests: RequestCost[]
}

/** The time that one request of a launch took, without the wait for the server. */
export interface RequestCost {
  what: string
  /** The time at hub and proxy, as each of them measures its own. */
  ownMilliseconds: number
  /** The proxy's own time and its whole wait for the hub, so that the time between the two counts too. */
  waitedMilliseconds?: number
}
