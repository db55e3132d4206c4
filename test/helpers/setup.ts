import { makeJupyterEnvironment } from '../../spawners/process/jupyter/environment.ts'

// Mocha loads this file before all tests. A warning that shows a leak fails the run instead of scrolling by.
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') throw warning
})

let jupyterProblem = process.env.CARREL_TEST_JUPYTER_PROBLEM

/** Returns why there is no real JupyterLab, for `requirePart`, or undefined when there is one. */
export function missingJupyter(): string | undefined {
  return jupyterProblem
}

/** Installs JupyterLab where it is missing, as `npm start` does. */
export async function prepareJupyter(): Promise<void> {
  if (jupyterProblem !== undefined) return
  const report = (line: string) => process.stderr.write(`${line}\n`)
  try {
    await makeJupyterEnvironment({ report, signal: new AbortController().signal })
  } catch (error) {
    jupyterProblem = `it could not be installed: ${(error as Error).message}`
  }
}

/** Returns variables for processes that run Mocha, so that they do not repeat a failed installation. */
export function problemForChildren(): Record<string, string> {
  return jupyterProblem === undefined ? {} : { CARREL_TEST_JUPYTER_PROBLEM: jupyterProblem }
}

export const mochaGlobalSetup = prepareJupyter

/** Ends the process after a grace time, and prints what is still open. A run without leaks ends by itself before. */
export function mochaGlobalTeardown(): void {
  const hindered = () => {
    process.stderr.write(`the tests have ended, but still open are: ${process.getActiveResourcesInfo().join(', ')}\n`)
    // Mocha sets its own exit code when the process exits.
    process.on('exit', () => {
      process.exitCode = 1
    })
    process.exit(1)
  }
  setTimeout(hindered, 20_000).unref()
}
