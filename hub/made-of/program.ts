/** What the hub has to know of the program of a run. Pure. */
import { type ServerProgram, speaksJupyter } from '../../courses/programs.ts'
import type { ProgramAccess } from '../../seats/route.ts'

/**
 * Returns the path at a server's address that shows whether its program is up. Jupyter's needs no token, and counts as no
 * activity there. A run of which nothing is known is taken for Jupyter's: any answer shows that it lives.
 */
export function readyPath(made: { program: ServerProgram } | undefined, serverPath: string): string {
  const program = made?.program ?? 'jupyter'
  if (speaksJupyter(program)) return `${serverPath}api`
  return program.prefix === 'stripped' ? program.ready : serverPath + program.ready.slice(1)
}

/** Returns what proxies have to know of the program of a server: nothing of one that is Jupyter. */
export function programAccess(
  made: { program: ServerProgram } | undefined,
  serverPath: string,
): { program?: ProgramAccess } {
  if (made === undefined || speaksJupyter(made.program)) return {}
  const { prefix, authorization } = made.program
  return { program: { prefix, look: readyPath(made, serverPath), authorization } }
}
