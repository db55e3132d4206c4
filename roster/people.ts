/** Takes the people of a class out of the rows of a CSV file, and says which lines cannot be used, and why. */
import { groupName } from '../courses/fields.ts'
import { isLearnerName, isTemporaryName } from '../net/machine/account-names.ts'
import { didYouMean } from '../net/settings/near.ts'
import type { CsvRow, Unreadable } from './csv.ts'

/** What one line says of a person. Undefined is what it does not say. */
export interface Person {
  line: number
  /** In lower case, by which two spellings of one address are the same. */
  email: string
  /** The account's name: the one in the file, or else what stands before the @. */
  name: string
  /** Whether the file names the account. */
  isNamed: boolean
  displayName: string | undefined
  /** The name to show of a new account about which the file does not say one. */
  likelyName: string
  groups: string[]
}

export interface BadLine {
  line: number
  problem: string
}

export interface Roster {
  people: Person[]
  bad: BadLine[]
  warnings: string[]
  /** Whether the file has the column of groups. */
  hasGroups: boolean
}

/** The columns that a file may have. Only `email` must be there. */
export const columns = ['email', 'username', 'first_name', 'last_name', 'groups'] as const

type Cells = Partial<Record<(typeof columns)[number], string>>

/** The most people of one file, so that each import is one act that ends soon. */
export const mostPeople = 5000

/** The most columns that are named as not known. */
const mostWarnings = 10

/** Returns the people of the rows, whose first one names the columns. */
export function readPeople(rows: CsvRow[]): Roster | Unreadable {
  const [header, ...lines] = rows
  if (header === undefined) return { line: undefined, problem: 'The file is empty. Its first line names the columns.' }
  const { names, unknown } = readHeader(header)
  if (!names.includes('email')) {
    return {
      line: header.line,
      problem: `The first line names no column “email”. It names the columns of the file, for example: ${columns.join(',')}`,
    }
  }
  const twice = names.find((name, at) => name !== undefined && names.indexOf(name) !== at)
  if (twice !== undefined) {
    return { line: header.line, problem: `There are two columns “${twice}”. Remove one of them, or rename it.` }
  }
  if (lines.length > mostPeople) {
    const problem = `The file names ${lines.length} people, and at most ${mostPeople} can be imported at once. Split it.`
    return { line: undefined, problem }
  }
  const people: Person[] = []
  const bad: BadLine[] = []
  const seen = new Map<string, number>()
  for (const row of lines) {
    const read = readPerson(row, names)
    const person = typeof read === 'string' ? undefined : read
    const problem = person === undefined ? String(read) : repeated(person, seen)
    if (person === undefined || problem !== undefined) bad.push({ line: row.line, problem: problem ?? '' })
    else people.push(person)
  }
  return { people, bad, warnings: unknown.slice(0, mostWarnings).map(aboutColumn), hasGroups: names.includes('groups') }
}

function readHeader({ fields }: CsvRow): { names: (keyof Cells | undefined)[]; unknown: string[] } {
  const spelled = fields.map((field) => field.toLowerCase().replace(/[\s-]+/g, '_'))
  const names = spelled.map((text) => columns.find((name) => name === text))
  return { names, unknown: fields.filter((field, at) => names[at] === undefined && field !== '') }
}

function aboutColumn(name: string): string {
  if (name.toLowerCase() === 'password') {
    return 'The column “password” is ignored: each person chooses a password by a link of her own.'
  }
  return `The column “${shown(name)}” is not known and ignored${didYouMean(name, columns) || '.'}`
}

/** Returns the person of a line, or what is wrong with it. */
function readPerson({ line, fields }: CsvRow, names: (keyof Cells | undefined)[]): Person | string {
  if (fields.length > names.length && fields.slice(names.length).some((field) => field !== '')) {
    return `The line has ${fields.length} fields, and there are ${names.length} columns. Put fields with a separator in quotes.`
  }
  const cells: Cells = {}
  for (const [at, name] of names.entries()) {
    const text = withoutGuard((fields[at] ?? '').normalize('NFC')).trim()
    if (name !== undefined && text !== '') cells[name] = text
  }
  if (cells.email === undefined) return 'There is no address in the column email. Add it, or remove the line.'
  const email = cells.email.toLowerCase()
  if (!isAddress(email)) return `“${shown(cells.email)}” is not a mail address. Write one such as ann@example.org.`
  const local = email.slice(0, email.lastIndexOf('@'))
  const name = (cells.username ?? local).normalize('NFKC').toLowerCase()
  const problem = nameProblem(name, cells.username !== undefined)
  if (problem !== undefined) return problem
  const displayName = [cells.first_name, cells.last_name].filter(Boolean).join(' ') || undefined
  if (displayName !== undefined && (displayName.length > 128 || unprintable.test(displayName))) {
    return 'first_name and last_name are one line of at most 128 characters together. Shorten them, or remove line ends.'
  }
  const groups = [...new Set((cells.groups ?? '').split(/[\s,;|]+/).filter(Boolean))]
  const odd = groups.find((group) => !groupName.safeParse(group).success)
  if (odd !== undefined) {
    return `“${shown(odd)}” is not the name of a group. Such a name has up to 63 of a-z, 0-9, . _ - and groups are separated by blanks.`
  }
  return {
    line,
    email,
    name,
    isNamed: cells.username !== undefined,
    displayName,
    likelyName: likelyName(local),
    groups,
  }
}

/** Control characters, line ends of Unicode, and signs that turn the direction of what follows. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** Letters of any script, digits and a few signs, as accounts with a password may have. */
const accountName = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{0,63}$/u

function nameProblem(name: string, isNamed: boolean): string | undefined {
  if (isLearnerName(name) || isTemporaryName(name)) {
    return `The name “${shown(name)}” looks like the account of an LMS's learner or of a temporary user. Choose another username.`
  }
  if (accountName.test(name)) return undefined
  const rule = 'up to 64 letters and digits; . _ - + and @ may stand inside'
  if (isNamed) return `“${shown(name)}” is not the name of an account. Such a name has ${rule}.`
  return `What stands before the @ is not the name of an account (${rule}). Give this person a username.`
}

/** Says whether the text is an address as mail servers everywhere take it, and nothing more than one address. */
export function isAddress(text: string): boolean {
  return text.length <= 254 && address.test(text)
}

const address =
  /^(?!\.)(?!.*\.\.)[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}(?<!\.)@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/i

/** Returns “Ann Lee” for `ann.lee`. */
function likelyName(local: string): string {
  const words = local.split(/[._-]+/).filter(Boolean)
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(' ')
}

/** Returns a field without the apostrophe that an export puts before what a spreadsheet would take for a formula. */
function withoutGuard(field: string): string {
  return /^'[=+\-@\t\r']/.test(field) ? field.slice(1) : field
}

/** Notes address and name of a person. Returns the problem when an earlier line has one of them. */
function repeated({ line, email, name }: Person, seen: Map<string, number>): string | undefined {
  const keys = [`address ${email}`, `name ${name}`]
  const first = keys.find((key) => seen.has(key))
  if (first !== undefined)
    return `Line ${seen.get(first)} has the ${first} too. Remove one of the lines, or correct it.`
  for (const key of keys) seen.set(key, line)
  return undefined
}

/** Returns a text of the file for a message: short, and without signs that a terminal or a page would act on. */
function shown(text: string): string {
  const clean = text.replace(/\p{C}/gu, '?')
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean
}
