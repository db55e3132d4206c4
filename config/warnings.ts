/** What a config allows and its operator may not want, or wants and cannot get: told at each start, never refused. */
import { type Authenticator, gatewaysIn } from '../authenticators/authenticator.ts'
import { isWithin, type LaidFolder } from '../courses/files.ts'
import { mayHaveGuests } from '../courses/home.ts'
import { mostSpares } from '../courses/spares.ts'
import { isLoopback, readRange } from '../net/address.ts'
import { didYouMean } from '../net/settings/near.ts'
import { framesNeedHttps, hostScheme, plainHttpWarning, sharedHubWarning } from '../seats/host.ts'
import type { Config } from './config.ts'
import { coursesThatDoNotOpen, provesNames } from './opening-warnings.ts'
import { endlessForVisitors, idleLimitsTooShort, rulesWithoutEffect } from './rule-warnings.ts'

/** The public origins of hub and servers, if they are known. */
export interface PublicUrls {
  hubUrl: string | undefined
  serversUrl: string | undefined
}

export interface Warning {
  /** What it is about, in a word or two. */
  check: string
  /** What is so, and what to do about it. */
  message: string
}

/** Returns the warnings that the config alone gives. Pure. */
export function warningsOf(whole: Config, urls: PublicUrls): Warning[] {
  // What is odd about a course is told once, not of its variants again.
  const courses = Object.entries(whole.courses).filter(([, { variantOf }]) => variantOf === undefined)
  const config = { ...whole, courses: Object.fromEntries(courses) }
  const { hubUrl, serversUrl } = urls
  const plain = hubUrl === undefined || serversUrl === undefined ? undefined : plainHttpWarning(hubUrl, serversUrl)
  return [
    ...about('hosts', config.servers.shareHubOrigin ? [`${sharedHubWarning}.`] : []),
    ...about('https', plain === undefined ? [] : [`${plain}.`]),
    ...about('hosts', plain !== undefined && config.servers.shareHubOrigin ? [oneHttpName] : []),
    ...about('metrics', config.hub.openMetrics ? [openMetrics] : []),
    ...about('mail', config.mail?.insecure ? [insecureMail] : []),
    ...about('frames', framesWithoutHttps(config, hubUrl)),
    ...about('hosts', withoutOwnHosts(config, urls)),
    ...about('roles', rolesWithoutPersons(config)),
    ...about('gateways', wideGateways(config)),
    ...about('roles', adminsWithoutPersons(config)),
    ...about('courses', unknownCourses(config)),
    ...about('sign-in', ofAuthenticators(config)),
    ...about('sign-in', plain === undefined ? [] : passwordsInClear(config)),
    ...about('courses', coursesThatDoNotOpen(config)),
    ...about('rules', rulesWithoutEffect(config)),
    ...about('culler', [...idleLimitsTooShort(config), ...endlessForVisitors(config)]),
    ...about('files', filesOutOfPlace(config)),
    ...about('files', filesOutOfReach(config)),
    ...about('homes', oddHomes(config)),
    ...about('spares', sparesWithoutEffect(config)),
  ]
}

const oneHttpName =
  'one http address for all also gives this up: cookies go without Secure, so that machines on the way can take them; no page of another site can show a notebook in a frame; staff and admins cannot sign in with a browser, and no one can be invited into a notebook; scripts in notebooks have no clipboard, camera or microphone.'

const openMetrics =
  'hub.openMetrics lets anyone read the metrics of this hub. Take it out, and give Prometheus the token of CARREL_METRICS_TOKEN.'

const insecureMail =
  'mail.insecure lets mails with links, and the password of the mail server, go unencrypted where that server offers no TLS. Every machine on the way can read them. Take it out, unless nothing but your own network is in between.'

function about(check: string, messages: string[]): Warning[] {
  return messages.map((message) => ({ check, message }))
}

/** Returns the sites that may frame courses where no frame can work. */
function framesWithoutHttps({ embed, courses }: Config, hubUrl: string | undefined): string[] {
  if (hubUrl === undefined || !framesNeedHttps(hubUrl)) return []
  const own = Object.values(courses).filter((course) => course.embed.ancestors.length > 0)
  const places = [
    ...(embed.ancestors.length > 0 ? ['embed.ancestors'] : []),
    ...(own.length > 0 ? [inCourses(own, 'embed.ancestors')] : []),
  ]
  if (places.length === 0) return []
  return [
    `${places.join(' and ')}: no course opens in a frame, because hub.url is http (${hubUrl}). Browsers keep no cookies ` +
      'in such a frame, and pages of https may not show one. Give hub and servers https.',
  ]
}

/** Returns the settings that have no effect without a host for each server. */
function withoutOwnHosts({ courses }: Config, { hubUrl, serversUrl }: PublicUrls): string[] {
  if (hubUrl !== undefined && serversUrl !== undefined && hostScheme(hubUrl, serversUrl) === 'own') return []
  const remedy = 'needs a host for each server: set servers.url to a wildcard like https://*.nbuser.example.org'
  const all = Object.values(courses)
  const staffed = all.filter(({ staff }) => staff.length > 0)
  const shared = all.filter(({ share }) => share)
  return [
    ...(staffed.length > 0 ? [`${inCourses(staffed, 'staff')}: opening learners' servers as staff ${remedy}.`] : []),
    ...(shared.length > 0 ? [`${inCourses(shared, 'share')}: sharing ${remedy}.`] : []),
  ]
}

/** Returns the roles that nobody can ever have: only a sign-in of its own makes a person with a name. */
function rolesWithoutPersons({ authenticators, admins, courses, groups, courseMaking }: Config): string[] {
  if (authenticators.some(provesNames)) return []
  const members = (name: string) => (name.startsWith('group:') ? (groups[name.slice('group:'.length)] ?? []).length : 1)
  const staffed = Object.values(courses).filter(({ staff }) => staff.some((name) => members(name) > 0))
  const why = (role: string) =>
    `nobody can be ${role}, since only temporary users, learners of an LMS and people who choose their names come in here. Add a way to sign in with a name, such as oidc({ … }).`
  return [
    ...(admins.length > 0 ? [`admins (${listed(admins)}): ${why('an admin')}`] : []),
    ...(courseMaking.by.length > 0
      ? [`courseMaking.by (${listed(courseMaking.by)}): ${why('one who makes courses')}`]
      : []),
    ...(staffed.length > 0 ? [`${inCourses(staffed, 'staff')}: ${why('staff')}`] : []),
  ]
}

/** Returns the groups in `admins` that nothing can fill. A person by name may always come, so it is no question there. */
function adminsWithoutPersons({ authenticators, admins, groups }: Config): string[] {
  if (!authenticators.some(provesNames)) return []
  const said = authenticators.filter(provesNames).flatMap(({ groups: asked = [] }) => asked)
  const named = admins.flatMap((name) => (name.startsWith('group:') ? [name.slice('group:'.length)] : []))
  const empty = named.filter((group) => (groups[group] ?? []).length === 0 && !said.includes(group))
  return empty.map(
    (group) =>
      `admins: nobody can be in group:${group}. Name persons in groups.${group}, or let an authenticator say who is in it, such as oidc({ groups: { ${group}: '…' } }).`,
  )
}

/** Returns the gateways in front that could be other programs too, each of which could sign in as any person. */
function wideGateways({ authenticators, spawner }: Config): string[] {
  return gatewaysIn(authenticators).flatMap(({ name, from }) => {
    const wide = from.filter((range) => {
      const { bits, family } = readRange(range) ?? { bits: 128, family: 'ipv6' as const }
      return bits < (family === 'ipv4' ? 24 : 64)
    })
    const own = spawner.name === 'process' && from.some((range) => isLoopback(readRange(range)?.address ?? ''))
    return [
      ...(wide.length > 0
        ? [
            `header "${name}": from (${listed(wide)}) covers many machines, and each of them can sign in as any person. Name the gateway alone.`,
          ]
        : []),
      ...(own
        ? [
            `header "${name}": from names this machine, on which the process spawner runs learners' code: any learner can sign in as any person. Run servers in containers, or the gateway elsewhere.`,
          ]
        : []),
    ]
  })
}

/** Returns the courses that an LMS may open and that do not exist. */
function unknownCourses({ authenticators, courses, courseMaking }: Config): string[] {
  // People may make the course.
  if (courseMaking.by.length > 0) return []
  const names = Object.values(courses).map(({ name }) => name)
  return authenticators.flatMap((one, index) => {
    const opened = one.kind === 'launch' ? one.courses : []
    const unknown = opened.filter((course) => !Object.hasOwn(courses, course.toLowerCase()))
    return unknown.map((course) => {
      const hint =
        didYouMean(course, names) || '; make it (carrel course create), add it to courses, or take it out there.'
      return `authenticators[${index}] ("${one.name}") opens the course "${course}", and there is none${hint}`
    })
  })
}

/** Returns the authenticators whose passwords go over a network where others can read them. */
function passwordsInClear({ authenticators }: Config): string[] {
  return authenticators.flatMap((one, index) => {
    const way = one.kind === 'temporary' ? one.behind : one
    if (way?.kind !== 'password') return []
    return [
      `authenticators[${index}] ("${way.name}"): anyone on the way can read the passwords, since the hub is reached by http. Give it https.`,
    ]
  })
}

/** Returns what authenticators say of their own options, those of gates too. */
function ofAuthenticators({ authenticators }: Config): string[] {
  return authenticators.flatMap((one, index) => {
    const gate = one.kind === 'temporary' ? one.behind : undefined
    return [
      ...(one.warnings ?? []).map((warning) => `authenticators[${index}] ("${one.name}"): ${warning}`),
      ...(gate?.warnings ?? []).map((warning) => `authenticators[${index}].behind ("${gate?.name}"): ${warning}`),
    ]
  })
}

/** Returns what courses with homes promise that this installation does not keep. */
function oddHomes({ spawner, authenticators, courses }: Config): string[] {
  const all = Object.values(courses).filter(({ home }) => home !== undefined)
  const sized = spawner.homes?.enforcesSize === false ? all.filter(({ home }) => home?.size !== undefined) : []
  const alone = all.filter((course) => !mayHaveGuests(course))
  const [staffed, shared] = [alone.filter(({ staff }) => staff.length > 0), alone.filter(({ share }) => share)]
  const why = "home.per 'user' is one home for all courses, whose files guests would find"
  return [
    ...(sized.length > 0
      ? [
          `${inCourses(sized, 'home.size')}: nothing enforces it, since the storage of the ${spawner.name} spawner does not. A learner can fill the disk of all. Give homes a storage that does, or a disk of their own.`,
        ]
      : []),
    ...(staffed.length > 0
      ? [`${inCourses(staffed, 'staff')}: staff see and stop these servers, but cannot open them. ${why}.`]
      : []),
    ...(shared.length > 0 ? [`${inCourses(shared, 'share')}: has no effect. ${why}.`] : []),
    ...(all.length > 0 && authenticators.every(isForVisitors)
      ? [
          `${inCourses(all, 'home')}: only temporary users come in here, and no visitor finds a home again after the session has ended. Add a way to sign in, or take the homes out.`,
        ]
      : []),
  ]
}

/** Says whether all users of the authenticator are gone when their session is. */
function isForVisitors({ kind }: Authenticator): boolean {
  return kind === 'temporary'
}

/** Returns the folders that are too large for a cluster's own store, where pods have no address to fetch them from. */
function filesOutOfReach({ spawner, hub, laid = {} }: Config): string[] {
  if (spawner.name !== 'kubernetes' || hub.internal !== undefined) return []
  const isLarge = ({ files }: LaidFolder) =>
    files.length > 200 ||
    files.reduce((sum, file) => sum + ('content' in file ? file.content.length : 0), 0) > 500 * 1024 ||
    files.some((file) => 'link' in file)
  const large = new Set(Object.values(laid).flatMap((folders) => folders.filter(isLarge).map(({ path }) => path)))
  if (large.size === 0) return []
  return [
    `files: ${listed([...large])}: pods fetch a folder from the hub when it has more than 500 KiB or 200 files, or links, and ` +
      'hub.internal says no address for that. Courses with it will not start. Set hub.internal, or lay less.',
  ]
}

/** Returns the courses whose spares are never made. */
function sparesWithoutEffect({ courses, hooks }: Config): string[] {
  const all = Object.values(courses).filter(({ spares }) => mostSpares(spares) > 0)
  const own = (['beforeStart', 'whenReady'] as const).filter((name) => hooks?.[name] !== undefined)
  const asking = all.filter(({ questions }) => Object.values(questions).some(({ required }) => required))
  return [
    ...(all.length > 0 && own.length > 0
      ? [
          `${inCourses(all, 'spares')}: has no effect, since hooks.${own[0]} makes each server for its own user. Take out the hook, or the spares.`,
        ]
      : []),
    ...(asking.length > 0
      ? [
          `${inCourses(asking, 'spares')}: has no effect where a question is required, since nothing starts without its answer. Give the question a default, or take out the spares.`,
        ]
      : []),
  ]
}

/** Returns the folders that processes of this machine do not find, since nothing is laid at absolute paths there. */
function filesOutOfPlace({ spawner, courses }: Config): string[] {
  if (spawner.name !== 'process') return []
  const isNamed = (env: Record<string, string>, folder: string) =>
    Object.values(env).some((value) => value.split(':').some((part) => isWithin(folder, part)))
  const lost = Object.values(courses).flatMap(({ name, files, env }) =>
    Object.keys(files).flatMap((folder) => (isNamed(env, folder) ? [] : [{ folder, name }])),
  )
  const folders = [...new Set(lost.map(({ folder }) => folder))]
  if (folders.length === 0) return []
  return [
    `files: ${listed(folders)}: processes find such files only by a variable, since this machine's own folders stay as they ` +
      `are. Name the folder in the env of ${listed([...new Set(lost.map(({ name }) => `courses.${name}`))])}, like { COURSE_FILES: '${folders[0]}' }.`,
  ]
}

function inCourses(courses: { name: string }[], setting: string): string {
  return listed(courses.map(({ name }) => `courses.${name}.${setting}`))
}

/** Returns the first names of a list, and how many more there are. */
function listed(names: string[]): string {
  const [most, rest] = [names.slice(0, 4), names.length - 4]
  return rest > 0 ? `${most.join(', ')} and ${rest} more` : most.join(', ')
}
