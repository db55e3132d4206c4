/** How long a proxy forwards nothing that changes files of a server, while a hub replaces one of them: at most. */
export const pauseMilliseconds = 6000

/** How long a proxy waits, when a pause begins, for what is under way. */
export const drainMilliseconds = 1500
