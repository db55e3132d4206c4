/** What the name of an account tells about it: only a learner of an LMS and a temporary user have names like these. */

/** Begins the name of every account that `lms()` opens. */
export const learnerPrefix = 'lms:'

/** Whether the name is a learner's, or could be taken for one. */
export function isLearnerName(name: string): boolean {
  return name.toLowerCase().startsWith(learnerPrefix)
}

/** Whether the name could be one of a temporary user, which is a random UUID. */
export function isTemporaryName(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)
}
