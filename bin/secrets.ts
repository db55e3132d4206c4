/** Secrets that hub, proxy and culler share: from the environment, or from files that `carrel start` makes. */
import { randomBytes } from 'node:crypto'
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { undefinedIf } from '../net/error-code.ts'
import { makeFolder } from '../net/machine/make-folder.ts'
import { fixedKeys, formatKeys, parseKeys } from '../seats/keys.ts'
import { openKeyFile, type WatchedKeys } from './key-file.ts'
import { UsageError } from './options.ts'

interface Secret {
  variables: [string, ...string[]]
  file: string
  make(): string
  /** Throws an error that names what is wrong and never the value. */
  check(value: string): unknown
}

const secrets = {
  keys: { variables: ['CARREL_KEYS'], file: 'keys', make: () => newSecretKey('k1'), check: parseKeys },
  proxyToken: {
    variables: ['CARREL_PROXY_TOKEN', 'CONFIGPROXY_AUTH_TOKEN'],
    file: 'proxy-token',
    make: newToken,
    check: checkToken,
  },
  cullerToken: { variables: ['CARREL_CULLER_TOKEN'], file: 'culler-token', make: newToken, check: checkToken },
} satisfies Record<string, Secret>

const keysFileVariable = 'CARREL_KEYS_FILE'

/**
 * Returns the token that opens the hub's metrics and nothing else. Undefined where the environment has none; then only
 * admins may read them.
 */
export function metricsTokenIn(env: NodeJS.ProcessEnv): string | undefined {
  const secret: Secret = { variables: ['CARREL_METRICS_TOKEN'], file: '', make: newToken, check: checkToken }
  const token = givenIn(secret, env)
  const problem = token === undefined ? undefined : problemOf(secret, token)
  if (problem !== undefined) throw new UsageError(`CARREL_METRICS_TOKEN ${problem}`)
  return token
}

export type SecretName = keyof typeof secrets

/** The secrets as text, for the environment of a child. */
export type SecretTexts = Record<SecretName, string>

/** Reads secrets of the environment. Throws a `UsageError` with each missing or wrong variable and its remedy. */
export function requireSecrets<T extends SecretName>(names: T[], env: NodeJS.ProcessEnv): Pick<SecretTexts, T> {
  const problems: string[] = []
  const found = names.map((name): [T, string] => {
    const secret: Secret = secrets[name]
    const value = givenIn(secret, env)
    // The keys are in a file, whose problems `openKeyFile` reports.
    if (name === 'keys' && value === undefined && env[keysFileVariable]) return [name, '']
    const problem = value === undefined ? `is not set. ${howTo(secret)}` : problemOf(secret, value)
    if (problem !== undefined) problems.push(`${secret.variables.join(' or ')} ${problem}`)
    return [name, value ?? '']
  })
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  return Object.fromEntries(found) as Pick<SecretTexts, T>
}

/** Reads each secret from the environment, else from `<data>/secrets/`. Makes missing ones there; overwrites none. */
export async function makeSecrets(dataDir: string, env: NodeJS.ProcessEnv): Promise<SecretTexts> {
  const folder = join(dataDir, 'secrets')
  await makeFolder(folder)
  const entries = Object.entries(secrets).map(async ([name, secret]: [string, Secret]): Promise<[string, string]> => {
    const fromEnvironment = givenIn(secret, env)
    if (name === 'keys' && env[keysFileVariable]) return [name, formatKeys(requireKeys(env).all)]
    const value = fromEnvironment ?? (await readOrMake(join(folder, secret.file), secret))
    const problem = problemOf(secret, value)
    if (problem === undefined) return [name, value]
    const source = fromEnvironment === undefined ? join(folder, secret.file) : secret.variables.join(' or ')
    throw new UsageError(`${source} ${problem}`)
  })
  return Object.fromEntries(await Promise.all(entries)) as SecretTexts
}

/** Returns the secrets of the environment as they are, unchecked. */
export function secretsIn(env: NodeJS.ProcessEnv): Partial<SecretTexts> {
  const found = Object.entries(secrets).map(([name, secret]) => [name, givenIn(secret, env)] as const)
  return Object.fromEntries(found.filter(([, value]) => value !== undefined))
}

/** Returns the files of the secrets: those of `makeSecrets`, and the key file that the environment names, if any. */
export function secretFiles(dataDir: string, env: NodeJS.ProcessEnv): Record<SecretName, string> {
  const files = Object.entries(secrets).map(([name, { file }]) => [name, join(dataDir, 'secrets', file)])
  const named = env[keysFileVariable] ? { keys: env[keysFileVariable] } : {}
  return { ...(Object.fromEntries(files) as Record<SecretName, string>), ...named }
}

/** Returns what is wrong with each secret, and how to get a right one. */
export function secretProblems(texts: Partial<SecretTexts>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]: [string, Secret]) => {
    const text = texts[name as SecretName]
    const what = text === undefined ? `is not set. ${howTo(secret)}` : problemOf(secret, text)
    return what === undefined ? [] : [`${secret.variables[0]} ${what}`]
  })
}

/** Returns the secrets as variables for a child's environment. For the keys there is `keysForChild`. */
export function secretsInEnvironment(texts: Partial<SecretTexts>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [secrets[name as SecretName].variables[0], text]),
  )
}

/** Returns the keys of hub or proxy, from the file that the environment names, else from the environment itself. */
export function requireKeys(env: NodeJS.ProcessEnv): WatchedKeys {
  const file = env[keysFileVariable]
  if (!file) return { ...fixedKeys(parseKeys(requireSecrets(['keys'], env).keys)), watch: () => {}, close: () => {} }
  if (env.CARREL_KEYS) throw new UsageError(`CARREL_KEYS and ${keysFileVariable} are both set. Keep one of them.`)
  return openKeyFile(file)
}

/** Returns the variable by which a child gets the keys: the name of their file, unless this environment holds them. */
export function keysForChild(dataDir: string, env: NodeJS.ProcessEnv): Record<string, string> {
  if (env.CARREL_KEYS) return { CARREL_KEYS: env.CARREL_KEYS }
  return { [keysFileVariable]: resolve(env[keysFileVariable] || join(dataDir, 'secrets', secrets.keys.file)) }
}

async function readOrMake(file: string, secret: Secret): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, `${secret.make()}\n`, { mode: 0o600, flag: 'wx' })
  try {
    // A link, unlike a rename, never replaces what is there.
    await link(draft, file).catch(undefinedIf('EEXIST'))
  } finally {
    await rm(draft)
  }
  if (((await stat(file)).mode & 0o077) !== 0) {
    throw new UsageError(
      `${file} can be read by others. If nobody has: chmod 600 ${file}. Else remove it: a new one is made.`,
    )
  }
  return (await readFile(file, 'utf8')).trim()
}

function givenIn(secret: Secret, env: NodeJS.ProcessEnv): string | undefined {
  return secret.variables.map((name) => env[name]).find(Boolean)
}

function problemOf(secret: Secret, value: string): string | undefined {
  try {
    secret.check(value)
    return undefined
  } catch (error) {
    return `cannot be used: ${(error as Error).message}. ${howTo(secret)}`
  }
}

function howTo(secret: Secret): string {
  const example =
    secret.check === parseKeys ? `k1:$(openssl rand 32 | basenc --base64url | tr -d '=\\n')` : '$(openssl rand -hex 32)'
  return `Make one with ${secret.variables[0]}=${example}, the same for all who share it; carrel start makes its own.`
}

function checkToken(value: string): void {
  if (value.length < 32) throw new Error('it is shorter than 32 characters')
  if (!/^[\x21-\x7e]+$/.test(value)) throw new Error('it holds a space or a character that is not ASCII')
}

function newToken(): string {
  return randomBytes(32).toString('hex')
}

export function newSecretKey(kid: string): string {
  return `${kid}:${randomBytes(32).toString('base64url')}`
}
