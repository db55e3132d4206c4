import { messageOf } from '../hub/errors.ts'
import { openMailLine } from '../hub/mail/smtp.ts'
import { type Finding, ok, problem } from './finding.ts'
import type { Setup } from './setup.ts'

/** How long the mail server may take for each step here, in milliseconds. A hub has more patience. */
const patience = { connect: 10_000, silence: 10_000, mail: 10_000 }

/** Signs in at the mail server of the config, and sends nothing. */
export async function checkMail({ config, signal }: Pick<Setup, 'config' | 'signal'>): Promise<Finding[]> {
  if (config.mail === undefined) return []
  try {
    const line = await openMailLine(config.mail, { signal, patience })
    line.close()
    return [ok('mail', 'the mail server answers, and takes the sign-in of mail.url where there is one')]
  } catch (error) {
    signal.throwIfAborted()
    const reason = messageOf(error).replace(/\.$/, '')
    return [problem('mail', `the mail server cannot be used: ${reason}. Correct mail.url, or the server. Mails wait.`)]
  }
}
