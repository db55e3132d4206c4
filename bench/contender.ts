/** Something that opens a notebook for whoever clicks a link. */
export interface Contender {
  link: string
  /** From here on its logs are about the next launch. */
  begin(): Promise<void>
  /** What its own logs and database say about the launch since `begin`, which ended at this page. */
  account(page: URL): Promise<Account>
  /** Stops the server behind this page; resolves when it is gone. */
  stopServer(page: URL): Promise<void>
  /** Ends everything that it started. */
  close(): Promise<void>
}

export interface Account {
  /** From the wish to have the server until it answered. */
  serverMilliseconds: number
  requests: RequestCost[]
}

/** What one request of a launch cost, not counting the wait for the server. */
export interface RequestCost {
  what: string
  /** At hub and proxy, as each says of itself. */
  ownMilliseconds: number
  /** The proxy's own time and its whole wait for the hub: what is between the two counts too. */
  waitedMilliseconds?: number
}
