/** The culler's defaults, where neither a config nor a flag sets another value. */
export const cullerDefaults = {
  everySeconds: 300,
  idleSeconds: 900,
  /** The age limit of servers, however busy, and of temporary users. 0 is no limit. */
  maxAgeSeconds: 14_400,
}
