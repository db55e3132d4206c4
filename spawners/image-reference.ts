/** Reads the names of images. Pure. */

/** The registry of names that have none. */
const usual = 'docker.io'

/**
 * Returns the registry of an image name, by Docker's own rule (a first part with a dot or a colon, or `localhost`, is a
 * host), and the name to pull. Engines accept a tag or a digest: of both the digest is taken, which is more exact.
 */
export function parseReference(image: string): { registry: string; name: string } | undefined {
  const [, path, tag = ':latest', digest] =
    /^((?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?\/)?[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*)(:\w[\w.-]*)?(@[a-z0-9]+:[a-f0-9]+)?$/.exec(
      image,
    ) ?? []
  if (path === undefined || path.includes('..')) return
  const [first = '', ...rest] = path.split('/')
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  if (!hasHost && /[A-Z]/.test(first)) return
  return { registry: hasHost ? first : usual, name: path + (digest ?? tag) }
}

/** Returns the name with its registry and all that names may leave out, so that two of one image are equal. */
export function fullReference(image: string): string | undefined {
  const reference = parseReference(image)
  if (reference === undefined) return undefined
  const { registry, name } = reference
  const path = name.startsWith(`${registry}/`) ? name.slice(registry.length + 1) : name
  return `${registry}/${registry === usual && !path.includes('/') ? 'library/' : ''}${path}`
}
