import assert from 'node:assert/strict'
import { defineCommand, plainOptions } from '../../bin/command.ts'
import { commandOf } from '../../bin/command-line.ts'
import { argsOf, flag, list, port, readOptions, text, UsageError, type Values, valuesOf } from '../../bin/options.ts'

const table = {
  hubUrl: { value: 'URL', help: '', schema: text },
  port: { value: 'N', help: '', schema: port.default(8000) },
  trustedProxies: { value: 'CIDR[,CIDR]', help: '', schema: list.default([]) },
  insecureHttp: { help: '', schema: flag },
}

/** Returns the values that a command reads from these arguments. */
async function readBack(given: string[], args?: string): Promise<Values<typeof table>> {
  const seen = Promise.withResolvers<Values<typeof table>>()
  const command = defineCommand({
    name: 'test',
    ...(args !== undefined && { args }),
    summary: '',
    options: table,
    run: async (read) => {
      seen.resolve(read)
      return 0
    },
  })
  await commandOf(command).parseAsync(given, { from: 'user' })
  const read = await seen.promise
  const plain = plainOptions(command, given)
  // What can be read without commander is read as commander reads it.
  if (plain !== undefined) assert.deepEqual(readOptions(table, plain, {}), read)
  return read
}

describe('the options of a command', () => {
  it('are written as a command line that leaves out what is absent, off or empty', () => {
    const values = { hubUrl: undefined, port: 0, trustedProxies: [], insecureHttp: false }
    assert.deepEqual(argsOf(table, values), ['--port=0'])
  })

  it('come out of a command line as they were written into it', async () => {
    for (const hubUrl of ['http://a', '--insecure-http', '-', '--', '-x=1', 'a b']) {
      const values = { hubUrl, port: 1, trustedProxies: ['10.0.0.0/8', '::1'], insecureHttp: true }
      assert.deepEqual(await readBack(argsOf(table, values)), values)
    }
  })

  it('take no argument for a value that begins with a hyphen, unless it is written with an equals sign', async () => {
    for (const mistaken of ['--insecure-http', '--port', '--unknown', '-1', '--']) {
      await assert.rejects(readBack(['--hub-url', mistaken]), (error) => {
        assert.ok(error instanceof UsageError)
        return error.message.includes(`--hub-url=${mistaken}`)
      })
      const read = await readBack([`--hub-url=${mistaken}`, '--insecure-http'])
      assert.deepEqual([read.hubUrl, read.insecureHttp], [mistaken, true])
    }
    assert.equal((await readBack(['--hub-url', '-'])).hubUrl, '-')
    assert.equal((await readBack(['--hub-url', 'a', '--', '--hub-url', '--port'], '[A] [B]')).hubUrl, 'a')
  })

  it('are read without commander where each is one argument, and only there', () => {
    const command = defineCommand({ name: 'test', summary: '', options: table, run: async () => 0 })
    const read = (...args: string[]) => plainOptions(command, args)
    assert.deepEqual(read('--hub-url=a=b\nc', '--insecure-http', '--port=1', '--port=2'), {
      hubUrl: 'a=b\nc',
      insecureHttp: true,
      port: '2',
    })
    assert.deepEqual(read(), {})
    const others = ['--hub-url', '--insecure-http=1', '--unknown', '--help', '-h', '--', 'x', '--hubUrl=a', '']
    for (const arg of others) assert.equal(read('--port=1', arg), undefined, arg)
  })

  it('are taken from the values of a larger table', () => {
    const { port: _port, ...entrance } = table
    const values = { hubUrl: 'http://a', port: 1, trustedProxies: [], insecureHttp: true }
    assert.deepEqual(valuesOf(entrance, values), { hubUrl: 'http://a', trustedProxies: [], insecureHttp: true })
  })
})
