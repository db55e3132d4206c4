/** Reads in the text of a config file where its settings come from. */
import { readFile } from 'node:fs/promises'

export interface Source {
  file: string
  text: string
  env: NodeJS.ProcessEnv
  /** The line where a plug-in was given its options, if it is known. */
  line?: number
}

export async function readSource(file: string, env: NodeJS.ProcessEnv = process.env): Promise<Source> {
  return { file, text: await readFile(file, 'utf8').catch(() => ''), env }
}

/**
 * Returns the environment variable that the text gives to a setting (`clientId: process.env.OIDC_CLIENT_ID`), if it is
 * empty or not set. Undefined where it is not certain which one is meant.
 */
export function emptyVariable({ text, env, line = 1 }: Source, setting: string): string | undefined {
  const found = variablesGiven(
    text
      .split('\n')
      .slice(line - 1)
      .join('\n'),
    setting,
  )
  // The options of a plug-in begin in its line, so the first match there is its own.
  const meant = line > 1 ? found.slice(0, 1) : found.filter((variable) => !env[variable])
  const [only, ...others] = [...new Set(meant)]
  return only !== undefined && others.length === 0 && !env[only] ? only : undefined
}

/** Returns the environment variable that the text gives to a setting of this name, and that has this value. */
export function variableOf({ text, env }: Source, setting: string, value: string): string | undefined {
  return variablesGiven(text, setting).find((variable) => env[variable] === value)
}

function variablesGiven(text: string, setting: string): string[] {
  const name = setting.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const given = new RegExp(`\\b${name}['"]?\\s*:\\s*\\[?\\s*(?:process\\.)?env(?:\\.(\\w+)|\\[['"](\\w+)['"]\\])`, 'g')
  return [...text.matchAll(given)].flatMap(([, plain, quoted]) => plain ?? quoted ?? [])
}
