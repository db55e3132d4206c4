import type Koa from 'koa'
import { type Language, languageWanted } from '../../../words/language.ts'

declare module 'koa' {
  interface DefaultState {
    /** The language of the course to whose learners the page speaks, where the course has one. */
    language?: Language | undefined
  }
}

/** Returns the language of a page: its course's, else the one that the browser wants, else the site's. */
export function languageOf(ctx: Koa.Context): Language {
  return ctx.state.language ?? languageWanted(ctx.get('Accept-Language')) ?? ctx.state.site?.language ?? 'en'
}

/**
 * Returns the language of an answer in JSON. What our pages show to people is in theirs. Programs get English: at the API, and where
 * they name no language, as all browsers do.
 */
export function languageOfJson(ctx: Koa.Context): Language {
  const isForPrograms = ctx.path.startsWith('/hub/api/') && !ctx.path.startsWith('/hub/api/desk/')
  const isOfBrowser = /[a-z]/i.test(ctx.get('Accept-Language'))
  return isForPrograms || !isOfBrowser ? 'en' : languageOf(ctx)
}
