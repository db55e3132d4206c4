/** Has what tests of reloads need: configs that differ, and `carrel reload` as a program. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Carrel, projectDir } from '../../helpers/carrel.ts'
import { configText } from '../world.ts'

/** A config whose first course has this title. */
export function titled(title: string, config: string = configText): string {
  return config.replace('working: course()', `working: { ...course(), title: ${JSON.stringify(title)} }`)
}

/** A config of which these statements come first, in every process that loads it. */
export function beginning(statements: string, config: string = configText): string {
  return config.replace('export default', `${statements}\nexport default`)
}

/** A config whose spawner runs these statements, which see `context`, when a hub opens it. */
export function opening(statements: string, config: string = configText): string {
  return config.replace(
    'prepare: undefined',
    `prepare: undefined, open: async (context) => {\n${statements}\nreturn processSpawner().open(context)\n}`,
  )
}

export function writeConfig(carrel: Carrel, config: string): Promise<void> {
  return writeFile(join(carrel.dataDir, 'carrel.config.ts'), config)
}

/** Runs `carrel reload`, and resolves with its exit code and all that it has printed. */
export async function reload(carrel: Pick<Carrel, 'dataDir'>): Promise<{ code: number; output: string }> {
  const args = [join(projectDir, 'bin', 'carrel.js'), 'reload', '--data', join(carrel.dataDir, 'data')]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const printed = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'close')
  return { code, output: (await printed).join('') }
}

/** Returns the title of the launch page. */
export async function titleOf(carrel: Carrel): Promise<string | undefined> {
  const answer = await fetch(carrel.link)
  return /<title>([^<]*)/.exec(await answer.text())?.[1]
}
