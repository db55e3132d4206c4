/** The servers of all learners in `bench copies`, a process of its own: Jupyter's Contents API over files in memory. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { changeContents, contentsAnswer, type FakeFiles } from '../../test/helpers/fake-contents.ts'

interface Learner {
  files: Record<string, FakeFiles[string]>
  bytes: Record<string, string>
}

const learners = new Map<string, Learner>()
/** What each learner has at first, in base64. */
let begun = { path: '', content: '' }

process.on('message', (message: typeof begun) => {
  begun = message
  learners.clear()
  process.send?.({ reset: true })
})

const server = createServer(async (request, response) => {
  const [, base = '', address = ''] = /^(\/user\/[^/]+\/[^/]+\/)(.*)$/.exec(request.url ?? '') ?? []
  const learner = learners.get(base) ?? {
    files: { week1: 'directory', [begun.path]: 'notebook' },
    bytes: { [begun.path]: begun.content },
  }
  learners.set(base, learner)
  if (request.method !== 'GET') {
    const change = { method: request.method ?? '', address, body: await text(request) }
    response.writeHead(changeContents(learner.files, change, learner.bytes)).end('{}')
    return
  }
  const told = contentsAnswer(learner.files, address, { bytes: learner.bytes }) ?? { status: 200, body: '[]' }
  response.writeHead(told.status).end(told.body)
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())
