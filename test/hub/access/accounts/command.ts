import { spawn } from 'node:child_process'
import { projectDir } from '../../../helpers/carrel.ts'

export interface CommandResult {
  code: number | null
  out: string
  err: string
}

/** Runs `carrel user` with these arguments, for the hub with this data folder. */
export function carrelUser(dataDir: string, args: string[], input = ''): Promise<CommandResult> {
  return new Promise((resolve) => {
    const all = ['bin/carrel.js', 'user', ...args, '--data', dataDir]
    const child = spawn(process.execPath, all, { cwd: projectDir, env: { PATH: process.env.PATH ?? '' } })
    const texts = { out: '', err: '' }
    child.stdout.on('data', (piece) => {
      texts.out += piece
    })
    child.stderr.on('data', (piece) => {
      texts.err += piece
    })
    child.on('close', (code) => resolve({ code, ...texts }))
    // A command that reads no input may have ended already.
    child.stdin.on('error', () => undefined).end(input)
  })
}
