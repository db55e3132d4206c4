// Asks another system before each notebook, hands it a token of that system, and says there when the notebook is gone:
//
//   CARREL_LEDGER=https://ledger.example.org CARREL_LEDGER_TOKEN=… npm start -- --config examples/hooks/carrel.config.ts
//
// Without CARREL_LEDGER it refuses notebooks at night, and writes each end into the log.
//
// Hub and servers are two names of this machine, by default. For other people, give them public names: docs/hosts.md.
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig, type Hooks, StartRefused } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

// The system that knows how many hours each person has left. The token opens it, and stays in the hub.
const ledger = process.env.CARREL_LEDGER
const headers = { authorization: `Bearer ${process.env.CARREL_LEDGER_TOKEN}`, 'content-type': 'application/json' }

/** Sends a question to the ledger. An error says the status only, and so no secret. */
async function ask(path: string, body: unknown, signal: AbortSignal): Promise<{ refusal?: string; token?: string }> {
  const answer = await fetch(`${ledger}${path}`, { method: 'PUT', headers, body: JSON.stringify(body), signal })
  if (!answer.ok) throw new Error(`the ledger has answered ${path} with ${answer.status}`)
  return answer.json()
}

const hooks: Hooks = {
  async beforeStart({ server, run, user, course, signal }) {
    if (ledger === undefined) {
      const hour = new Date().getHours()
      if (hour < 5) throw new StartRefused('Notebooks are closed from midnight to five in the morning. Come back then.')
      return { env: { NOTEBOOK_RUN: `${server}-${run}` } }
    }
    // PUT under the name of the run: when the hub asks twice, the ledger finds that it has the run already.
    const { refusal, token } = await ask(`/runs/${server}-${run}`, { user: user.name, course: course.slug }, signal)
    if (refusal !== undefined) throw new StartRefused(refusal)
    return token === undefined ? undefined : { env: { LEDGER_TOKEN: token } }
  },

  async whenReady({ run }) {
    return run === 1 ? { message: 'Welcome. Your work is counted from now on.' } : undefined
  },

  async afterStop({ server, run, user, reason, because, ready, gone, signal }) {
    const seconds = ready === undefined ? 0 : Math.round((gone.getTime() - ready.getTime()) / 1000)
    if (ledger === undefined) process.stdout.write(`${user.name}: ${seconds} seconds, ${because ?? reason}\n`)
    else await ask(`/runs/${server}-${run}/end`, { reason, seconds }, signal)
  },
}

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary()],
  courses: { demo: { title: 'A course whose hours are counted', image: '' } },
  hooks,
})
