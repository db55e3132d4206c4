import type { ServerOptions } from '../../../spawners/spawner.ts'

/** Options for single servers, as a spawner has them: `node` is a text, `mounts` is a list, and `host` goes with no mounts. */
export const fakeOptions: ServerOptions = {
  names: ['node', 'mounts', 'host'],
  problems: ({ node, mounts, host }) => [
    ...(node === undefined || typeof node === 'string' ? [] : [{ path: ['node'], message: 'is the name of a node' }]),
    ...(mounts === undefined || Array.isArray(mounts) ? [] : [{ path: ['mounts'], message: 'is a list' }]),
    ...(Array.isArray(mounts) ? mounts : []).flatMap((mount: unknown, index) =>
      typeof mount === 'string' ? [] : [{ path: ['mounts', index], message: 'is a path' }],
    ),
    ...(host === true && mounts !== undefined ? [{ path: ['host'], message: 'goes with no mounts' }] : []),
  ],
}
