import { type Options, text } from '../options.ts'
import { hubOptions } from './hub-client.ts'

/** The options of commands about accounts. */
export const accountOptions = {
  ...hubOptions,
  authenticator: {
    value: 'NAME',
    help: 'The authenticator that keeps the accounts, where the config has several.',
    schema: text,
  },
} satisfies Options
