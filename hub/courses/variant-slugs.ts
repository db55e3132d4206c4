/** The names of a course's variants, by its definitions as they were given, which need not be sound any more. */
import type { Alias } from '../db/courses/aliases.ts'
import type { CatalogueCourse } from '../db/courses/catalogue.ts'
import { listEdits } from '../db/courses/edits.ts'
import type { Database } from '../db/dialect.ts'
import type { GivenDefinition } from './definition.ts'

/** Returns the slugs of the variants that a course of this slug has by the definition. Pure. */
export function variantSlugs(slug: string, { tags, apps, gpuOnRequest }: GivenDefinition): string[] {
  const words = [tags, apps].flatMap((one) => (typeof one === 'object' && one !== null ? Object.keys(one) : []))
  const own = words.map((word) => `${slug}--${word}`)
  return gpuOnRequest === undefined ? own : [...own, ...[slug, ...own].map((one) => `${one}--gpu`)]
}

/** Returns the definition of a course and those before it, as far as they are kept. */
async function definitionsOf(
  db: Database,
  { id, definition }: Pick<CatalogueCourse, 'id' | 'definition'>,
): Promise<GivenDefinition[]> {
  const edits = await listEdits(db, id)
  const texts = edits.flatMap(({ kind, before, after }) => (kind === 'renamed' ? [] : [before, after]))
  return [definition, ...texts].flatMap((text) => (text === undefined ? [] : readable(text)))
}

/** Returns the definitions that a course has and had while its slug was this one, as far as they are kept. */
export async function definitionsUnder(
  db: Database,
  row: Pick<CatalogueCourse, 'id' | 'slug' | 'definition'>,
  slug: string,
): Promise<GivenDefinition[]> {
  let then = { slug: row.slug, definition: row.definition }
  const all = [then]
  for (const { kind, before } of await listEdits(db, row.id)) {
    if (before === undefined) continue
    then = kind === 'renamed' ? { ...then, slug: before.toLowerCase() } : { ...then, definition: before }
    all.push(then)
  }
  return all.flatMap((one) => (one.slug === slug ? readable(one.definition) : []))
}

/** Returns the slugs of a course and of its variants under all names that it has and had, as far as they are kept. */
export async function everySlugOf(
  db: Database,
  row: Pick<CatalogueCourse, 'id' | 'slug' | 'definition'>,
  aliases: Alias[],
): Promise<string[]> {
  const definitions = await definitionsOf(db, row)
  const own = [row.slug, ...aliases.flatMap(({ course, slug }) => (course === row.id ? [slug] : []))]
  return own.flatMap((slug) => [slug, ...definitions.flatMap((one) => variantSlugs(slug, one))])
}

function readable(text: string): GivenDefinition[] {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null ? [read as GivenDefinition] : []
  } catch {
    return []
  }
}
