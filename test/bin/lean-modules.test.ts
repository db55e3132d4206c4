import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectDir } from '../helpers/carrel.ts'

describe('what is kept out of memory', () => {
  /** Runs code in a process of its own that is prepared as Carrel's are, and returns the value that it ends with. */
  async function run(code: string): Promise<unknown> {
    const program = `
      import { keepModulesLean } from ${JSON.stringify(join(projectDir, 'bin', 'boot', 'lean-modules.js'))}
      keepModulesLean()
      const isLoaded = () => process.moduleLoadList.some((name) => name.includes('internal/deps/undici/undici'))
      const value = await (async () => { ${code} })()
      process.stdout.write(JSON.stringify(value))`
    const options = { cwd: projectDir, env: { PATH: process.env.PATH, NODE_DISABLE_COMPILE_CACHE: '1' } }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], options)
    return JSON.parse(stdout)
  }

  it('is Node’s own copy of undici, until somebody uses it', async () => {
    const code = `
      const { createServer } = await import('node:http')
      const before = [typeof createServer, isLoaded()]
      return [...before, typeof (await import('node:http')).default.WebSocket, isLoaded()]`
    assert.deepEqual(await run(code), ['function', false, 'function', true])
  })

  it('are zod’s languages, but for the one of its messages', async () => {
    const code = `
      const { z } = await import('zod')
      return [Object.keys(z.locales), z.string().safeParse(1).error.issues[0].message]`
    assert.deepEqual(await run(code), [[], 'Invalid input: expected string, received number'])
  })
})
