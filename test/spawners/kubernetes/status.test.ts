import assert from 'node:assert/strict'
import type { CoreV1Event, V1ContainerState, V1ContainerStatus, V1Pod, V1PodCondition } from '@kubernetes/client-node'
import { errandEnd, hasEnded, podStatus, startStep, urlOf } from '../../../spawners/kubernetes/status.ts'
import type { ServerStatus } from '../../../spawners/spawner.ts'

type Step = ReturnType<typeof startStep>

const startedAt = new Date('2026-03-01T10:00:00Z')
const scheduled = { type: 'PodScheduled', status: 'True' }
const full = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  message: '0/2 nodes are available: 2 Insufficient cpu.',
}
const image = 'The image of this course cannot be pulled.'

const files = {
  name: 'files',
  image: 'x',
  imageID: 'x',
  ready: false,
  restartCount: 0,
  state: { waiting: { reason: 'ErrImageNeverPull' } },
}

const cases: { title: string; pod: V1Pod; events?: CoreV1Event[]; poll: ServerStatus; start: Step }[] = [
  {
    title: 'made but still gated: never started',
    pod: podOf(
      { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
      ['carrel/recorded'],
    ),
    poll: { state: 'gone' },
    start: { progress: { phase: 'creating', message: 'Looking for a machine with room.' } },
  },
  {
    title: "held back by another controller's gate",
    pod: podOf({ phase: 'Pending' }, ['kueue.example.org/admission']),
    poll: { state: 'pending' },
    start: { progress: { phase: 'creating', message: 'Looking for a machine with room.' } },
  },
  {
    title: 'no node has room',
    pod: podOf({ phase: 'Pending', conditions: [full] }),
    poll: { state: 'pending', problem: 'no node has room: 0/2 nodes are available: 2 Insufficient cpu.' },
    start: {
      progress: {
        phase: 'creating',
        lacksRoom: true,
        message: 'No machine has room at the moment. Waiting for one.',
      },
    },
  },
  {
    title: 'no node has room and the autoscaler brings one',
    pod: podOf({ phase: 'Pending', conditions: [full] }),
    events: [eventOf('FailedScheduling', 0), eventOf('TriggeredScaleUp', 1)],
    poll: { state: 'pending', problem: 'no node has room: 0/2 nodes are available: 2 Insufficient cpu.' },
    start: {
      progress: {
        phase: 'creating',
        lacksRoom: true,
        message: 'No machine has room, so another one is being started. This takes some minutes.',
      },
    },
  },
  {
    title: 'its image cannot be pulled for the container that copies files',
    pod: podIn({ waiting: { reason: 'PodInitializing' } }, { phase: 'Pending', initContainerStatuses: [files] }),
    poll: { state: 'pending', problem: 'ErrImageNeverPull' },
    start: { failed: image, detail: 'ErrImageNeverPull', lasts: true },
  },
  {
    title: 'its files cannot be put into it',
    pod: podIn(
      { waiting: { reason: 'PodInitializing' } },
      {
        phase: 'Failed',
        initContainerStatuses: [{ ...files, name: 'home', state: { terminated: { exitCode: 1, message: 'no cp' } } }],
      },
    ),
    poll: { state: 'exited' },
    start: {
      failed: 'The files of this course could not be put into the notebook server.',
      detail: 'the container "home" ended with 1: no cp',
    },
  },
  {
    title: 'an init container of the operator’s fails',
    pod: podIn(
      { waiting: { reason: 'PodInitializing' } },
      {
        phase: 'Failed',
        initContainerStatuses: [
          { ...files, name: 'chown', state: { terminated: { exitCode: 1, message: 'no right\n' } } },
        ],
      },
    ),
    poll: { state: 'exited' },
    start: {
      failed: 'A program that prepares the notebooks of this course has failed.',
      detail: 'the init container "chown" ended with 1: no right',
    },
  },
  {
    title: 'the image of an init container of the operator’s is missing',
    pod: podIn(
      { waiting: { reason: 'PodInitializing' } },
      { phase: 'Pending', initContainerStatuses: [{ ...files, name: 'chown' }] },
    ),
    poll: { state: 'pending', problem: 'the container "chown": ErrImageNeverPull' },
    start: {
      failed: 'A program that the notebooks of this course need cannot be started.',
      detail: 'the container "chown": ErrImageNeverPull',
      lasts: true,
    },
  },
  {
    title: 'runs beside a sidecar',
    pod: besideSidecar({ state: { running: {} } }, { running: {} }),
    poll: { state: 'running' },
    start: { address: '10.1.2.3' },
  },
  {
    title: 'runs, and its sidecar has ended once and is being started again',
    pod: besideSidecar({ state: { terminated: { exitCode: 3 } } }, { running: {} }),
    poll: { state: 'running' },
    start: { progress: { phase: 'starting' } },
  },
  {
    title: 'runs, and its sidecar ends again and again',
    pod: besideSidecar(
      {
        restartCount: 1,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 3, message: 'no config\n' } },
      },
      { running: {} },
    ),
    poll: { state: 'running' },
    start: {
      failed: 'A program that the notebooks of this course need beside them does not keep running.',
      detail: 'the sidecar "sync" ended with 3: no config; it must go on for as long as the server',
    },
  },
  {
    title: 'has ended, and its sidecar with it',
    pod: besideSidecar({ state: { terminated: { exitCode: 143 } } }, { terminated: { exitCode: 7, reason: 'Error' } }),
    poll: { state: 'exited', code: 7 },
    start: { address: '10.1.2.3' },
  },
  {
    title: 'has ended while its sidecar, which was short of memory, goes on',
    pod: besideSidecar(
      { restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } },
      { terminated: { exitCode: 0, reason: 'Completed' } },
    ),
    poll: { state: 'exited', code: 0 },
    start: { address: '10.1.2.3' },
  },
  {
    title: 'its postStart has failed',
    pod: withHook({ terminated: { exitCode: 137, reason: 'Error' } }),
    events: [
      {
        ...eventOf('FailedPostStartHook', 1),
        message: 'PostStartHook failed',
        involvedObject: { fieldPath: 'spec.containers{notebook}' },
      },
    ],
    poll: { state: 'exited', code: 137 },
    start: {
      failed: 'The notebook server of this course could not be made ready.',
      detail: 'lifecycle.postStart: PostStartHook failed',
    },
  },
  {
    title: 'its own program has failed after a postStart',
    pod: withHook({ terminated: { exitCode: 1, reason: 'Error' } }),
    poll: { state: 'exited', code: 1 },
    start: { address: '10.1.2.3' },
  },
  {
    title: 'its home is still on another node',
    pod: podIn({ waiting: { reason: 'ContainerCreating' } }),
    events: [eventOf('Scheduled', 0), eventOf('FailedAttachVolume', 1)],
    poll: { state: 'pending' },
    start: { progress: { phase: 'starting', message: 'Waiting for your files, which another machine still has.' } },
  },
  {
    title: 'its home has come from another node',
    pod: podIn({ waiting: { reason: 'ContainerCreating' } }),
    events: [eventOf('FailedAttachVolume', 1), eventOf('SuccessfulAttachVolume', 9)],
    poll: { state: 'pending' },
    start: { progress: { phase: 'starting' } },
  },
  {
    title: 'pulling',
    pod: podIn({ waiting: { reason: 'ContainerCreating' } }),
    events: [eventOf('Scheduled', 0), eventOf('Pulling', 1)],
    poll: { state: 'pending' },
    start: {
      progress: { phase: 'pulling', message: 'Fetching the course to the machine. The first time takes longest.' },
    },
  },
  {
    title: 'pulled within the same second, with events in no order',
    pod: podIn({ waiting: { reason: 'ContainerCreating' } }),
    events: [eventOf('Pulled', 1), eventOf('Scheduled', 0), eventOf('Pulling', 1)],
    poll: { state: 'pending' },
    start: { progress: { phase: 'starting' } },
  },
  {
    title: 'being made, without events',
    pod: podIn({ waiting: { reason: 'ContainerCreating' } }),
    poll: { state: 'pending' },
    start: { progress: { phase: 'starting' } },
  },
  {
    title: 'an image that does not exist',
    pod: podIn({ waiting: { reason: 'ErrImagePull', message: 'not found' } }),
    poll: { state: 'pending', problem: 'ErrImagePull: not found' },
    start: { failed: image, detail: 'ErrImagePull: not found', lasts: true },
  },
  {
    title: 'a registry that refuses, perhaps only the first time',
    pod: podIn({ waiting: { reason: 'ErrImagePull', message: '401 Unauthorized' } }),
    events: [eventOf('Pulling', 1), eventOf('Failed', 1)],
    poll: { state: 'pending', problem: 'ErrImagePull: 401 Unauthorized' },
    start: { failed: image, detail: 'ErrImagePull: 401 Unauthorized', mayPass: true },
  },
  {
    title: 'waiting for the next try to pull',
    pod: podIn({ waiting: { reason: 'ImagePullBackOff' } }),
    events: [eventOf('Pulling', 1), eventOf('Failed', 1), eventOf('BackOff', 3)],
    poll: { state: 'pending', problem: 'ImagePullBackOff' },
    start: { failed: image, detail: 'ImagePullBackOff', mayPass: true },
  },
  {
    title: 'pulling once more after a failure',
    pod: podIn({ waiting: { reason: 'ImagePullBackOff' } }),
    events: [eventOf('Failed', 1), eventOf('BackOff', 3), eventOf('Pulling', 12)],
    poll: { state: 'pending', problem: 'ImagePullBackOff' },
    start: {
      progress: { phase: 'pulling', message: 'Fetching the course to the machine. The first time takes longest.' },
    },
  },
  {
    title: 'an invalid image name',
    pod: podIn({ waiting: { reason: 'InvalidImageName', message: 'couldn’t parse' } }),
    poll: { state: 'pending', problem: 'InvalidImageName: couldn’t parse' },
    start: {
      failed: "The name of this course's image is not valid.",
      detail: 'InvalidImageName: couldn’t parse',
      lasts: true,
    },
  },
  {
    title: 'an image that runs as root',
    pod: podIn({ waiting: { reason: 'CreateContainerConfigError', message: 'image will run as root' } }),
    poll: { state: 'pending', problem: 'CreateContainerConfigError: image will run as root' },
    start: {
      failed: "This course's server cannot be made from its image and settings.",
      detail: 'CreateContainerConfigError: image will run as root',
      lasts: true,
    },
  },
  {
    title: 'a secret that its node has not read yet',
    pod: podIn({
      waiting: { reason: 'CreateContainerConfigError', message: 'failed to sync secret cache: timed out waiting' },
    }),
    poll: { state: 'pending', problem: 'CreateContainerConfigError: failed to sync secret cache: timed out waiting' },
    start: {
      failed: "This course's server cannot be made from its image and settings.",
      detail: 'CreateContainerConfigError: failed to sync secret cache: timed out waiting',
      mayPass: true,
    },
  },
  {
    title: 'a program that is not in the image',
    pod: podIn({ terminated: { exitCode: 128, reason: 'StartError', message: 'no such file' } }, { phase: 'Failed' }),
    poll: { state: 'exited', code: 128, reason: 'StartError' },
    start: {
      failed: "The program of this course's server cannot be started.",
      detail: 'StartError: no such file',
      lasts: true,
    },
  },
  {
    title: 'running',
    pod: podIn({ running: { startedAt } }, { phase: 'Running' }),
    poll: { state: 'running' },
    start: { address: '10.1.2.3' },
  },
  {
    title: 'running, its address not yet known',
    pod: podIn({ running: { startedAt } }, { phase: 'Running', podIP: '' }),
    poll: { state: 'running' },
    start: { progress: { phase: 'starting' } },
  },
  {
    title: 'ended by itself',
    pod: podIn({ terminated: { exitCode: 3, reason: 'Error' } }, { phase: 'Failed' }),
    poll: { state: 'exited', code: 3 },
    start: { address: '10.1.2.3' },
  },
  {
    title: 'ended while a side car runs on',
    pod: podIn({ terminated: { exitCode: 0, reason: 'Completed' } }, { phase: 'Running' }),
    poll: { state: 'exited', code: 0 },
    start: { address: '10.1.2.3' },
  },
  {
    title: 'out of memory',
    pod: podIn({ terminated: { exitCode: 137, reason: 'OOMKilled' } }, { phase: 'Failed' }),
    poll: { state: 'exited', code: 137, outOfMemory: true },
    start: { address: '10.1.2.3' },
  },
  {
    title: 'ended in order, long after a kernel of it was killed for memory',
    pod: podIn({ terminated: { exitCode: 0, reason: 'OOMKilled' } }, { phase: 'Succeeded' }),
    poll: { state: 'exited', code: 0 },
    start: { address: '10.1.2.3' },
  },
  {
    title: 'ended in order because it was deleted',
    pod: terminating(podIn({ terminated: { exitCode: 0, reason: 'Completed' } }, { phase: 'Succeeded' })),
    poll: { state: 'exited', code: 0, reason: 'Deleted' },
    start: { failed: 'The notebook server was stopped while it was starting.', detail: 'Deleted' },
  },
  {
    title: 'evicted by the kubelet',
    pod: podIn({ terminated: { exitCode: 137, reason: 'Error' } }, { phase: 'Failed', reason: 'Evicted' }),
    poll: { state: 'exited', code: 137, reason: 'Evicted' },
    start: { address: '10.1.2.3' },
  },
  {
    title: 'refused by the kubelet before any container',
    pod: podOf({ phase: 'Failed', reason: 'OutOfcpu', conditions: [scheduled] }),
    poll: { state: 'exited', reason: 'OutOfcpu' },
    start: { failed: 'The notebook server could not be started on its machine.', detail: 'OutOfcpu' },
  },
  {
    title: 'deleted, its program about to end',
    pod: terminating(podIn({ running: { startedAt } }, { phase: 'Running' })),
    poll: { state: 'exited', reason: 'Deleted' },
    start: { failed: 'The notebook server was stopped while it was starting.', detail: 'Deleted' },
  },
  {
    title: 'taken from a node that does not answer any more',
    pod: terminating(
      podIn(
        { running: { startedAt } },
        {
          phase: 'Running',
          conditions: [scheduled, { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }],
        },
      ),
    ),
    poll: { state: 'exited', reason: 'DeletionByTaintManager' },
    start: { failed: 'The notebook server was stopped while it was starting.', detail: 'DeletionByTaintManager' },
  },
]

describe('the status of a pod', () => {
  for (const { title, pod, events, poll, start } of cases) {
    it(`is read: ${title}`, () => {
      assert.deepEqual(podStatus(pod), poll)
      assert.deepEqual(startStep(pod, events), start)
    })
  }

  it('gives a url, also of an IPv6 address', () => {
    assert.equal(urlOf('10.1.2.3', 8888), 'http://10.1.2.3:8888')
    assert.equal(urlOf('fd00::7', 8888), 'http://[fd00::7]:8888')
  })
})

describe('the end of an errand', () => {
  const by = (state: V1ContainerState, phase = 'Running') => {
    const status = { name: 'errand', image: 'x', imageID: 'x', ready: false, restartCount: 0, state }
    return { ...podOf({ phase }), status: { phase, containerStatuses: [status] } }
  }
  const ends: [title: string, pod: V1Pod, end: ReturnType<typeof errandEnd>, hasEnded: boolean][] = [
    ['that runs', by({ running: { startedAt } }), undefined, false],
    ['that waits for a node', podOf({ phase: 'Pending' }), undefined, false],
    ['by its program', by({ terminated: { exitCode: 3, containerID: 'c' } }), { code: 3 }, true],
    [
      'for memory',
      by({ terminated: { exitCode: 137, reason: 'OOMKilled', containerID: 'c' } }),
      ...([{ code: 137, outOfMemory: true }, true] as const),
    ],
    [
      'whose program is missing',
      by({ terminated: { exitCode: 127, reason: 'Error', message: 'no program', containerID: 'c' } }),
      ...([{ code: 127, message: 'no program' }, true] as const),
    ],
    // The cluster writes this about pods of lost nodes, whose programs may run on.
    ['as the cluster believes', podOf({ phase: 'Failed', reason: 'NodeLost' }), { reason: 'NodeLost' }, false],
    ['that was deleted', terminating(by({ running: { startedAt } })), { reason: 'Deleted' }, false],
  ]
  for (const [title, pod, end, isOver] of ends) {
    it(`is read: ${title}`, () => assert.deepEqual([errandEnd(pod), hasEnded(pod)], [end, isOver]))
  }
})

interface Status {
  phase?: string
  podIP?: string
  reason?: string
  conditions?: V1PodCondition[]
  initContainerStatuses?: V1ContainerStatus[]
}

function podOf(status: Status, gates: string[] = []): V1Pod {
  return { metadata: { name: 'p' }, spec: { containers: [], schedulingGates: gates.map((name) => ({ name })) }, status }
}

/**
 * Returns a scheduled pod with an address: its notebook container in this state, and one that an admission webhook
 * added.
 */
function podIn(state: V1ContainerState, status: Status = { phase: 'Pending' }): V1Pod {
  const common = { image: 'x', imageID: 'x', ready: false, restartCount: 0 }
  const containerStatuses = [
    { ...common, name: 'istio-proxy', state: { running: { startedAt } } },
    { ...common, name: 'notebook', state },
  ]
  const pod = podOf({ podIP: '10.1.2.3', conditions: [scheduled], ...status })
  return { ...pod, status: { ...pod.status, containerStatuses } }
}

/** Returns such a pod whose server is in this state, beside a sidecar. */
function besideSidecar(sidecar: Partial<V1ContainerStatus>, state: V1ContainerState): V1Pod {
  const pod = podIn(state, { phase: 'Running', initContainerStatuses: [{ ...files, name: 'sync', ...sidecar }] })
  return { ...pod, spec: { containers: [], initContainers: [{ name: 'sync', restartPolicy: 'Always' }] } }
}

function withHook(state: V1ContainerState): V1Pod {
  const lifecycle = { postStart: { exec: { command: ['prepare'] } } }
  return { ...podIn(state, { phase: 'Failed' }), spec: { containers: [{ name: 'notebook', lifecycle }] } }
}

function terminating(pod: V1Pod): V1Pod {
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: startedAt } }
}

function eventOf(reason: string, second: number): CoreV1Event {
  const lastTimestamp = new Date(startedAt.getTime() + second * 1000)
  return { metadata: {}, involvedObject: {}, reason, lastTimestamp }
}
