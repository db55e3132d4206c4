// What every test file may rely on: warnings that point at a leak or a bug fail the run instead of scrolling by.
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') throw warning
})
