/** The schema of `afterStart` and `beforeStop`, and the label by which a stop knows what to run. Pure. */
import { z } from 'zod'
import { type Labels, label } from '../labels.ts'

/** A program and its arguments. */
export const hookSchema = z
  .array(z.string())
  .refine(([program]) => program !== undefined && program !== '', "names a program first, like ['sh', '-c', '…']")

const keptSchema = z.object({ command: hookSchema, user: z.string().optional() })

/** Returns the label of a container with `beforeStop`: any hub may stop a server, whatever its own config says. */
export function beforeStopLabel(
  { beforeStop }: { beforeStop?: string[] | undefined },
  user: string | undefined,
): Labels {
  if (beforeStop === undefined) return {}
  return { [label.beforeStop]: JSON.stringify({ command: beforeStop, ...(user !== undefined && { user }) }) }
}

/** Returns what the label says. */
export function keptBeforeStop(labels: Labels): z.output<typeof keptSchema> {
  return keptSchema.parse(JSON.parse(labels[label.beforeStop] ?? ''))
}
