import { type Options, text } from './options.ts'

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
    help: "The public origin of learners' servers.",
    schema: text,
  },
} satisfies Options

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
