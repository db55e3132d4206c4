import type { Course } from '../courses/course.ts'

/** Memory of a course that sets none. Without a guarantee, Kubernetes would reserve the whole limit. */
const defaults = { memory: 2 * 2 ** 30, memoryGuarantee: 256 * 2 ** 20 }

/** Returns the limits of a course with an amount of memory, which is reserved in part. */
export function withMemory(limits: Course['limits']): Course['limits'] {
  const { memory, memoryGuarantee = defaults.memoryGuarantee } = limits
  if (memory !== undefined) return limits
  return { ...limits, memory: Math.max(defaults.memory, memoryGuarantee), memoryGuarantee }
}
