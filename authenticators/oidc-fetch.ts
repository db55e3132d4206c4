import type { CustomFetchOptions } from 'openid-client'

/** Far more than a discovery document, a set of keys, or the claims of a person in thousands of groups. */
const longest = 4 * 1024 * 1024

/** Asks a provider. Throws as soon as the answer is too long, so that no provider can fill the hub's memory. */
export async function fetchBounded(url: string, { body, ...options }: CustomFetchOptions): Promise<Response> {
  const sent = body instanceof Uint8Array ? Buffer.from(body) : body
  const response = await fetch(url, { ...options, ...(sent !== undefined && { body: sent }) })
  if (response.body === null) return response
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body) {
    length += chunk.byteLength
    // Leaving the loop cancels the rest of the answer.
    if (length > longest) throw new Error(`the provider answered more than ${longest} bytes`)
    chunks.push(chunk)
  }
  const { status, statusText, headers } = response
  return new Response(Buffer.concat(chunks), { status, statusText, headers })
}
