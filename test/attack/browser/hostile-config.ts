import { join } from 'node:path'

const program = JSON.stringify([process.execPath, join(import.meta.dirname, 'hostile-program.ts')])

/**
 * Returns the text of a config file whose courses run the hostile server. The course `desk` has the strip. Other sites may frame
 * the course `framed`.
 */
export function hostileConfig(courses: string[], ancestors: string[] = []): string {
  const lines = courses.map((name) => `${name}: { image: '', command: ${program}, strip: ${name === 'desk'} },`)
  const framed = `framed: { image: '', command: ${program}, embed: { ancestors: ${JSON.stringify(ancestors)} } },`
  return `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: { ...processSpawner(), prepare: undefined },
  authenticators: [temporary()],
  courses: { ${[...lines, ...(ancestors.length > 0 ? [framed] : [])].join('\n')} },
})
`
}
