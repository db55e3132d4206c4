import { z } from 'zod'
import { defineCommand } from '../../command.ts'
import { flag } from '../../options.ts'
import { hubOptions, withHub } from '../hub-client.ts'
import { print, printFields, shown, understood } from '../lines.ts'
import { oneName, pathOfCourse } from './answers.ts'

const pool = z.object({
  ...{ wanted: z.number(), none: z.string().nullable(), ready: z.number(), coming: z.number() },
  ...{ oldest_seconds: z.number().nullable(), hits: z.number(), misses: z.number(), others: z.number() },
  problem: z.object({ failures: z.number(), failure: z.string() }).nullable(),
})

export const sparesCommand = defineCommand({
  name: 'spares',
  args: '<NAME>',
  summary: 'Shows the servers of a course that wait for learners, or replaces them',
  description:
    'Shows how many servers of the course wait for learners, and how many starts have found one. With --drain it stops all that wait, and others take their places: after a change that the hub cannot know of, such as an image that was pulled anew under its name. Servers that learners have go on.',
  examples: { 'carrel course spares Statistics --drain': 'Has all spares of the course start anew' },
  options: { ...hubOptions, drain: { help: 'Stop all that wait, so that others take their places.', schema: flag } },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const name = oneName(args)
      const path = `${pathOfCourse(name)}/spares`
      const { data } = await hub.call({ method: values.drain ? 'DELETE' : 'GET', path })
      if (values.json) return print(JSON.stringify(data, null, 2))
      if (values.drain) {
        const { drained } = understood(z.object({ drained: z.number() }), data)
        return print(`${drained} spares of ${shown(name)} are being stopped.`)
      }
      const { wanted, none, ready, coming, oldest_seconds: oldest, problem, ...found } = understood(pool, data)
      printFields({
        ...{ wanted, ready, coming, 'oldest, seconds': oldest },
        ...{
          'starts with a spare': found.hits,
          'starts without': found.misses,
          'starts with other settings': found.others,
        },
        ...(none !== null && { 'why none': none }),
        ...(problem && { problem: `${problem.failures} starts in a row have failed: ${problem.failure}` }),
      })
    }),
})
