/** Lists the settings that hold, and where each came from. Values that are secret are hidden. */
import type { PluginSettings } from '../spawners/spawner.ts'
import type { Config } from './config.ts'
import { isRecord } from './sound.ts'
import { type Source, variableOf } from './source.ts'

export interface ShownSetting {
  setting: string
  /** Plain JSON. */
  value: unknown
  from: string
}

export interface ShownConfig {
  config: Config
  /** The default export of the file, as it was before the command line changed it. */
  given: unknown
  /** Where settings of the command line came from, by their place: `hub.url` from `--hub-url`. */
  overridden: Record<string, string>
  source: Source
}

type Path = (string | number)[]

export function shownSettings({ config, given, overridden, source }: ShownConfig): ShownSetting[] {
  const { spawner, authenticators, courses, hooks, laid: _laid, logo: _logo, ...others } = config
  const { builder } = config.builds
  const whole = (value: unknown): Given => ({ value, isGiven: true })
  const plugIn = (path: Path, name: string, settings: PluginSettings | undefined): ShownSetting[] => [
    { setting: nameOf(path), value: name, from: 'file' },
    // A plug-in without any setting has only its name.
    ...leaves(path, settings?.effective, whole(settings?.given), source).filter(
      ({ setting }) => setting !== nameOf(path),
    ),
  ]
  const all = [
    ...leaves([], others, whole(given), source),
    ...(typeof others.database === 'function' ? [{ setting: 'database', value: aFunction, from: 'file' }] : []),
    ...hooksOf(hooks, below(whole(given), 'hooks'), source),
    ...plugIn(['spawner'], spawner.name, spawner.settings?.()),
    ...(builder === undefined ? [] : plugIn(['builds', 'builder'], builder.name, builder.settings?.())),
    ...authenticators.flatMap((one, index) => {
      const place = ['authenticators', index]
      const gate = one.kind === 'temporary' ? one.behind : undefined
      return [
        ...plugIn(place, `${one.name} (${one.kind})`, one.settings?.()),
        ...(gate ? plugIn([...place, 'behind'], `${gate.name} (${gate.kind})`, gate.settings?.()) : []),
      ]
    }),
    ...Object.values(courses).flatMap(({ name, slug: _slug, variantOf, ...course }) => {
      if (variantOf !== undefined) return []
      const own = { ...course, rules: course.rules.filter((rule) => !config.rules.includes(rule)) }
      return leaves(['courses', name], own, below(below(whole(given), 'courses'), name), source)
    }),
  ]
  return all.map((shown) => ({ ...shown, from: overridden[shown.setting] ?? shown.from }))
}

const aFunction = '(a function)'

function hooksOf(hooks: Config['hooks'], given: Given, source: Source): ShownSetting[] {
  if (hooks === undefined) return []
  const { timeoutSeconds, ...functions } = hooks
  return [
    ...Object.keys(functions).map((name) => ({ setting: `hooks.${name}`, value: aFunction, from: 'file' })),
    ...leaves(['hooks'], { timeoutSeconds }, given, source),
  ]
}

/** What the file gives at a place, if it gives anything. */
interface Given {
  value: unknown
  isGiven: boolean
}

function below({ value }: Given, name: string | number): Given {
  const isGiven = isRecord(value) && Object.hasOwn(value, name) && value[name] !== undefined
  return { value: isGiven ? value[name] : undefined, isGiven }
}

function leaves(path: Path, value: unknown, given: Given, source: Source): ShownSetting[] {
  if (isRecord(value) && !(Array.isArray(value) && !value.some(isRecord)) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, member]) => {
      const name = Array.isArray(value) ? Number(key) : key
      if (isFunctional(member)) return []
      const shown = leaves([...path, name], member, below(given, name), source)
      // A variable in Kubernetes' words: `{ name: 'API_KEY', value: '…' }`.
      const isVariable = key === 'value' && typeof value.name === 'string'
      return isVariable ? shown.map((one) => ({ ...one, value: masked(one.value, String(value.name)) })) : shown
    })
  }
  const setting = nameOf(path)
  const shown = (value === undefined || value === Number.POSITIVE_INFINITY) && isUnlimited(path) ? 'unlimited' : value
  if (shown === undefined) return []
  const from = given.isGiven ? whence(value, path, source) : 'default'
  return [{ setting, value: masked(shown, String(path.at(-1))), from }]
}

/** Says whether this is a plug-in or a function, and no plain setting. */
function isFunctional(value: unknown): boolean {
  return (
    typeof value === 'function' || (isRecord(value) && Object.values(value).some((one) => typeof one === 'function'))
  )
}

/** The two limits for which a file may say `unlimited`. */
function isUnlimited(path: Path): boolean {
  return path.at(-2) === 'limits' && (path.at(-1) === 'servers' || path.at(-1) === 'memory')
}

function whence(value: unknown, path: Path, source: Source): string {
  const setting = path.findLast((name) => typeof name === 'string')
  const variable =
    typeof value === 'string' && setting !== undefined ? variableOf(source, String(setting), value) : undefined
  return variable === undefined ? 'file' : `environment ${variable}, by the file`
}

const hidden = '(hidden)'
const secretName = /secret|passw|passphrase|credential|token|(^|_)key$|apikey$|^shared$/i
/** Names that look like those of secrets, and are none. */
const publicNames = new Set(['key', 'imagePullSecrets', 'passwordFile', 'secretName'])

/** Returns the value without what is secret: texts under such a name, and passwords in URLs. */
export function masked(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((one) => masked(one, name))
  if (typeof value !== 'string') return value
  if (value !== '' && secretName.test(name) && !publicNames.has(name)) return hidden
  return value
    .replace(/(:\/\/[^/@:\s]*):[^/@\s]+@/g, `$1:${hidden}@`)
    .replace(/([?&]\w*(?:password|token|secret)\w*=)[^&\s]+/gi, `$1${hidden}`)
}

function nameOf(path: Path): string {
  return path.reduce<string>((text, name) => {
    if (typeof name === 'number') return `${text}[${name}]`
    if (!/^[A-Za-z_][\w-]*$/.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, '')
}
