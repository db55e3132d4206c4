/** Images that the hub makes of repositories. A course names one by `@` and its name in the config's `builds.images`. */

/** Returns the name of the build that an image means; undefined for an image as the spawner names it. Pure. */
export function buildNamed(image: string): string | undefined {
  return image.startsWith('@') ? image.slice(1) : undefined
}
