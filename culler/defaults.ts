/** What holds where neither a config nor a flag says otherwise. */
export const cullerDefaults = {
  everySeconds: 300,
  idleSeconds: 900,
  /** However busy. 0: no limit. */
  maxAgeSeconds: 14_400,
}
