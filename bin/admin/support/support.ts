import { z } from 'zod'
import { defineCommand } from '../../command.ts'
import { UsageError } from '../../options.ts'
import { hubOptions, withHub } from '../hub-client.ts'
import { print, printFields, shown, understood } from '../lines.ts'

const found = z.object({
  ...{ code: z.string(), until: z.string(), owner: z.string(), server: z.string(), run: z.int(), state: z.string() },
  course: z.object({ name: z.string(), title: z.string().nullable() }),
  ...{ image: z.string().nullable(), asked: z.string().nullable(), started: z.string().nullable() },
  ...{ ended: z.string().nullable(), last_activity: z.string().nullable(), activity: z.string().nullable() },
  ends: z.object({ says: z.string() }).loose().nullable(),
  memory: z.object({ bytes: z.number(), limit: z.number().nullable() }).nullable(),
  failure: z.object({ message: z.string(), detail: z.string().nullable(), reference: z.string() }).nullable(),
  troubles: z.array(z.object({ kind: z.string(), at: z.string(), message: z.string() })),
  page: z.string().nullable(),
})

export const command = defineCommand({
  name: 'support',
  args: '<CODE>',
  summary: 'Shows the server that a support code means',
  description:
    'Shows the server whose learner reads this code in the help above her notebook: its course, owner and state, its last failure with the reason, when it ends, and its memory. A code holds for a week. That you have asked stands in the history. With --hub, a member of staff may ask with a token of her own, for codes of her courses.',
  examples: { 'carrel support 7KQ-4MX': 'Shows the server of this code' },
  options: hubOptions,
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const [code, ...others] = args
      if (!code || others.length > 0) throw new UsageError('name the code')
      const { data } = await hub.call({ method: 'POST', path: '/hub/api/support', body: { code } })
      const one = understood(found, data)
      if (values.json) return print(JSON.stringify(one, null, 2))
      printFound(one)
    }),
})

function printFound({
  course,
  run,
  ends,
  memory,
  failure,
  troubles,
  page: _,
  ...fields
}: z.output<typeof found>): void {
  printFields({
    ...{ course: course.title === null ? course.name : `${course.title} (${course.name})`, ...fields },
    ...{ server: `${fields.server}-${run}`, ends: ends && `it ${ends.says}` },
    memory: memory && `${memory.bytes} bytes${memory.limit === null ? '' : ` of ${memory.limit}`}`,
  })
  for (const { at, message } of troubles) print(`told ${at}: ${shown(message)}`)
  if (failure === null) return
  print(`last failure: ${shown(failure.message)} (${failure.reference})`)
  for (const line of failure.detail?.split('\n') ?? []) print(`  ${shown(line)}`)
}
