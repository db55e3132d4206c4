import { resolve } from 'node:path'
import { z } from 'zod'
import { ConfigError, loadConfig } from '../config/load.ts'
import { lookAt } from '../config/look.ts'
import { findCourse } from '../courses/find.ts'
import { checkContent } from '../doctor/courses/content.ts'
import { checkDatabase, withMadeCourses } from '../doctor/database.ts'
import { checkDeaths } from '../doctor/deaths.ts'
import { type Finding, findingText, ok, problem } from '../doctor/finding.ts'
import { checkFetched, withRealImages } from '../doctor/images.ts'
import { checkIsolation } from '../doctor/isolation.ts'
import { checkLimits } from '../doctor/limits.ts'
import { checkLimitsInside } from '../doctor/limits-inside.ts'
import { checkHub, checkProxies, checkSecrets } from '../doctor/listeners.ts'
import { checkMail } from '../doctor/mail.ts'
import { checkNames } from '../doctor/names.ts'
import { readSetup, type Setup } from '../doctor/setup.ts'
import { didYouMean } from '../net/settings/near.ts'
import { defineCommand, type Invocation } from './command.ts'
import { flag, list, type Options, port, text, UsageError, type Values } from './options.ts'
import { publicUrlOverrides, sharedOptions } from './shared-options.ts'

export const options = {
  ...sharedOptions,
  course: {
    value: 'NAME',
    help: 'Start servers of this course only. Default: one of each kind.',
    schema: text,
  },
  proxies: {
    env: 'CARREL_PROXIES',
    value: 'URL[,URL]',
    help: 'The API listeners of all proxies. Default: proxies.',
    schema: list.optional(),
  },
  openPorts: {
    value: 'N[,N]',
    help: 'Ports of this machine that servers may reach, like 22.',
    schema: list.pipe(z.array(port)).prefault(''),
  },
  json: { help: 'Print one JSON object.', schema: flag },
} satisfies Options

export const command = defineCommand({
  name: 'doctor',
  summary: 'Looks whether the installation is well, also from inside a server',
  description: `Looks whether this installation is well: config, courses, identity providers, secrets, database, hub, proxies, names, certificates and mail server; and starts two servers of a course, and of each other kind of options of the spawner, whose program tries from inside what no server should be able to reach or do; and of each kind of servers (image, limits and options of the spawner) one that tries to go beyond its limits. They are removed at the end. Says what to change. Exit code 1: there is a problem.

Run it on the hub's machine, while everything runs, with the hub's environment.`,
  examples: { 'carrel doctor --config carrel.config.ts --course python': 'With servers of this course' },
  options,
  run,
})

async function run(values: Values<typeof options>, { env }: Invocation): Promise<number> {
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // A second signal ends at once, and leaves the probes to the hub's sweep.
      if (interrupted.signal.aborted) process.exit(130)
      interrupted.abort(new Error('interrupted'))
    })
  }
  const findings: Finding[] = []
  const print = (found: Finding[]) => {
    findings.push(...found)
    if (!values.json) for (const finding of found) process.stdout.write(`${findingText(finding)}\n`)
  }
  try {
    const config = await loadConfig(values.config, publicUrlOverrides(values))
    const given = { dataDir: resolve(values.data), env, proxies: values.proxies, openPorts: values.openPorts }
    const ofConfig = await readSetup(config, { ...given, signal: interrupted.signal })
    const { setup, findings: ofMade } = await withMadeCourses(ofConfig)
    const { courses } = setup.config
    const course = values.course === undefined ? undefined : findCourse(courses, values.course)
    if (values.course !== undefined && course === undefined) {
      const names = Object.values(courses).map(({ name }) => name)
      throw new UsageError(`there is no course ${values.course}${didYouMean(values.course, names)}`)
    }
    print([ok('config', 'is complete')])
    print(ofMade)
    const checkConfig = ({ hubUrl, serversUrl, signal }: Setup) => lookAt(setup.config, { hubUrl, serversUrl }, signal)
    const checks = [
      checkConfig,
      checkSecrets,
      checkLimits,
      checkDatabase,
      checkFetched,
      checkContent,
      checkDeaths,
      checkHub,
      checkProxies,
      checkNames,
      checkMail,
    ]
    for (const check of checks) print(await check(setup))
    const real = await withRealImages(setup)
    const only = course && (real.config.courses[course.slug] ?? course)
    print(await checkIsolation(real, only))
    print(await checkLimitsInside(real, only))
  } catch (error) {
    if (interrupted.signal.aborted) return 130
    if (!(error instanceof ConfigError)) throw error
    print(error.problems.map((line) => problem('config', line)))
  }
  const isWell = findings.every(({ verdict }) => verdict !== 'problem')
  if (values.json) process.stdout.write(`${JSON.stringify({ ok: isWell, findings }, undefined, 2)}\n`)
  return isWell ? 0 : 1
}
