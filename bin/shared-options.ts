import type { ConfigOverrides } from '../config/load.ts'
import { flag, type Options, text, type Values } from './options.ts'

export const urlOptions = {
  'hub-url': {
    env: 'CARREL_HUB_URL',
    value: 'URL',
    help: "The public origin of the hub's pages.",
    schema: text,
  },
  'servers-url': {
    env: 'CARREL_SERVERS_URL',
    value: 'URL',
    help: "The public origin of learners' servers; https://*.… gives each a host of its own.",
    schema: text,
  },
  'share-hub-origin': {
    env: 'CARREL_SHARE_HUB_ORIGIN',
    help: "Lets the two be equal, so that learners' code can act as the hub's pages.",
    schema: flag,
  },
} satisfies Options

/** What the command line says of the public URLs, for the config. */
export function publicUrlOverrides(
  values: Values<typeof urlOptions>,
): Required<Pick<ConfigOverrides, 'hub' | 'servers'>> {
  return {
    hub: { url: values['hub-url'] },
    servers: { url: values['servers-url'], shareHubOrigin: values['share-hub-origin'] || undefined },
  }
}

export const configOption = {
  config: {
    env: 'CARREL_CONFIG',
    value: 'FILE',
    help: 'The config file. Default: two demo courses for anybody on this machine.',
    schema: text,
  },
} satisfies Options

export const dataOption = {
  data: {
    env: 'CARREL_DATA',
    value: 'DIR',
    help: 'Where this installation keeps its files. Default: data.',
    schema: text.default('data'),
  },
} satisfies Options

export const sharedOptions = { ...configOption, ...dataOption, ...urlOptions } satisfies Options
