/** Decides what an import would make, change and leave alone. Changes nothing by itself. */
import type { BadLine, Person, Roster } from './people.ts'

/** An account that is there already. */
export interface Account {
  name: string
  email: string | undefined
  displayName: string | undefined
  groups: string[]
  /** Whether the authenticator for which people are imported keeps it. */
  isKept: boolean
}

export interface Circumstances {
  /** All accounts that have the name or the address of a person in the file. */
  accounts: Account[]
  /** Names to which the config gives a role. */
  namesWithRole: ReadonlySet<string>
  /** Groups to which the config gives a role. */
  groupsWithRole: ReadonlySet<string>
  /** Groups for all people of the file. */
  groups: string[]
  /** Names that the authenticator does not take for accounts. */
  refusedNames: ReadonlySet<string>
  /** Whether people leave the groups of earlier files that this file does not name for them. */
  replaceGroups: boolean
}

/** What is done for one person. */
export interface Step {
  line: number
  kind: 'make' | 'change' | 'leave'
  name: string
  email: string
  /** The name to be shown that the account gets; undefined where it stays as it is. */
  displayName: string | undefined
  /** The groups that are new for the account. */
  groups: string[]
  /** The groups of earlier files that the account leaves. */
  leaves: string[]
  /** All groups that the file names for the person. */
  named: string[]
}

export interface RosterPlan {
  steps: Step[]
  bad: BadLine[]
  warnings: string[]
}

/** Returns what an import of these people would do. A second import of the same file leaves everybody alone. */
export function planImport({ people, bad, warnings }: Roster, circumstances: Circumstances): RosterPlan {
  const byName = new Map(circumstances.accounts.map((account) => [account.name, account]))
  const byEmail = new Map(circumstances.accounts.flatMap((one) => (one.email === undefined ? [] : [[one.email, one]])))
  const plan: RosterPlan = { steps: [], bad: [...bad], warnings }
  for (const person of people) {
    const wanted = { ...person, groups: [...new Set([...person.groups, ...circumstances.groups])] }
    const step = planPerson(wanted, { ...circumstances, byName, byEmail })
    if ('problem' in step) plan.bad.push(step)
    else plan.steps.push(step)
  }
  plan.bad.sort((one, other) => one.line - other.line)
  return plan
}

interface Known extends Circumstances {
  byName: Map<string, Account>
  byEmail: Map<string, Account>
}

function planPerson(person: Person, known: Known): Step | BadLine {
  const { line, email } = person
  const found = known.byEmail.get(email)
  // An account that is known by its address keeps its name, where the file does not say another one.
  const name = found !== undefined && !person.isNamed ? found.name : person.name
  const problem = conflict({ ...person, name }, found, known)
  if (problem !== undefined) return { line, problem }
  if (found === undefined) {
    return {
      line,
      kind: 'make',
      name,
      email,
      displayName: person.displayName ?? person.likelyName,
      groups: person.groups,
      leaves: [],
      named: person.groups,
    }
  }
  const groups = person.groups.filter((group) => !found.groups.includes(group))
  const displayName = person.displayName === found.displayName ? undefined : person.displayName
  const leaves = known.replaceGroups ? found.groups.filter((group) => !person.groups.includes(group)) : []
  const isChange = groups.length + leaves.length > 0 || displayName !== undefined
  return { line, kind: isChange ? 'change' : 'leave', name, email, displayName, groups, leaves, named: person.groups }
}

/** Returns why the person cannot be what the file says, and what to do about it. */
function conflict({ name, email, groups }: Person, found: Account | undefined, known: Known): string | undefined {
  const role = groups.find((group) => known.groupsWithRole.has(group))
  if (role !== undefined) {
    return `Members of the group ${role} run this site or look after a course. Files never give a role: name such people in the config, and remove the group from this line.`
  }
  if (found !== undefined) {
    if (found.name !== name) {
      return `The address ${email} belongs to the account ${found.name} already. Correct username to ${found.name}, or the address.`
    }
    return found.isKept ? undefined : signsInElsewhere(name)
  }
  const other = known.byName.get(name)
  if (other !== undefined) {
    if (!other.isKept) return signsInElsewhere(name)
    const theirs = other.email === undefined ? 'without an address' : 'with another address'
    return `There is an account ${name} already, ${theirs}. Give this person another username, or correct the address.`
  }
  if (known.refusedNames.has(name)) {
    return `“${name}” cannot be the name of an account here. Give this person another username.`
  }
  if (known.namesWithRole.has(name)) {
    return `The config names ${name}, for a role, a group or a course. Files never give these: make this account with carrel user add ${name}, or choose another username.`
  }
  return undefined
}

function signsInElsewhere(name: string): string {
  return `The account ${name} is there already, and its person does not sign in with a password of this hub. Choose another username, or remove the line.`
}
