/** Checks of several settings that run, and tell what they find, whatever else is wrong with the file. */
import { z } from 'zod'

/** Marks a problem that leaves the value usable for other checks: each setting is right, and two do not fit together. */
const aside = { aside: true }

export function report(context: z.core.$RefinementCtx, path: (string | number)[], message: string): void {
  context.addIssue({ code: 'custom', path, message, params: aside })
}

/** Lets a check run as soon as these settings are right: `embed`, or `courses.*.embed` for that of every course. */
export function onceSound(...settings: string[]) {
  const needed = settings.map((setting) => setting.split('.'))
  return {
    when: ({ value, issues }: z.core.ParsePayload) =>
      isRecord(value) &&
      !issues.some((issue) => !isAside(issue) && needed.some((setting) => touches(issue.path ?? [], setting))),
  }
}

/** Lets a check run that takes whatever is in these sections, as long as each of them is an object at all. */
export function onceThere(...sections: string[]) {
  return {
    when: ({ value }: z.core.ParsePayload) => isRecord(value) && sections.every((section) => isRecord(value[section])),
  }
}

/**
 * Returns the schema of an object with names of this kind. The values under a wrong name are checked too, so that the
 * name does not hide what is wrong with them.
 */
export function named<T extends z.ZodType>(name: z.ZodType<string>, value: T) {
  return z.record(z.string(), value).superRefine(
    (found, context) => {
      for (const key of Object.keys(found)) {
        const [problem] = name.safeParse(key).error?.issues ?? []
        if (problem !== undefined) report(context, [key], problem.message)
      }
    },
    { when: ({ value: found }) => isRecord(found) },
  )
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Says whether the value is whole all the same: unknown words are left out of it. */
function isAside(issue: z.core.$ZodRawIssue): boolean {
  if (issue.code === 'unrecognized_keys') return true
  return issue.code === 'custom' && isRecord(issue.params) && issue.params.aside === true
}

/** Says whether a problem at this place is one of the setting, of a part of it, or of what it is part of. */
function touches(path: PropertyKey[], setting: string[]): boolean {
  return setting.slice(0, path.length).every((name, index) => name === '*' || name === String(path[index]))
}

/** Returns the plug-ins that refuse their options: where they stand in the config, and why. */
export function refusedOptions(
  spawner: unknown,
  authenticators: unknown,
  builder: unknown,
): [path: (string | number)[], refusal: unknown][] {
  const all: [(string | number)[], unknown][] = [
    [['spawner'], spawner],
    [['builds', 'builder'], builder],
    ...(Array.isArray(authenticators) ? authenticators : []).flatMap((one, index): [(string | number)[], unknown][] => [
      [['authenticators', index], one],
      [['authenticators', index, 'behind'], isRecord(one) ? one.behind : undefined],
    ]),
  ]
  return all.flatMap(([path, one]): [(string | number)[], unknown][] =>
    isRecord(one) && one.refusal !== undefined ? [[path, one.refusal]] : [],
  )
}
