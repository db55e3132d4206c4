/**
 * A log file that is set aside when it is full, for one process or several.
 *
 * Each process appends in whole lines. The one that finds the file full renames it to a name that no other file can have,
 * so no line is overwritten, whatever others do at the same time and wherever one is killed. The others go on in the
 * renamed file until they see, within `checkMilliseconds`, that another file is in its place.
 */
import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { lineOf } from '../../net/error-code.ts'

export interface RotatingFileOptions {
  /** How many bytes make the file full. 0 for a file that is never renamed here. */
  fullBytes: number
  /** How many full files are kept, the newest ones. At least one, in which another process may still be writing. */
  keep: number
  /** Called once when the full file cannot be renamed, with a message for people. The log goes on in that file. */
  refused(message: string): void
}

export interface RotatingFile {
  /** Writes whole lines at once. What a full disk does not take waits, up to a megabyte; later lines are then lost. */
  write(lines: string): void
}

const checkMilliseconds = 250
const checkBytes = 64 * 1024
const mostWaiting = 2 ** 20
/** For how long a line that is being written may stand still. */
const growMilliseconds = 50
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** Opens the file, which is made if it is not there. Throws when that is not possible. */
export function openRotatingFile(file: string, { fullBytes, keep, refused }: RotatingFileOptions): RotatingFile {
  let fd = openSync(file, 'a+', 0o600)
  let waiting = endsInMidLine(fd) ? '\n' : ''
  let checkedAt = 0
  let sinceCheck = 0
  let isRefused = false

  const reopen = () => {
    const next = openSync(file, 'a+', 0o600)
    closeSync(fd)
    fd = next
    if (endsInMidLine(fd) && waiting === '') waiting = '\n'
  }

  /** Takes the file that is in the place now, and a new one if that is full. Pipes and devices stay as they are. */
  const check = () => {
    checkedAt = performance.now()
    sinceCheck = 0
    const open = fstatSync(fd)
    if (!open.isFile()) return
    const found = lstatSync(file, { throwIfNoEntry: false })
    if (found?.isSymbolicLink()) return
    if (found?.ino !== open.ino || found.dev !== open.dev) return reopen()
    if (fullBytes === 0 || open.size < fullBytes) return
    setAside(file)
    reopen()
    removeOldest(file, keep)
  }

  const checkSafely = () => {
    try {
      check()
    } catch (error) {
      if (isRefused) return
      isRefused = true
      refused(
        `${file} is full and cannot be renamed, so it grows on: ${lineOf(error)}. See docs/operating.md on log files.`,
      )
    }
  }

  return {
    write(lines) {
      if (sinceCheck >= checkBytes || performance.now() - checkedAt >= checkMilliseconds) checkSafely()
      if (waiting.length + lines.length <= mostWaiting) waiting += lines
      sinceCheck += lines.length
      waiting = written(fd, waiting)
    },
  }
}

/**
 * Writes lines, and returns those that were not written whole. They begin with a line break then, which ends the part of a
 * line that may be in the file.
 */
function written(fd: number, lines: string): string {
  const bytes = Buffer.from(lines)
  let done = 0
  try {
    while (done < bytes.length) done += writeSync(fd, bytes, done)
    return ''
  } catch {
    if (done === 0) return lines
    const begin = bytes.lastIndexOf('\n', done - 1) + 1
    return `${begin === done ? '' : '\n'}${bytes.toString('utf8', begin)}`
  }
}

/**
 * Returns whether the file ends in the middle of a line, as the file of a process that was killed may. Where another process
 * just writes its line, the file grows meanwhile.
 */
function endsInMidLine(fd: number): boolean {
  for (let size = -1; ; ) {
    const found = fstatSync(fd)
    if (!found.isFile() || found.size === 0) return false
    const last = Buffer.alloc(1)
    if (readSync(fd, last, 0, 1, found.size - 1) !== 1 || last[0] === 0x0a) return false
    if (found.size === size) return true
    size = found.size
    Atomics.wait(sleeper, 0, 0, growMilliseconds)
  }
}

/** Renames the file to a name made of this moment and this process. Leaves it for the next check if there is such a file. */
function setAside(file: string): void {
  const moment = new Date().toISOString().replace(/[-:.]/g, '')
  const full = `${file}.${moment}-${process.pid}`
  if (lstatSync(full, { throwIfNoEntry: false }) === undefined) renameSync(file, full)
}

function removeOldest(file: string, keep: number): void {
  const start = `${basename(file)}.`
  const isFull = (name: string) => name.startsWith(start) && /^\d{8}T\d{9}Z-\d+$/.test(name.slice(start.length))
  const full = readdirSync(dirname(file)).filter(isFull).sort()
  for (const name of full.slice(0, -keep)) rmSync(join(dirname(file), name), { force: true })
}
