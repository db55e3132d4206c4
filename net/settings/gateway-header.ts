/**
 * Returns whether a gateway in front may name people in a header of this name. Such a header is removed from every
 * request, so none that requests need may be one. Programs on the way take `_` for `-`, so no name has it.
 */
export function canNamePeople(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,63}$/i.test(name) && !needed.test(name)
}

const needed =
  /^(accept.*|access-control-.*|authorization|cache-control|connection|content-.*|cookie|expect|forwarded|host|if-.*|keep-alive|last-event-id|origin|pragma|proxy-.*|range|referer|sec-.*|te|trailer|traceparent|tracestate|transfer-encoding|upgrade|user-agent|via|x-carrel-.*|x-forwarded-(for|proto|host|port)|x-request-id|x-requested-with|x-xsrftoken)$/i
