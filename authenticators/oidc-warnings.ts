import type { z } from 'zod'
import { readsMail } from './oidc-allow.ts'
import { inLowerCase } from './oidc-names.ts'
import type { optionsSchema } from './oidc-options.ts'

/** Returns a warning for each rule of `allow` that can let no person in. */
export function rulesForNoOne(options: z.output<typeof optionsSchema>): string[] {
  const { allow, scopes, lowerCaseNames, nameMap } = options
  const warnings = readsMail(allow) && !scopes.includes('email') ? [withoutAddress] : []
  const given = new Set(Object.values(nameMap))
  for (const name of allow?.names ?? []) {
    if (given.has(name)) continue
    const other = nameMap[name]
    if (other !== undefined) {
      warnings.push(
        `allow.names: nobody is called ${name} here, because nameMap calls that person ${other}. Write ${other}.`,
      )
    } else if (lowerCaseNames && name !== inLowerCase(name)) {
      const small = inLowerCase(name)
      warnings.push(`allow.names: nobody is called ${name} here, because of lowerCaseNames. Write ${small}.`)
    }
  }
  return warnings
}

const withoutAddress =
  'allow reads mail addresses, and scopes does not ask the provider for them, so they probably let nobody in. Add "email" to scopes.'
