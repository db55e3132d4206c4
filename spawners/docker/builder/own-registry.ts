/**
 * The registry in the names of images that were built at the spawner's own engine. No such host exists or ever will (RFC 2606),
 * so an image of such a name is never fetched from anywhere.
 */
export const ownRegistry = 'carrel.invalid'

/** Returns whether an image was built at the spawner's own engine, so that no registry has it. Pure. */
export function isBuiltHere(image: string): boolean {
  return image.startsWith(`${ownRegistry}/`)
}
