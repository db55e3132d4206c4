import { makeJupyterEnvironment } from '../../spawners/process/jupyter-environment.ts'

// What every test file may rely on: warnings that point at a leak or a bug fail the run instead of scrolling by.
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') throw warning
})

let jupyterProblem: string | undefined

/** Says why real JupyterLab is not at hand, for `requirePart`. */
export function missingJupyter(): string | undefined {
  return jupyterProblem
}

/** As `npm start` does, the tests install JupyterLab themselves where it is missing. */
export async function mochaGlobalSetup(): Promise<void> {
  const report = (line: string) => process.stderr.write(`${line}\n`)
  try {
    await makeJupyterEnvironment({ report, signal: new AbortController().signal })
  } catch (error) {
    jupyterProblem = `it could not be installed: ${(error as Error).message}`
  }
}

/** A run whose end nothing hinders ends by itself; else it says what hinders it, instead of waiting for that. */
export function mochaGlobalTeardown(): void {
  const hindered = () => {
    process.stderr.write(`the tests have ended, but still open are: ${process.getActiveResourcesInfo().join(', ')}\n`)
    process.exit(1)
  }
  setTimeout(hindered, 20_000).unref()
}
