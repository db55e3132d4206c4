/** The settings of outgoing mail. */
import { z } from 'zod'
import { templateProblem } from '../../roster/letter.ts'
import { isAddress } from '../../roster/people.ts'

/** An address, or one with a name before it: `Courses <courses@example.org>`. */
const sender = z.string().refine((text) => {
  const [, name = '', inBrackets] = /^([^<>"\p{Cc}]*)<([^<>]+)>$/u.exec(text) ?? []
  return inBrackets === undefined ? isAddress(text) : name.length <= 128 && isAddress(inBrackets)
}, 'looks like courses@example.org, or Courses <courses@example.org>')

export const mailSchema = z.strictObject({
  /** The address from which mails come. */
  from: sender,
  /** Where answers go, if not to `from`. */
  replyTo: sender.optional(),
  /**
   * The mail server: `smtps://name:password@smtp.example.org` speaks TLS from the start (port 465),
   * `smtp://name:password@smtp.example.org` begins it by STARTTLS (port 587), and refuses to go on without it, unless
   * the server is this machine. Take it from the environment, since it holds a password.
   */
  url: z
    .string('is the address of the mail server: set the environment variable from which it comes')
    .superRefine((text, context) => {
      const message = urlProblem(text)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    }),
  /** Lets mails, links and the password go unencrypted to a server elsewhere. Every machine on the way can read them. */
  insecure: z.boolean().default(false),
  /** Mails that are sent in a minute at most, one after the other. Mail servers block senders that hurry. */
  perMinute: z.number().positive().max(600).default(30),
  /**
   * The mail to a new person: a line “Subject: …”, an empty line, and the text, with `{{name}}`, `{{link}}` and others. Default: one
   * of ours, in the language of the site.
   */
  template: z
    .string()
    .max(20_000)
    .superRefine((text, context) => {
      const message = templateProblem(text)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .optional(),
})

export type MailSettings = z.output<typeof mailSchema>

/** Returns what is wrong with the address of a mail server. Never repeats it, since it may hold a password. */
function urlProblem(text: string): string | undefined {
  const url = URL.parse(text)
  const isServer = url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== ''
  // With two of them it would not be clear which part is the password, which must not be shown.
  const isClear = text.split('@').length <= 2
  if (!isServer || !isClear || !/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    return 'looks like smtps://name:password@smtp.example.org: smtp or smtps, no path, and signs such as @ or / in name and password as %40 and %2F'
  }
  return (url.username === '') === (url.password === '')
    ? undefined
    : 'has a name without a password, or a password without a name'
}
