/** Loaded into every process of a proxy by `--import`: SIGUSR2 blocks the event loop for ever. */
process.on('SIGUSR2', () => {
  for (;;);
})
