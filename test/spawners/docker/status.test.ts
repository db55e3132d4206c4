import assert from 'node:assert/strict'
import { type ContainerState, containerStatus, logLines } from '../../../spawners/docker/status.ts'
import type { ServerStatus } from '../../../spawners/spawner.ts'

const running: ContainerState = {
  Status: 'running',
  Running: true,
  Paused: false,
  Restarting: false,
  OOMKilled: false,
  Dead: false,
  Pid: 4711,
  ExitCode: 0,
  Error: '',
  StartedAt: '2026-11-21T10:00:00Z',
  FinishedAt: '0001-01-01T00:00:00Z',
}

describe('the status of a container', () => {
  const rows: [string, Partial<ContainerState>, ServerStatus][] = [
    ['runs', {}, { state: 'running' }],
    ['runs while it is paused', { Status: 'paused', Paused: true }, { state: 'running' }],
    ['is gone when it was never started', { Status: 'created' }, { state: 'gone' }],
    [
      'is gone when it could not be started',
      { Status: 'created', ExitCode: 127, Error: 'no such file' },
      { state: 'gone' },
    ],
    ['is gone while it is removed', { Status: 'removing' }, { state: 'gone' }],
    ['has exited', { Status: 'exited' }, { state: 'exited', code: 0 }],
    ['has exited with its code', { Status: 'exited', ExitCode: 7 }, { state: 'exited', code: 7 }],
    ['has exited when the engine could not remove it', { Status: 'dead', ExitCode: 1 }, { state: 'exited', code: 1 }],
    ['was killed', { Status: 'exited', ExitCode: 137 }, { state: 'exited', code: 137, reason: 'it was killed' }],
    [
      'was killed for memory',
      { Status: 'exited', ExitCode: 137, OOMKilled: true },
      { state: 'exited', code: 137, outOfMemory: true },
    ],
    [
      'ended well long after a kernel of it was killed for memory',
      { Status: 'exited', ExitCode: 0, OOMKilled: true },
      { state: 'exited', code: 0 },
    ],
    [
      'ended for a reason that the engine knows',
      { Status: 'exited', ExitCode: 128, Error: 'the device is busy' },
      { state: 'exited', code: 128, reason: 'the device is busy' },
    ],
  ]
  for (const [title, state, expected] of rows) {
    it(title, () => assert.deepEqual(containerStatus({ ...running, ...state }), expected))
  }
})

describe('the log of a container', () => {
  const frame = (stream: number, text: string) => {
    const header = Buffer.alloc(8)
    header.writeUInt8(stream, 0)
    header.writeUInt32BE(Buffer.byteLength(text), 4)
    return Buffer.concat([header, Buffer.from(text)])
  }

  for (const [title, log, lines] of [
    ['is empty', [], []],
    ['has lines of both streams', [frame(1, 'one\n'), frame(2, 'two\r\n')], ['one', 'two']],
    ['has lines over several frames', [frame(1, 'a long '), frame(1, 'line\nand é')], ['a long line', 'and é']],
    ['has a frame that is cut off', [frame(1, 'whole\n'), frame(1, 'cut off').subarray(0, 11)], ['whole', 'cut']],
    ['keeps empty lines', [frame(1, '\na\n\n')], ['', 'a', '']],
    [
      'is read from the end',
      [frame(1, `${'a'.repeat(60_000)}\n`), frame(2, `${'b'.repeat(60_000)}\nc\n`)],
      ['b'.repeat(60_000), 'c'],
    ],
    ['is read from the end of a line that has none', [frame(1, 'a'.repeat(70_000))], ['a'.repeat(65_536)]],
  ] as const) {
    it(title, () => assert.deepEqual(logLines(Buffer.concat(log)), lines))
  }
})
