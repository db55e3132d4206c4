import { makeJupyterEnvironment } from '../../spawners/process/jupyter-environment.ts'

// What every test file may rely on: warnings that point at a leak or a bug fail the run instead of scrolling by.
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') throw warning
})

let jupyterProblem = process.env.CARREL_TEST_JUPYTER_PROBLEM

/** Says why real JupyterLab is not at hand, for `requirePart`. */
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

/** What a process that starts Mocha hands on, so that an installation that failed is not tried again by each. */
export function problemForChildren(): Record<string, string> {
  return jupyterProblem === undefined ? {} : { CARREL_TEST_JUPYTER_PROBLEM: jupyterProblem }
}

export const mochaGlobalSetup = prepareJupyter

/** A run whose end nothing hinders ends by itself; else it says what hinders it, instead of waiting for that. */
export function mochaGlobalTeardown(): void {
  const hindered = () => {
    process.stderr.write(`the tests have ended, but still open are: ${process.getActiveResourcesInfo().join(', ')}\n`)
    process.exit(1)
  }
  setTimeout(hindered, 20_000).unref()
}
