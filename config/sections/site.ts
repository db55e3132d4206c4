/** What pages show of the site: its name, its picture, and where and from whom its people get help. */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { z } from 'zod'
import { isPathBeside } from '../../courses/files.ts'
import { isOneAddress } from '../../courses/support/contact.ts'
import { codeOf } from '../../net/error-code.ts'
import { languages } from '../../words/language.ts'
import { isRecord } from '../sound.ts'

/** Whether bytes are a picture of each kind, so that a file is what its name says. */
const looksLike = {
  svg: (bytes: Buffer) => firstElement(bytes) === 'svg',
  png: (bytes: Buffer) => /^\x89PNG/.test(startOf(bytes)),
  jpg: (bytes: Buffer) => /^\xff\xd8\xff/.test(startOf(bytes)),
  webp: (bytes: Buffer) => /^RIFF.{4}WEBP/s.test(startOf(bytes)),
}

function startOf(bytes: Buffer): string {
  return bytes.toString('latin1', 0, 12)
}

/** Returns the name of a document's outermost element, which may come after long comments; XML knows UTF-16 by its first bytes. */
function firstElement(bytes: Buffer): string | undefined {
  const mark = startOf(bytes).slice(0, 2)
  const encoding = mark === '\xff\xfe' ? 'utf-16le' : mark === '\xfe\xff' ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes).replace(/<!--.*?-->/gs, '')
  return /<([a-z][^\s/>]*)/i.exec(text)?.[1]
}

type LogoType = keyof typeof looksLike

const mostBytes = 200_000

export const siteSchema = z
  .strictObject({
    /** What all pages call the site, in their header and title. */
    name: z
      .string()
      .trim()
      .min(1)
      .max(60)
      .regex(/^[^\p{Cc}]*$/u, 'is one line of text')
      .default('Carrel'),
    /** The language of pages for people whose browsers want none that pages are written in. */
    language: z.enum(languages).default('en'),
    /** The picture before the name: `./logo.svg` beside the config file, or one of PNG, JPEG or WebP; 200 kB at most. */
    logo: z
      .string()
      .refine(
        (path) => isPathBeside(path) && typeOf(path) !== undefined,
        'is a path like ./logo.svg, and ends in .svg, .png, .jpg or .webp',
      )
      .optional(),
    /** A page of yours with help for the people of this site, to which each header leads: an address with https or http. */
    help: z.url({ protocol: /^https?$/ }).optional(),
    /**
     * Whom the people of this site ask: a mail address, or an address with https or http. Pages say it below, and where a notebook
     * could not be opened. On the way to a course's notebooks the course's own `contact` is said instead.
     */
    support: z
      .string()
      .max(200)
      .refine(isOneAddress, 'is a mail address like help@example.org, or an address with https or http')
      .optional(),
  })
  .prefault({})

/** The site's picture, as the loader has read it. */
export interface Logo {
  type: LogoType
  content: Buffer
  /** Part of the picture's address, which changes with it. */
  digest: string
}

function typeOf(path: string): LogoType | undefined {
  const ending = extname(path).slice(1).toLowerCase().replace('jpeg', 'jpg')
  return Object.hasOwn(looksLike, ending) ? (ending as LogoType) : undefined
}

/** Reads the picture that a config names; `input` is its default export. Without one, or with a wrong name, there is none. */
export async function readLogo(
  input: unknown,
  folder: string,
): Promise<{ logo?: Logo; problems: z.core.$ZodIssueCustom[] }> {
  const site = isRecord(input) ? input.site : undefined
  const path = isRecord(site) && typeof site.logo === 'string' ? site.logo : undefined
  const type = path === undefined ? undefined : typeOf(path)
  if (path === undefined || type === undefined) return { problems: [] }
  const refuse = (message: string) => ({
    problems: [{ code: 'custom' as const, path: ['site', 'logo'], message, input: undefined }],
  })
  const file = resolve(folder, path)
  try {
    const found = await stat(file)
    if (!found.isFile()) return refuse('is no file')
    if (found.size > mostBytes) return refuse(`is larger than ${mostBytes / 1000} kB: each page shows it`)
    const content = await readFile(file)
    if (!looksLike[type](content)) return refuse(`is no picture of the kind that its name says (${type})`)
    return {
      logo: { type, content, digest: createHash('sha256').update(content).digest('hex').slice(0, 16) },
      problems: [],
    }
  } catch (error) {
    return refuse(codeOf(error) === 'ENOENT' ? 'there is no such file beside the config file' : 'cannot be read')
  }
}
