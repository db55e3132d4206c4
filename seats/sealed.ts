/** Texts that only the holder of a key can read, and that no other can change without being seen. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const cipher = 'aes-256-gcm'
const [ivBytes, tagBytes] = [12, 16]

/** Encrypts a text with a key of 32 bytes. `about` is what it belongs to: it opens only where the same is said again. */
export function sealText(key: Uint8Array, text: string, about = ''): string {
  const iv = randomBytes(ivBytes)
  const encryption = createCipheriv(cipher, key, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(about))
  const sealed = Buffer.concat([encryption.update(text, 'utf8'), encryption.final()])
  return Buffer.concat([iv, encryption.getAuthTag(), sealed]).toString('base64url')
}

/** Returns the text; undefined where it was sealed with another key or for something else, or was changed since. */
export function openSealed(key: Uint8Array, sealed: string, about = ''): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  try {
    const decryption = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    decryption.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    const text = [decryption.update(bytes.subarray(ivBytes + tagBytes)), decryption.final()]
    return Buffer.concat(text).toString('utf8')
  } catch {
    return undefined
  }
}
