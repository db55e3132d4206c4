/** Builds the pod of an errand, and the two programs that carry its input and output. Pure. */
import type { V1Container, V1Pod } from '@kubernetes/client-node'
import type { ErrandContext, ErrandEnd, ErrandSpec } from '../files.ts'
import type { Installation } from '../spawner.ts'
import {
  commonContainer,
  commonPodSpec,
  environment,
  errandContainerName,
  filled,
  given,
  literal,
} from './container.ts'
import { fetchedBytes, type LaidBundle, layFolders } from './files/mounts.ts'
import { errandLabels, untilItsEnd } from './labels.ts'
import type { KubernetesOptions } from './options.ts'

/** Seconds after which Kubernetes ends an errand that all hubs have forgotten. */
const lastResortSeconds = 6 * 3600
/** The message with which an errand ends whose program is not in the image. */
export const noProgram = 'carrel: the image has no such program'
/** The folder of the named pipes between an errand's program and the hub. */
const pipes = '/carrel-errand'

/** Which streams the hub carries. */
export interface CarriedStreams {
  stdin: boolean
  stdout: boolean
}

/** An errand as the spawner itself may run it: also as another user than the image's. */
export type RunErrand = (errand: ErrandSpec, context: ErrandContext, user?: number | undefined) => Promise<ErrandEnd>

export function errandPodName(id: string): string {
  return `carrel-errand-${id}`
}

/** `user` is the id of the user as which the errand runs. Default: the options' or the image's. */
export function buildErrandPod(
  errand: ErrandSpec,
  laid: LaidBundle[],
  streams: CarriedStreams,
  installation: Installation,
  options: KubernetesOptions,
  user?: number,
): V1Pod {
  const wanted = {
    ...errand,
    gpu: false,
    devices: {},
    hasHome: errand.home !== undefined,
    fetchedBytes: fetchedBytes(laid),
  }
  const common = { ...commonContainer(wanted, options), env: environment(errand.env ?? {}) }
  const layout = layFolders(
    { home: errand.home, bundles: laid, program: errand.command },
    common,
    installation,
    options,
  )
  const isCarried = streams.stdin || streams.stdout
  const [program = ''] = errand.command
  const container: V1Container = {
    ...common,
    name: errandContainerName,
    command: ['sh', '-c', isCarried ? carriedScript(streams) : plainScript, 'sh', program, ...layout.program].map(
      literal,
    ),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...given({
      volumeMounts: filled([...layout.mounts, ...(isCarried ? [{ name: 'pipes', mountPath: pipes }] : [])]),
      workingDir: errand.home?.path,
    }),
  }
  const { securityContext, ...podSpec } = commonPodSpec(wanted, options)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: errandPodName(errand.id),
      labels: errandLabels(errand, installation),
      annotations: { ...untilItsEnd, ...options.annotations },
    },
    spec: {
      ...podSpec,
      securityContext: { ...securityContext, ...given({ runAsUser: user ?? securityContext?.runAsUser }) },
      activeDeadlineSeconds: lastResortSeconds,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      // Without network there is no name to ask for. Kubernetes wants one address, and this one answers nothing.
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['127.0.0.1'] },
      containers: [container],
      ...given({
        initContainers: filled(layout.initContainers),
        volumes: filled([...layout.volumes, ...(isCarried ? [{ name: 'pipes', emptyDir: {} }] : [])]),
      }),
    },
  }
}

/**
 * Each script gets the name of the program, and then the program with the line in front of it. A container's standard
 * output goes into a log on its node, where a learner's files do not belong; so the program's goes elsewhere.
 */
const lookForProgram = `
command -v "$1" > /dev/null || { echo '${noProgram}' > /dev/termination-log; exit 127; }
shift`

const plainScript = `${lookForProgram}
exec "$@" < /dev/null > /dev/null`

/**
 * The program waits for the hub, since a pipe is opened by both sides at once. When it has ended, its container stays until
 * the carrying program has written all output: the end of a container ends all programs in it.
 */
function carriedScript({ stdin }: CarriedStreams): string {
  return `${lookForProgram}
pipes=${pipes}
mkfifo -m 600 "$pipes/in" "$pipes/out" "$pipes/end" || exit
"$@" < ${stdin ? '"$pipes/in"' : '/dev/null'} > "$pipes/out"
code=$?
: < "$pipes/end"
exit $code`
}

/**
 * Returns the program that runs beside the errand's in its container, and carries both streams. When all output is written,
 * the errand's program reads no more: this one says so by its standard error, and takes the rest of the input.
 */
export function carryingProgram({ stdin, stdout }: CarriedStreams): string[] {
  const send = `
exec 3<&0 4>&2 < /dev/null 2> /dev/null
cat <&3 > "$1/in" &`
  const leave = `
echo enough >&4
cat <&3 > /dev/null`
  return [
    'sh',
    '-c',
    `
while ! [ -p "$1/end" ]; do sleep 0.05 2> /dev/null || sleep 1; done${stdin ? send : ''}
cat "$1/out"${stdout ? '' : ' > /dev/null'}${stdin ? leave : ''}
: > "$1/end"`,
    'sh',
    pipes,
  ]
}
