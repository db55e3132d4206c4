import { z } from 'zod'
import { defineCommand } from '../../command.ts'
import { flag, UsageError } from '../../options.ts'
import { hubOptions, withHub } from '../hub-client.ts'
import { print, printFields, shown, understood } from '../lines.ts'

const answer = z.object({
  hook: z
    .object({
      ...{ signed: z.boolean(), made: z.string(), made_by: z.string() },
      ...{ called: z.string().nullable(), problem: z.string().nullable() },
    })
    .nullable(),
  address: z.string().optional(),
  secret: z.string().nullable().optional(),
})

const options = {
  ...hubOptions,
  new: { help: 'Make an address and a secret, in place of the ones before.', schema: flag },
  unsigned: {
    help: 'With --new: all who know the address may call it. Only for hosts that neither sign nor send a secret.',
    schema: flag,
  },
  remove: { help: 'Take the address away.', schema: flag },
}

export const hookCommand = defineCommand({
  name: 'hook',
  args: '<NAME>',
  summary: 'Makes the address that the host of a repository calls after each push',
  description:
    'Shows whether the host of the repository calls the hub, and since when. With --new it prints an address and a secret, this once: give both to the host as a webhook for pushes. Each push is fetched at once then.',
  examples: { 'carrel course hook Statistics --new': 'Prints what the host of the repository gets' },
  options,
  run(values, { args, env }) {
    const [name, ...others] = args
    if (!name || others.length > 0) throw new UsageError('name one course, as "carrel course list" shows it')
    if (values.new && values.remove) throw new UsageError('say --new or --remove, not both')
    if (values.unsigned && !values.new) throw new UsageError('--unsigned goes with --new')
    return withHub(values, env, async (hub) => {
      const path = `/hub/api/courses/${encodeURIComponent(name)}/hook`
      const call = values.new
        ? ({ method: 'POST', path, body: { signed: !values.unsigned } } as const)
        : ({ method: values.remove ? 'DELETE' : 'GET', path } as const)
      const found = understood(answer, (await hub.call(call)).data)
      if (values.json) return print(JSON.stringify(found, null, 2))
      const { hook, address, secret } = found
      if (hook === null) return print(`No host calls for ${shown(name)}: its repository is asked at the interval.`)
      if (address !== undefined) {
        printFields({ address, secret: secret ?? null })
        return print(
          'Neither is shown again. Give both to the host of the repository, as a webhook for pushes with JSON.',
        )
      }
      printFields({ made: `${hook.made} by ${hook.made_by}`, signed: hook.signed ? 'yes' : 'no' })
      printFields({ called: hook.called ?? 'never', problem: hook.problem })
    })
  },
})
