import { type Options, text } from '../options.ts'
import { dataOption } from '../shared-options.ts'
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

/** The options of commands about accounts that only the operator of the machine may give. */
export const localAccountOptions = {
  ...dataOption,
  json: hubOptions.json,
  authenticator: accountOptions.authenticator,
} satisfies Options
