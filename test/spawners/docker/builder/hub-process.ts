/** A hub that is killed: it begins a build that never ends, says so, and waits. */
import { openDocker } from '../../../helpers/engines/docker.ts'
import { tarOf } from '../../contract-builder.ts'

const [installation = '', base = '', mark = ''] = process.argv.slice(2)
const { builder } = await openDocker({}, JSON.parse(installation))
const Dockerfile = `FROM ${base}\nRUN echo ${mark}; sleep 600\n`
await builder?.build(
  {
    ...{ name: `demo:${mark}`, files: () => tarOf({ Dockerfile }), dockerfile: 'Dockerfile' },
    ...{ limits: {}, network: false, cache: true },
  },
  {
    signal: new AbortController().signal,
    report: (step) => void ('line' in step && step.line === mark && process.stdout.write('running\n')),
  },
)
