import { z } from 'zod'
import { defineCommand, type Group } from '../../command.ts'
import { text, UsageError } from '../../options.ts'
import { type AdminClient, type HubCall, hubOptions, withHub } from '../hub-client.ts'
import { print, shown } from '../lines.ts'

const announcement = z.object({
  id: z.string(),
  level: z.string(),
  text: z.string(),
  begins: z.string().nullable(),
  ends: z.string().nullable(),
})
const listing = z.object({ announcements: z.array(announcement) })

const options = {
  ...hubOptions,
  course: { value: 'NAME', help: 'Only for the people of this course. Default: for the whole site.', schema: text },
}

const list = defineCommand({
  name: 'list',
  summary: 'Shows the announcements that have not ended',
  options,
  run: (values, { env }) =>
    withHub(values, env, async (hub) => {
      const { announcements } = await ask(hub, listing, { method: 'GET', path: pathOf(values.course) })
      if (values.json) return print(JSON.stringify(announcements, null, 2))
      for (const one of announcements) print(lineOf(one))
      if (announcements.length === 0) print('There is no announcement.')
    }),
})

const add = defineCommand({
  name: 'add',
  args: '<TEXT>',
  summary: 'Tells people something, on pages and above notebooks',
  description:
    'Shows the text on every page of the site and in the line above notebooks, or with --course on what opens that course only. Addresses that begin with https:// become links. All hubs show it at once, without a restart.',
  examples: {
    'carrel announcements add "Exam week: save often."': 'Until somebody removes it',
    'carrel announcements add --level warning --ends 2026-12-01T14:00:00Z "Upgrade at 14:00 UTC."': 'For a while',
  },
  options: {
    ...options,
    level: {
      value: 'info|warning',
      help: 'How important it is. Default: info.',
      schema: z.enum(['info', 'warning']).default('info'),
    },
    begins: { value: 'TIME', help: 'When it begins: 2026-12-01T08:00:00Z. Default: at once.', schema: text },
    ends: { value: 'TIME', help: 'When it ends. Default: when it is removed.', schema: text },
  },
  run: (values, { args: [said = ''], env }) =>
    withHub(values, env, async (hub) => {
      if (said === '') throw new UsageError('say what is to be announced')
      const { level, begins, ends } = values
      const body = { text: said, level, ...(begins !== undefined && { begins }), ...(ends !== undefined && { ends }) }
      const made = await ask(hub, announcement, { method: 'POST', path: pathOf(values.course), body })
      print(values.json ? JSON.stringify(made) : lineOf(made))
    }),
})

const remove = defineCommand({
  name: 'remove',
  args: '<ID>',
  summary: 'Takes an announcement back',
  options,
  run: (values, { args: [id = ''], env }) =>
    withHub(values, env, async (hub) => {
      if (id === '') throw new UsageError('name the announcement by its id, as carrel announcements list shows it')
      await hub.call({ method: 'DELETE', path: `${pathOf(values.course)}/${encodeURIComponent(id)}` })
      print(values.json ? JSON.stringify({ removed: id }) : 'It is removed.')
    }),
})

export const command: Group = {
  name: 'announcements',
  summary: 'Tells people of the site or of a course something for a while',
  commands: [list, add, remove],
}

function pathOf(course: string | undefined): string {
  return course === undefined
    ? '/hub/api/announcements'
    : `/hub/api/courses/${encodeURIComponent(course)}/announcements`
}

function lineOf({ id, level, text, begins, ends }: z.output<typeof announcement>): string {
  return [id, level, begins ?? 'now', ends ?? '-', shown(text)].join('\t')
}

async function ask<T>(hub: AdminClient, answer: z.ZodType<T>, call: HubCall): Promise<T> {
  const { data } = await hub.call(call)
  const read = answer.safeParse(data)
  if (read.success) return read.data
  throw new Error('the answer is not understood. Is this the address of a hub of this version?')
}
