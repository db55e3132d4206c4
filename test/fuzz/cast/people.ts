/** Who is there. */
export const learner = 'ann'
export const admin = 'root'
/** Whose work nothing may disturb. */
export const bystander = 'bob'
/** Whom exchanges may sign in, sign out and take servers from. */
export const victim = 'eve'

/** What the hub's process is told. */
export interface HubSettings {
  dataDir: string
  socket: string
  /** The proxy's routes API. */
  proxy: string
  /** Where the bystander's server is, and where all others are. */
  honest: string
  hostile: string
}
