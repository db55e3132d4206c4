/** The real programs of `test/programs`, installed on this machine. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type Program = 'notebook-6' | 'web' | 'code-server'

const install = join(import.meta.dirname, 'install')

/**
 * Returns the folders of these programs, after installing those that are missing, which takes a minute; or why they cannot
 * be installed, for `requirePart`.
 */
export async function programFolders<const T extends Program[]>(
  ...names: T
): Promise<{ folders: { [K in keyof T]: string } } | { missing: string }> {
  try {
    const { stdout } = await promisify(execFile)(install, names)
    return { folders: stdout.trim().split('\n') as { [K in keyof T]: string } }
  } catch (error) {
    const { stderr } = error as { stderr?: string }
    return { missing: `test/programs/install failed: ${stderr?.trim().slice(-500) ?? String(error)}` }
  }
}
