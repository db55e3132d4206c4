/** The schema of `afterStart` and `beforeStop`, and the label by which a stop knows what to run. Pure. */
import { z } from 'zod'
import { type Labels, label, ownLabel } from '../labels.ts'

/** A program and its arguments. */
export const hookSchema = z
  .array(z.string())
  .refine(([program]) => program !== undefined && program !== '', "names a program first, like ['sh', '-c', '…']")

const keptSchema = z.object({ command: hookSchema, user: z.string().optional() })

/** Returns the label by which any hub that stops a server knows its `beforeStop`, whatever its own config says. */
export function beforeStopLabel(
  { beforeStop }: { beforeStop?: string[] | undefined },
  user: string | undefined,
): Labels {
  if (beforeStop === undefined) return {}
  return { [label.beforeStop]: JSON.stringify({ command: beforeStop, ...(user !== undefined && { user }) }) }
}

/** Returns what the label says; undefined where there is nothing to run. */
export function keptBeforeStop(labels: Labels): z.output<typeof keptSchema> | undefined {
  const kept = ownLabel(labels, 'beforeStop')
  return kept === undefined ? undefined : keptSchema.parse(JSON.parse(kept))
}
