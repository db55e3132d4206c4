import type { IncomingMessage } from 'node:http'
import { mostUploadBytes } from '../../courses/questions/questions.ts'
import { say } from '../../words/text.ts'
import { HttpError } from '../errors.ts'

/**
 * The most that one message may hold before any other part of the hub reads it. Some libraries take quadratic time for
 * a list of media types, a query or a host name, so what is longer than our pages and clients ever send does not reach
 * them.
 */
const most = {
  /** Characters of a header by which client and server agree on a form. */
  negotiation: 1024,
  contentType: 256,
  /** Browsers send no longer referrer. */
  referer: 4096,
  /** A browser keeps fewer cookies of one site. */
  cookies: 300,
  host: 255,
  /** Node drops headers after the two thousandth, whatever they say. */
  headers: 200,
  path: 16_384,
  parameters: 100,
  bodyBytes: 16_384,
}

/** What a form with files may hold beside these: its texts and the lines around its parts. */
const besideFiles = 512 * 1024

/** Calls that take a longer body, by method and path as clients write them. Only the bodies of admins and of users are read there. */
const longBodies: Record<string, number> = {
  'POST /hub/api/users': 2_097_152,
  // A file of 2 MiB, in base64 or twice with its parts around it.
  'POST /hub/api/roster/import': 3_145_728,
  'POST /hub/admin/import': 3_145_728,
  'POST /hub/admin/import/confirmed': 3_145_728,
}

/** The most of a form with files that is read, so that its sender learns that it is too long. */
const mostDropped = 64 * 2 ** 20

/** Forms that may bring the files of one course, which its schema limits: our own, and JupyterHub's for a start. */
const formsWithFiles = /^POST \/hub\/(?:choice\/answers$|(?:at\/[^?]{1,300}\/)?spawn(?:[/?]|$))/

/**
 * The forms by which courses are made and changed. Three bytes of a form stand for one of a definition, and spaces of its JSON
 * come to that, so a definition that is too long is still read and shown with what is wrong.
 */
const courseForms = /^POST \/hub\/my-courses(?:\/[^/?]{1,200})?\/?$/
const mostCourseBytes = 131_072

/** The addresses that hosts of git call. They send what was pushed, of which nothing is read but its signature. */
const hookCalls = /^POST \/hub\/hooks\/[\w-]{43}$/
const mostHookBytes = 2 ** 20

/** Returns the most bytes that the body of such a request may have. */
export function mostBodyBytes({
  method = '',
  url = '',
  headers,
}: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): number {
  const call = `${method} ${url}`
  if (/^multipart\//i.test(headers['content-type'] ?? '') && formsWithFiles.test(call))
    return mostUploadBytes + besideFiles
  if (courseForms.test(call)) return mostCourseBytes
  if (hookCalls.test(call)) return mostHookBytes
  return Object.hasOwn(longBodies, call) ? (longBodies[call] ?? 0) : most.bodyBytes
}

/** Calls whose body is handed on in pieces as it comes, and so is limited by its reader. */
const streamedBodies = /^PUT \/hub\/api\/homes\/[a-z0-9]{12,32}\/files(\?|$)/

/**
 * Cuts a request to size, in place. Returns why the request is refused when it cannot be cut. `streams` is for the socket
 * for commands.
 */
export function boundRequest(req: IncomingMessage, { streams = false } = {}): HttpError | undefined {
  cutHeaders(req)
  const isStreamed = streams && streamedBodies.test(`${req.method} ${req.url}`)
  return problemOfCount(req) ?? problemOfTarget(req) ?? problemOfHost(req) ?? problemOfBody(req, isStreamed)
}

/** Drops headers that are too long: the request is answered as if it had not sent them. */
function cutHeaders({ headers }: IncomingMessage): void {
  for (const name of ['accept', 'accept-encoding', 'accept-language', 'accept-charset']) {
    if (isLonger(headers[name], most.negotiation)) delete headers[name]
  }
  if (isLonger(headers['content-type'], most.contentType)) delete headers['content-type']
  for (const name of ['referer', 'referrer']) if (isLonger(headers[name], most.referer)) delete headers[name]
  if (count(headers.cookie ?? '', ';') >= most.cookies) delete headers.cookie
}

function problemOfTarget(req: IncomingMessage): HttpError | undefined {
  const target = req.url ?? ''
  if (!/^\/[\x21-\x7e]*$/.test(target) || target.includes('#')) {
    // Neither a router nor a line of the log can do anything with such a target.
    req.url = '/'
    if (/^https?:/i.test(target)) return new HttpError(404, 'not_found', say`This hub serves no other hosts.`)
    return new HttpError(400, 'bad_target', say`This is not an address of a page here. Begin it with a slash.`)
  }
  const query = target.indexOf('?')
  if ((query < 0 ? target.length : query) > most.path)
    return new HttpError(414, 'too_long', say`This link is too long to be one of ours. Check how it was made.`)
  if (query >= 0 && count(target, '&') >= most.parameters)
    return new HttpError(400, 'too_many_parameters', say`An address takes ${most.parameters} parameters at most.`)
  return undefined
}

function problemOfCount({ rawHeaders }: IncomingMessage): HttpError | undefined {
  if (rawHeaders.length <= 2 * most.headers) return undefined
  return new HttpError(431, 'too_many_headers', say`A request has ${most.headers} headers at most.`)
}

function problemOfHost({ headers }: IncomingMessage): HttpError | undefined {
  const host = headers.host ?? ''
  if (host.length <= most.host && /^([\w.-]*|\[[\da-f:.]*\])(:\d{1,5})?$/i.test(host)) return undefined
  return new HttpError(400, 'bad_host', say`The Host of this request is no name of a host.`)
}

/**
 * Refuses a body that is too large, or that comes in pieces without a length: a hundred thousand pieces cost as much as
 * thousands of requests.
 */
function problemOfBody(req: IncomingMessage, isStreamed: boolean): HttpError | undefined {
  const { headers } = req
  if (headers['transfer-encoding'] !== undefined)
    return new HttpError(411, 'length_required', say`Say how long the body is: it is not taken in pieces here.`)
  const most = mostBodyBytes(req)
  // What is too long of such a form is read and dropped first, since browsers show no answer that comes before they have sent all.
  const dropped = most > mostUploadBytes ? mostDropped : most
  if (isStreamed || Number(headers['content-length'] ?? 0) <= dropped) return undefined
  return new HttpError(413, 'too_large', say`This request is too large. Send less.`)
}

function isLonger(value: string | string[] | undefined, length: number): boolean {
  return (value?.length ?? 0) > length
}

function count(text: string, letter: string): number {
  let found = 0
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) found += 1
  return found
}
