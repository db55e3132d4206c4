/** The sentences of rooms that know no languages: what is wrong with what people hand in, which pages tell in the reader's. */
import { patternOf } from '../../words/text.ts'
import type { Literal } from './literals.ts'
import { hasWords, isSentence } from './product.ts'

/** Rooms and files that say what is wrong with a setting, as a clause behind its place. */
const ofClauses =
  /^(?:courses\/|roster\/(?:csv|people|plan)|config\/(?:making\/|roles-named|said-settings|sections\/builds)|net\/settings\/)/

/** Rooms whose whole sentences pages show. */
const ofSentences = /^(?:git\/|authenticators\/)/

/** Files in them whose words no page shows, or not as a problem. */
const elsewhere: Record<string, string> = {
  'authenticators/password.ts': 'whoever mends it: an error of ours',
  'courses/builds/text.ts': 'a Dockerfile that is made',
  'git/archive.ts': 'whoever mends it: an error of ours',
  'git/open.ts': 'the log',
  'git/process.ts': 'the operator who starts the hub',
}

/** Literals among the others that are no problems. */
const noProblems = new Set([
  // The patterns of files, in words for those who read the code.
  'any number',
  'texts.some((text) => pattern.test(text))',
  // What only a mistake in the hub brings about.
  'A stored hash of a password is not an argon2id hash.',
  'An account is written by others all the time.',
  // Lines of logs.
  'Fetching all of the commit anew.',
  'Fetching the submodule {0} from {1}.',
  'Files of Git LFS to fetch from {0}: {1} ({2} MB).',
  'The host hands out no single commits: fetching all branches and tags.',
])

/** Returns the patterns that a file says of what people hand in. */
export function problemsOf(file: string, literals: readonly Literal[]): string[] {
  if (Object.hasOwn(elsewhere, file)) return []
  const isMeant = ofClauses.test(file) ? isClause : ofSentences.test(file) ? isSentenceOfParts : () => false
  return literals
    .filter(({ tag, pieces }) => (tag === undefined || tag === '') && isMeant(pieces))
    .map(({ pieces }) => patternOf(pieces))
    .filter((pattern) => !noProblems.has(pattern))
}

/** Returns whether a literal is a sentence, behind which others may stand as values. */
function isSentenceOfParts(pieces: readonly string[]): boolean {
  const text = pieces.join('¤').replace(/(?: ¤)+$/, '')
  return isSentence([text])
}

/** Returns whether a literal has three words: what codes, names and paths have not. */
function isClause(pieces: readonly string[]): boolean {
  const text = pieces.join('¤').trim()
  return /\S \S+ \S/.test(text) && hasWords(text) && /\p{L}{2,} \S*\p{L}|\p{L} \S+ \S*\p{L}/u.test(text)
}
