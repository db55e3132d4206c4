/** The schema of `afterStart` and `beforeStop`, and the label by which a stop knows what to run. Pure. */
import { z } from 'zod'
import { type Labels, label } from '../labels.ts'

/** A program and its arguments. */
export const hookSchema = z
  .array(z.string())
  .refine(([program]) => program !== undefined && program !== '', "names a program first, like ['sh', '-c', '…']")

const keptSchema = z.object({ command: hookSchema, user: z.string().optional() })

/**
 * Returns the label by which any hub that stops a server knows its `beforeStop`, whatever its own config says. A server
 * without one has the label too, and it is empty then: a container inherits the labels of its image that it has none of.
 */
export function beforeStopLabel(
  { beforeStop }: { beforeStop?: string[] | undefined },
  user: string | undefined,
): Labels {
  if (beforeStop === undefined) return { [label.beforeStop]: '' }
  return { [label.beforeStop]: JSON.stringify({ command: beforeStop, ...(user !== undefined && { user }) }) }
}

/** Returns what the label says; undefined where there is nothing to run. */
export function keptBeforeStop(labels: Labels): z.output<typeof keptSchema> | undefined {
  const kept = labels[label.beforeStop] ?? ''
  return kept === '' ? undefined : keptSchema.parse(JSON.parse(kept))
}
