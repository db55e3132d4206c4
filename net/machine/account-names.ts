/** Account names of learners and of temporary users, which only such accounts have. */

/** The start of the name of every account that `lms()` opens. */
export const learnerPrefix = 'lms:'

/** Says whether the name is a learner's, or could be taken for a learner's. */
export function isLearnerName(name: string): boolean {
  return name.toLowerCase().startsWith(learnerPrefix)
}

/** Says whether the name could be that of a temporary user, which is a random UUID. */
export function isTemporaryName(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)
}
