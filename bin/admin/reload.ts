import { once } from 'node:events'
import { lstat } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { codeOf, lineOf } from '../../net/error-code.ts'
import { reloadSocketOf } from '../../net/machine/admin-socket.ts'
import { defineCommand } from '../command.ts'
import { dataOption } from '../shared-options.ts'
import { type ReloadAnswer, reloadRequest } from '../start/reload-socket.ts'

export const command = defineCommand({
  name: 'reload',
  summary: 'Has a running carrel start take over a changed config',
  description: `Checks the config file of the carrel start that runs with this data folder, and takes it over, as SIGHUP does. Learners' servers, open pages and sign-ins notice nothing. Prints what is wrong, and ends with 1 where the config cannot be taken over; Carrel then goes on with the one that it had.

Settings of the command line and the environment hold from a start on. So do the addresses, which database it is, the installation, and which spawner it is.`,
  examples: { 'carrel reload --data /var/lib/carrel': 'After an edit of the config, for ExecReload= of systemd' },
  options: dataOption,
  run: (values) => reload(values.data),
})

const answerSchema = z.union([z.strictObject({ line: z.string() }), z.strictObject({ code: z.int() })])

async function reload(data: string): Promise<number> {
  const path = reloadSocketOf(data)
  const [found, folder] = await Promise.all([path, dirname(path)].map((one) => lstat(one).catch(() => undefined)))
  // An account that may write in the folder could lay a socket of its own there.
  if (found !== undefined && found.uid !== 0 && found.uid !== folder?.uid) {
    throw new Error(`${path} belongs to another account than its folder. Look what it is, and remove it.`)
  }
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    socket.write(reloadRequest)
    for await (const text of createInterface({ input: socket })) {
      const answer: ReloadAnswer = answerSchema.parse(JSON.parse(text))
      if ('code' in answer) return answer.code
      process.stdout.write(`${answer.line.replace(/\p{C}/gu, '?')}\n`)
    }
  } catch (error) {
    throw new Error(whyUnreachable(error, data), { cause: error })
  } finally {
    socket.destroy()
  }
  throw new Error('Carrel ended before the reload was over')
}

function whyUnreachable(error: unknown, data: string): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTDIR':
      return `no carrel start runs here with the data folder ${data}. Name its folder with --data. A carrel hub that runs by itself takes a new config when it is started again`
    case 'EACCES':
    case 'EPERM':
      return `the carrel start of the data folder ${data} takes this command from the account that runs it only`
    default:
      return `the carrel start of the data folder ${data} does not answer: ${lineOf(error)}`
  }
}
