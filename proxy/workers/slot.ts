/** The variable that tells a process that it is a worker, and its slot. No person sets it. */
export const slotVariable = 'CARREL_PROXY_WORKER'
