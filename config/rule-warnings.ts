/** What is odd about rules: those that mean no one, those that never count, and limits that cannot be kept. */
import type { Role, SettingsRule, When } from '../courses/settings.ts'
import type { Config } from './config.ts'
import { provesNames } from './opening-warnings.ts'

/** Returns a warning for each rule that gives its settings to no server. */
export function rulesWithoutEffect(config: Config): string[] {
  const ofCourses = Object.values(config.courses).map(({ name, rules }): [string, SettingsRule[]] => [
    `courses.${name}.rules`,
    rules.filter((rule) => !config.rules.includes(rule)),
  ])
  return [...ofCourses, ['rules', config.rules] as const].flatMap(([place, rules]) =>
    rules.flatMap(({ when }, index) => {
      const why = whyNoOne(config, when) ?? whyTooLate(when, rules.slice(0, index), place)
      return why === undefined ? [] : [`${place}[${index}].when: ${why}`]
    }),
  )
}

/** Returns a warning for each limit of idleness that ends before anything is known of it. */
export function idleLimitsTooShort({ courses, rules, activity: { quietSeconds } }: Config): string[] {
  const places = [
    ...Object.values(courses).flatMap(({ name, cull, rules: all, choices }) => [
      { place: `courses.${name}`, cull },
      ...Object.entries(choices).flatMap(([choice, offered]) => placesOf(`courses.${name}.choices.${choice}`, offered)),
      ...placesOf(
        `courses.${name}.rules`,
        all.filter((rule) => !rules.includes(rule)),
      ),
    ]),
    ...placesOf('rules', rules),
  ]
  return places.flatMap(({ place, cull }) => {
    const idle = cull === undefined || cull === 'never' ? undefined : cull.idleSeconds
    if (idle === undefined || idle >= quietSeconds) return []
    return [
      `${place}.cull.idleSeconds (${idle}) takes ${quietSeconds} seconds at least: sooner nothing is known of a server's idleness. Say more, or lower activity.quietSeconds.`,
    ]
  })
}

/** Returns a warning for each course of which servers of temporary users are never stopped. */
export function endlessForVisitors({ courses, authenticators }: Config): string[] {
  if (!authenticators.some(({ kind }) => kind === 'temporary')) return []
  return Object.values(courses).flatMap((course) => {
    const rule = course.rules.find(
      ({ when: { role, group, name } }) =>
        group === undefined && name === undefined && (role === undefined || [role].flat().includes('temporary')),
    )
    if ((rule?.cull ?? course.cull) !== 'never') return []
    return [
      `courses.${course.name}: cull is 'never' for temporary users too, and no one comes back to their servers once their sessions have ended. Add a rule like { when: { role: 'temporary' }, cull: { maxAgeSeconds: 86400 } } in front.`,
    ]
  })
}

function placesOf(place: string, said: Pick<SettingsRule, 'cull'>[]): { place: string; cull: SettingsRule['cull'] }[] {
  return said.map(({ cull }, index) => ({ place: `${place}[${index}]`, cull }))
}

/** Returns why a rule can mean no one. Whether a person of a name will come, no config tells. */
function whyNoOne({ authenticators, groups }: Config, { role, group, name }: When): string | undefined {
  const [roles, named] = [listOf(role), group !== undefined || name !== undefined]
  if (named && roles.length > 0 && roles.every((one) => one === 'temporary' || one === 'learner'))
    return `no one is meant, since users with the role ${wordsOf(roles)} are in no group and have no name that counts. Take role, or group and name, out.`
  const needsNames = named || (roles.length > 0 && roles.every((one) => one === 'admin' || one === 'staff'))
  if (needsNames && !authenticators.some(provesNames))
    return 'no one is meant, since nobody comes in here by a name that counts. Add a way to sign in with a name, such as oidc({ … }).'
  const kinds = authenticators.map(({ kind }) => (kind === 'temporary' || kind === 'launch' ? kind : 'person'))
  const comes = {
    temporary: 'temporary',
    learner: 'launch',
    person: 'person',
    admin: 'person',
    staff: 'person',
  } as const
  if (roles.length > 0 && roles.every((one) => !kinds.includes(comes[one])))
    return `no one is meant, since no user with the role ${wordsOf(roles)} comes in here. Add such a way to sign in, or take the rule out.`
  // Accounts may be put into a group by a file that an admin imports.
  const keepsAccounts = authenticators.some((one) => one.kind === 'password' && one.open !== undefined)
  const said = authenticators.flatMap((one) => one.groups ?? [])
  const isEmpty = (one: string) => (groups[one] ?? []).length === 0 && !said.includes(one) && !keepsAccounts
  const wanted = listOf(group)
  if (wanted.length > 0 && wanted.every(isEmpty))
    return `no one is meant, since nobody can be in ${wordsOf(wanted)}. Name persons in groups.${wanted[0]}, or let an authenticator say who is in it, such as oidc({ groups: { ${wanted[0]}: '…' } }).`
  return undefined
}

/** Returns why another rule of the same place always counts before this one. */
function whyTooLate(when: When, before: SettingsRule[], place: string): string | undefined {
  const first = before.findIndex((earlier) => coversAll(earlier.when, when))
  if (first < 0) return undefined
  return `never counts, since ${place}[${first}] means all of these users and stands before it. Put the narrower rule first.`
}

function coversAll(earlier: When, later: When): boolean {
  // Admins are staff of every course, and both are persons.
  const wider: Record<Role, Role[]> = {
    admin: ['admin', 'staff', 'person'],
    staff: ['staff', 'person'],
    person: ['person'],
    learner: ['learner'],
    temporary: ['temporary'],
  }
  const covers = <T>(all: T[], some: T[], widerOf: (one: T) => T[]) =>
    all.length === 0 || (some.length > 0 && some.every((one) => widerOf(one).some((word) => all.includes(word))))
  const own = (one: string) => [one]
  return (
    covers(listOf(earlier.role), listOf(later.role), (one) => wider[one]) &&
    covers(listOf(earlier.group), listOf(later.group), own) &&
    covers(listOf(earlier.name), listOf(later.name), own)
  )
}

function listOf<T>(value: T | T[] | undefined): T[] {
  return value === undefined ? [] : ([value].flat() as T[])
}

function wordsOf(words: string[]): string {
  return words.map((word) => `"${word}"`).join(' or ')
}
