/** Builds the containers that run before a server and beside it. Pure. */
import type { V1Container, V1SecurityContext, V1Volume } from '@kubernetes/client-node'
import { SpawnError } from '../../spawner.ts'
import type { InitContainer, Sidecar } from './schema.ts'
import { type Beside, whoNeedsHome } from './together.ts'

export interface BesideServer {
  before: V1Container[]
  sidecars: V1Container[]
  volumes: V1Volume[]
}

/** Returns what a pod has beside its server. Nothing of it has a variable or a secret of the server. */
export function besideServer(options: Beside, hasHome: boolean): BesideServer {
  const needing = whoNeedsHome(options)
  if (needing !== undefined && !hasHome) {
    throw new SpawnError('The notebook cannot be started with the settings that it has.', {
      detail: homeless(needing),
      lasts: true,
    })
  }
  return {
    before: options.initContainers.map((one) => containerOf(one)),
    sidecars: options.sidecars.map((one) => ({ ...containerOf(one), restartPolicy: 'Always' })),
    // The schema has no field but those of Kubernetes, and each volume has one source.
    volumes: options.volumes as V1Volume[],
  }
}

/** Says why a course without homes cannot have this container. */
export function homeless(container: string): string {
  return `the container "${container}" mounts the volume home, and the course has no home: give it one, or say initContainers and sidecars without that mount for this course`
}

function containerOf({
  securityContext,
  terminationMessagePolicy,
  ...container
}: InitContainer | Sidecar): V1Container {
  return {
    ...(container as V1Container),
    // So the last lines of one that fails are in the pod's status, without a right to its log.
    terminationMessagePolicy: terminationMessagePolicy ?? 'FallbackToLogsOnError',
    securityContext: withDefaults(securityContext),
  }
}

/** The defaults are not the server's own settings: a course with `sudo` does not give it to the containers beside it. */
function withDefaults(given: InitContainer['securityContext'] = {}): V1SecurityContext {
  // Kubernetes refuses a privileged container without privilege escalation.
  if (given.privileged) return given as V1SecurityContext
  const capabilities = { drop: ['ALL'], ...given.capabilities }
  return { allowPrivilegeEscalation: false, ...given, capabilities } as V1SecurityContext
}
