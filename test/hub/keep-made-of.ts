import type { Database } from '../../hub/db/dialect.ts'
import { createDefinitions, definitionOf } from '../../hub/db/servers/definitions.ts'
import { madeOfCourse } from '../../hub/made-of/made-of.ts'
import { hubUrl, testConfig } from '../helpers/test-hub.ts'

/** Stores what a run of the course `demo` is made of, so that a server can be queued, and returns its digest. */
export async function keepMadeOf(db: Database): Promise<string> {
  const { demo } = testConfig({}).courses
  if (demo === undefined) throw new Error('there is no course')
  const definition = definitionOf(madeOfCourse({ hubUrl, internalUrl: undefined }, demo))
  await createDefinitions(db).keep([definition])
  return definition.digest
}
