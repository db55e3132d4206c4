/** Reads a tar archive of regular files and folders: ustar, with the long names of pax and of GNU tar. */

import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

export interface ArchivedFile {
  /** A relative path without `.` and `..`. */
  path: string
  /** Permissions: 0o644, 0o755. */
  mode: number
  bytes: Buffer
}

const block = 512

/**
 * Returns the files of an archive that holds at most this many bytes with all its headers. Rejects when it holds anything
 * but files and folders, a path that leads outside, or when it ends early.
 */
export async function readArchive(archive: Readable, bytesAtMost: number): Promise<ArchivedFile[]> {
  const all = await buffer(limited(archive, bytesAtMost))
  const files: ArchivedFile[] = []
  let longName: string | undefined
  for (let at = 0; ; ) {
    const header = all.subarray(at, at + block)
    if (header.length < block) throw new Error('the archive ends early')
    if (header.every((byte) => byte === 0)) return files
    const size = octal(header, 124, 12)
    const content = all.subarray(at + block, at + block + size)
    if (content.length < size) throw new Error('the archive ends early')
    at += block + Math.ceil(size / block) * block
    const type = String.fromCharCode(header[156] ?? 0)
    if (type === 'x') longName = paxPath(content) ?? longName
    else if (type === 'L') longName = text(content, 0, content.length)
    else if (type === '0' || type === '\0') {
      files.push({ path: safePath(longName ?? nameIn(header)), mode: octal(header, 100, 8) & 0o777, bytes: content })
      longName = undefined
    } else if (type === '5') {
      longName = undefined
    } else if (type !== 'g') {
      throw new Error(`the archive holds something that is neither file nor folder (type ${JSON.stringify(type)})`)
    }
  }
}

async function* limited(archive: Readable, bytesAtMost: number) {
  let bytes = 0
  for await (const chunk of archive) {
    bytes += (chunk as Buffer).length
    if (bytes > bytesAtMost) throw new Error(`the archive is longer than ${bytesAtMost} bytes`)
    yield chunk as Buffer
  }
}

function safePath(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (name.startsWith('/') || parts.length === 0 || parts.includes('..')) {
    throw new Error(`the archive holds a path that leads outside: ${JSON.stringify(name)}`)
  }
  return parts.join('/')
}

function nameIn(header: Buffer): string {
  const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : ''
  return (prefix && `${prefix}/`) + text(header, 0, 100)
}

function text(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.subarray(0, end < 0 ? length : end).toString('utf8')
}

function octal(header: Buffer, start: number, length: number): number {
  return Number.parseInt(text(header, start, length).trim() || '0', 8)
}

/** Returns the path of a pax header, whose records are `<length> <key>=<value>\n`; the length counts the whole record. */
function paxPath(content: Buffer): string | undefined {
  let path: string | undefined
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString('latin1', at, at + 20), 10)
    if (!(length > 0)) throw new Error('the archive has a broken header')
    const record = content.toString('utf8', at, at + length - 1)
    const [, key, value] = /^\d+ ([^=]*)=(.*)$/s.exec(record) ?? []
    if (key === 'path') path = value
    at += length
  }
  return path
}
