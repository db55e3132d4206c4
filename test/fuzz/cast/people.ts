/** The users of the fuzzer's hub. `learner` and `admin` are those whose secrets exchanges use. */
export const learner = 'ann'
export const admin = 'root'
/** The user whose work must not be disturbed. */
export const bystander = 'bob'
/** The user whom exchanges may sign in and out, and whose servers they may stop. */
export const victim = 'eve'

/** The settings of the hub's process. */
export interface HubSettings {
  dataDir: string
  socket: string
  /** Address of the proxy's routes API. */
  proxy: string
  /** Address of the bystander's server; `hostile` is that of all other servers. */
  honest: string
  hostile: string
}
