/** The commands of `carrel homes` that carry files: archives from and into homes. */
import { createReadStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { defineCommand } from '../command.ts'
import { flag, type Options, text, UsageError } from '../options.ts'
import { hubOptions } from './hub-client.ts'
import { transfer } from './hub-files.ts'

const options = {
  ...hubOptions,
  course: {
    value: 'COURSE',
    help: "The course whose image does it, where the home's own course is there no more.",
    schema: text,
  },
} satisfies Options

const exportHome = defineCommand({
  name: 'export',
  args: '<HOME> [FILE]',
  summary: 'Writes the files of a home into a tar archive',
  description:
    'Writes all files of a home into a new file, or to the output. A short program in the image of the course reads them, as the user of that image, so no notebook may use the home meanwhile. What ends with 0 is complete.',
  examples: { 'carrel homes export 4f7k2m9x1q8d ann.tar': 'Writes it to a file' },
  options,
  async run(values, { args: [id, file], env }) {
    if (!id) throw new UsageError('name the home by its id, as "carrel homes list" shows it')
    if (file === undefined && values.json) throw new UsageError('--json needs a file for the archive')
    // Made before anything runs, closed to other accounts, and never over a file that is there.
    const target = file === undefined ? undefined : await newFile(file)
    try {
      const files = await transfer(values, env, { method: 'GET', path: pathOf(id, { course: values.course }) })
      await pipeline(files, target === undefined ? process.stdout : target.createWriteStream())
    } catch (error) {
      await target?.close()
      if (file !== undefined) await rm(file, { force: true })
      throw error
    }
    if (file === undefined) return 0
    const { size } = await stat(file)
    process.stdout.write(
      values.json ? `${JSON.stringify({ id, file, bytes: size })}\n` : `${file} has ${size} bytes.\n`,
    )
    return 0
  },
})

const importHome = defineCommand({
  name: 'import',
  args: '<HOME> <FILE>',
  summary: 'Writes the files of a tar archive into a home',
  description:
    'Writes the files of a tar archive into a home, as the user of its image. Files that are there stay as they are, unless --overwrite is there. No notebook may use the home meanwhile. Only the machine on which the hub runs can do it.',
  examples: { 'carrel homes import 4f7k2m9x1q8d ann.tar': 'Brings files that are missing' },
  options: { ...options, overwrite: { help: 'Replace files that are there.', schema: flag } },
  async run(values, { args: [id, file], env }) {
    if (!id || !file) throw new UsageError('name the home by its id, and the archive')
    if (values.hub !== undefined)
      throw new UsageError('files are imported on the machine of the hub only, without --hub')
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) throw new Error(found ? `${file} is no file` : `there is no file ${file}`)
    const answer = await transfer(values, env, {
      method: 'PUT',
      path: pathOf(id, { course: values.course, overwrite: values.overwrite ? 'true' : undefined }),
      body: { bytes: found.size, stream: createReadStream(file) },
    })
    const done = await json(answer)
    process.stdout.write(values.json ? `${JSON.stringify(done)}\n` : `The files of ${file} are in ${id}.\n`)
    return 0
  },
})

/** For the group `carrel homes`. */
export const homeFileCommands = [exportHome, importHome]

async function newFile(file: string) {
  return open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new UsageError(`${file} exists. Name a new file, or remove it`)
  })
}

function pathOf(id: string, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return `/hub/api/homes/${encodeURIComponent(id)}/files?${new URLSearchParams(given)}`
}
