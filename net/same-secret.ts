import { hash, timingSafeEqual } from 'node:crypto'

/** Says whether two secrets are equal. Compares digests, so that the time tells neither a difference nor a length. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

/**
 * Returns a function that says which of some secrets a text is, by the secret's name. A secret that is undefined is no
 * text.
 */
export function createSecretFinder<Name extends string>(
  secrets: Readonly<Record<Name, string | undefined>>,
): (text: string) => Name | undefined {
  const known: { name: Name; digest: Buffer }[] = []
  for (const name in secrets) {
    const secret = secrets[name]
    if (secret !== undefined) known.push({ name, digest: digest(secret) })
  }
  return (text) => {
    const given = digest(text)
    return known.find((one) => timingSafeEqual(one.digest, given))?.name
  }
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
