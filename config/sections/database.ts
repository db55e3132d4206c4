/** The setting `database`: where the hub keeps everything, and with which password it gets in. */
import { z } from 'zod'
import { spellingHints } from '../../net/settings/read.ts'
import { isRecord } from '../sound.ts'

const example = 'postgres://carrel@db.example.org/carrel'

const text = z
  .string()
  .regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, 'looks like sqlite:/var/lib/carrel/carrel.sqlite or postgres://…')

const withPasswordFile = z.strictObject({
  url: z
    .string()
    .regex(/^postgres(ql)?:\/\/\S+$/, `looks like ${example}`)
    .refine((url) => !holdsPassword(url), 'has a password, and passwordFile holds it already: take it out here'),
  /** A file with the password and nothing else. It may change while hubs run. */
  passwordFile: z.string().min(1),
})

type DatabaseSetting = string | z.output<typeof withPasswordFile> | (() => string | Promise<string>)

export const database = z.custom<DatabaseSetting>().superRefine((value, context) => {
  if (typeof value === 'function') return
  const schema = isRecord(value) ? withPasswordFile : text
  for (const issue of schema.safeParse(value, { error: spellingHints }).error?.issues ?? []) {
    context.addIssue(issue as Parameters<typeof context.addIssue>[0])
  }
})

function holdsPassword(url: string): boolean {
  return /^\w+:\/\/[^/@]*:[^/@]*@/.test(url) || /[?&]password=/.test(url)
}
