/** Loaded into every process of a proxy by `--import`: SIGUSR2 blocks the event loop for ever, and notes that in a file. */
import { writeFileSync } from 'node:fs'

process.on('SIGUSR2', () => {
  writeFileSync(String(process.env.CARREL_TEST_BLOCKED), '')
  for (;;);
})
