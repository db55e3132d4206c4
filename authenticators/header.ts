/** Takes the person whom a gateway in front names in headers: oauth2-proxy, Apache with Shibboleth, Authelia, an IAP. */
import { z } from 'zod'
import { matchAddresses, readRange } from '../net/address.ts'
import { canNamePeople } from '../net/settings/gateway-header.ts'
import { readSettings } from '../net/settings/read.ts'
import { AuthenticationError, type HeaderAuthenticator } from './authenticator.ts'
import { askedGroups, authenticatorName, buttonLabel, groupsIn, isPrintable } from './names.ts'

/**
 * Identifies persons by the headers of a gateway. What they say is believed where Carrel's own proxy saw the connection
 * come from the gateway (`from`), and nowhere else.
 */
export function header(input: HeaderOptions): HeaderAuthenticator {
  const { settings, refusal } = readSettings(optionsSchema, input)
  if (refusal !== undefined) return refused(refusal, Object.keys(input?.groups ?? {}))
  const { name, label, from, headers: given, separator, signOutUrl } = settings
  const [user, id, displayName, groups] = [given.user, given.id, given.displayName, given.groups].map((one) =>
    one?.toLowerCase(),
  )
  const asked = Object.keys(settings.groups)
  const isFrom = matchAddresses(from, 'from')

  return {
    kind: 'header',
    name,
    label,
    groups: asked,
    from,
    headers: [...new Set([user, id, displayName, groups].filter((one) => one !== undefined))],
    ...(signOutUrl !== undefined && { signOutUrl }),
    settings: () => ({ given: input, effective: settings }),
    identify({ address, headers }) {
      if (!isFrom(address)) return undefined
      if (headers === 'too-long') throw refuse(unreadable, 'its headers are too long')
      const read = (one: string | undefined) => (one === undefined ? undefined : onlyValue(one, headers[one]))
      const person = read(user)
      if (person === undefined) return undefined
      // A program on the way that joins two headers of one name makes a list, and one of its names may be a stranger's.
      if (person.includes(',')) throw refuse(ambiguous, `${user} is a list`)
      const subject = id === undefined ? person : read(id)
      if (subject === undefined) throw refuse(unreadable, `${id} is not there`)
      if (subject.length > 255) throw refuse(unreadable, `${id ?? user} is longer than 255 characters`)
      const shown = read(displayName)
      const list =
        read(groups)
          ?.split(separator)
          .map((group) => group.trim()) ?? []
      return {
        subject,
        name: person,
        ...(shown !== undefined && { displayName: shown }),
        ...(asked.length > 0 && { groups: groupsIn(list, settings.groups) }),
      }
    },
  }
}

const headerName = z
  .string()
  .refine(
    canNamePeople,
    'is the name of a header of the gateway alone: of letters, digits and -, and none that other requests need',
  )

const range = z
  .string()
  .refine((text) => readRange(text) !== undefined, 'is an address, or a network like 10.0.0.0/24')
  .refine(
    (text) => readRange(text)?.bits !== 0,
    'covers every address, so that anybody could sign in as anybody: name the gateway alone',
  )

const optionsSchema = z
  .strictObject({
    name: authenticatorName.default('header'),
    /** Text of the button on the sign-in page. */
    label: buttonLabel.default('Sign in with your organisation'),
    /**
     * The addresses and networks from which the gateway connects to the proxy. Name the gateway alone: any program there
     * can sign in as any person.
     */
    from: z.array(range).min(1, 'names no gateway'),
    /** The headers in which the gateway names the person. No server and no other backend ever gets them. */
    headers: z.strictObject({
      /** The account's name: `X-Auth-Request-Preferred-Username`, `Remote-User`. */
      user: headerName,
      /** An id that stays when the name changes, and is never given to another person. Default: the name is the id. */
      id: headerName.optional(),
      displayName: headerName.optional(),
      groups: headerName.optional(),
    }),
    /**
     * The groups here that the gateway may put persons in, each with its own name of it, or several of which one is enough:
     * `{ tutors: 'school-tutors' }`. Nothing else that the gateway says puts anyone in a group.
     */
    groups: askedGroups,
    /** What stands between two groups: a comma for oauth2-proxy and Authelia, a semicolon for Shibboleth. */
    separator: z.enum([',', ';', '|', ' ']).default(','),
    /** The address at which the gateway signs people out: a path at the hub's own host, or a whole https address. */
    signOutUrl: z
      .string()
      .regex(
        /^(\/(?![/\\])|https:\/\/)[\x21-\x5b\x5d-\x7e]*$/,
        'is a path like /oauth2/sign_out, or an address that begins with https://',
      )
      .optional(),
  })
  .refine(({ groups, headers }) => Object.keys(groups).length === 0 || headers.groups !== undefined, {
    path: ['groups'],
    message: "needs headers: { groups: '…' }, the header with the person's groups",
  })

export type HeaderOptions = z.input<typeof optionsSchema>

const ambiguous = 'The sign-in service names more than one person. Tell the people who run this site.'
const unreadable = 'What the sign-in service says about you cannot be read here. Tell the people who run this site.'

/** Returns the one value of a header as text; undefined for none and for an empty one. Throws for any other. */
function onlyValue(name: string, values: readonly string[] = []): string | undefined {
  if (values.length > 1) throw refuse(ambiguous, `${name} came ${values.length} times`)
  const text = utf8Of(name, values[0] ?? '').trim()
  if (!isPrintable(text)) throw refuse(unreadable, `${name} has characters that cannot be shown`)
  return text === '' ? undefined : text
}

/** Returns the text of a header, whose bytes come as characters. */
function utf8Of(name: string, bytes: string): string {
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'))
  } catch (cause) {
    throw refuse(unreadable, `${name} is not UTF-8`, cause)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function refuse(message: string, detail: string, cause?: unknown): AuthenticationError {
  return new AuthenticationError(message, { detail, cause })
}

/** Returns what lets nobody in. */
function refused(refusal: Error, groups: string[]): HeaderAuthenticator {
  return {
    kind: 'header',
    name: 'header',
    label: '',
    groups,
    refusal,
    from: [],
    headers: [],
    identify() {
      throw refusal
    },
  }
}
