import { z } from 'zod'
import { defineCommand, type Group } from '../command.ts'
import { text } from '../options.ts'
import { type AdminClient, type HubCall, hubOptions, withHub } from './hub-client.ts'

const path = '/hub/api/maintenance'
const answer = z.object({ maintenance: z.boolean(), since: z.string().nullable(), message: z.string() })

const status = defineCommand({
  name: 'status',
  summary: 'Says whether there is maintenance',
  options: hubOptions,
  run: (values, { env }) => withHub(values, env, (hub) => ask(hub, { method: 'GET', path }, values.json)),
})

const on = defineCommand({
  name: 'on',
  summary: 'Begins maintenance: learners open no notebooks',
  description:
    'Shows learners and visitors a page that says so, instead of opening a notebook. The page goes on by itself at the end. Notebooks that run or are starting go on, and so do staff of a course and admins. Lasts until "carrel maintenance off", also through restarts. Once more, it changes the message.',
  examples: { 'carrel maintenance on --message "Back at 14:00."': 'Until somebody ends it' },
  options: {
    ...hubOptions,
    message: { value: 'TEXT', help: 'What people read beside that, up to 500 characters.', schema: text },
  },
  run: (values, { env }) =>
    withHub(values, env, (hub) =>
      ask(hub, { method: 'PUT', path, body: { message: values.message ?? '' } }, values.json),
    ),
})

const off = defineCommand({
  name: 'off',
  summary: 'Ends maintenance',
  options: hubOptions,
  run: (values, { env }) => withHub(values, env, (hub) => ask(hub, { method: 'DELETE', path }, values.json)),
})

export const command: Group = {
  name: 'maintenance',
  summary: 'Begins and ends maintenance: learners open no notebooks',
  commands: [status, on, off],
}

/** Sends the call and prints whether there is maintenance now. */
async function ask(hub: AdminClient, call: HubCall, asJson: boolean): Promise<void> {
  const { data } = await hub.call(call)
  const read = answer.safeParse(data)
  if (!read.success) throw new Error('the answer is not understood. Is this the address of a hub?')
  const { maintenance, since, message } = read.data
  // A terminal would act on some characters.
  const shown = message === '' ? '' : `: ${message.replace(/\p{C}/gu, '?')}`
  const line = maintenance
    ? `Maintenance since ${since}${shown}\nLearners open no notebooks. What is open goes on.`
    : 'No maintenance. Learners can open notebooks.'
  process.stdout.write(`${asJson ? JSON.stringify(read.data) : line}\n`)
}
