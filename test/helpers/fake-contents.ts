/** Answers questions about files as Jupyter's Contents API does. */

export type FakeFiles = Readonly<Record<string, 'notebook' | 'file' | 'directory'>>

/**
 * Returns the answer to `GET <base><address>` for these files; undefined for other addresses than Jupyter's for files.
 * Notebooks name the kernel.
 */
export function contentsAnswer(
  files: FakeFiles,
  address: string,
  { kernel, bytes = {} }: { kernel?: string | undefined; bytes?: Record<string, string> | undefined } = {},
): { status: number; body: string } | undefined {
  const [, encoded, query = ''] = /^api\/contents\/([^?]*)\??(.*)$/.exec(address) ?? []
  if (encoded === undefined) return undefined
  const path = decodeURIComponent(encoded)
  const type = path === '' ? 'directory' : Object.hasOwn(files, path) ? files[path] : undefined
  if (type === undefined) return { status: 404, body: `file or directory '${path}' does not exist` }
  const wanted = new URLSearchParams(query)
  if (wanted.get('type') === 'directory' && type !== 'directory')
    return { status: 400, body: '{"message":"no folder"}' }
  const model = { name: path.split('/').at(-1), path, type, content: null, format: null, writable: true }
  const content = Object.entries(files).flatMap(([one, type]) => {
    const [name = '', ...folders] = one.split('/').reverse()
    return folders.reverse().join('/') === path ? [{ name, path: one, type, content: null }] : []
  })
  if (type === 'notebook' && wanted.get('content') === '1' && wanted.get('format') !== 'base64') {
    const content = { metadata: { kernelspec: { name: kernel } } }
    if (!path.endsWith('.ipynb')) return { status: 200, body: JSON.stringify({ ...model, content }) }
    // One that is being saved would lose the save, if it were read as a notebook.
    if (wanted.get('type') !== 'file') return { status: 400, body: '{"message":"it is being saved"}' }
    return { status: 200, body: JSON.stringify({ ...model, type: 'file', content: JSON.stringify(content) }) }
  }
  if (wanted.get('format') === 'base64' && type !== 'directory') {
    const sent = (bytes[path] ?? '').replace(/.{76}/g, '$&\n')
    return { status: 200, body: JSON.stringify({ ...model, type: 'file', format: 'base64', content: sent }) }
  }
  const isList = type === 'directory' && wanted.get('content') === '1'
  return { status: 200, body: JSON.stringify(isList ? { ...model, format: 'json', content } : model) }
}

/** Does what a request with another method than GET asks for, as Jupyter does. Returns the status of the answer. */
export function changeContents(
  files: Record<string, FakeFiles[string]>,
  ask: ContentsChange,
  bytes: Record<string, string> = {},
): number {
  const [, encoded] = /^api\/contents\/([^?]*)$/.exec(ask.address) ?? []
  const path = decodeURIComponent(encoded ?? '')
  if (encoded === undefined || path === '') return 404
  if (ask.method === 'DELETE') return delete files[path] ? 204 : 404
  const [folder] = /^.*(?=\/)/.exec(path) ?? ['']
  if (folder !== '' && files[folder] !== 'directory') return 500
  const { type, path: to, format, content } = JSON.parse(ask.body)
  if (ask.method === 'PUT') {
    const wasThere = Object.hasOwn(files, path)
    files[path] = type === 'file' && path.endsWith('.ipynb') ? 'notebook' : type
    if (format === 'base64') bytes[path] = content
    return wasThere ? 200 : 201
  }
  if (!Object.hasOwn(files, path)) return 404
  if (Object.hasOwn(files, to)) return 409
  files[to] = files[path] ?? 'file'
  delete files[path]
  if (bytes[path] !== undefined) bytes[to] = bytes[path]
  delete bytes[path]
  return 200
}

export interface ContentsChange {
  method: string
  address: string
  body: string
}
