import assert from 'node:assert/strict'
import { defineCommand } from '../../bin/command.ts'
import { argsOf, flag, list, port, text, valuesOf } from '../../bin/options.ts'

const table = {
  hubUrl: { value: 'URL', help: '', schema: text },
  port: { value: 'N', help: '', schema: port.default(8000) },
  trustedProxies: { value: 'CIDR[,CIDR]', help: '', schema: list.default([]) },
  insecureHttp: { help: '', schema: flag },
}

describe('the options of a command', () => {
  it('are written as a command line that leaves out what is absent, off or empty', () => {
    const values = { hubUrl: undefined, port: 0, trustedProxies: [], insecureHttp: false }
    assert.deepEqual(argsOf(table, values), ['--port', '0'])
  })

  it('come out of a command line as they were written into it', async () => {
    const values = { hubUrl: 'http://a', port: 1, trustedProxies: ['10.0.0.0/8', '::1'], insecureHttp: true }
    let seen: unknown
    const command = defineCommand({
      name: 'test',
      summary: '',
      options: table,
      run: async (read) => {
        seen = read
        return 0
      },
    })
    await command.parseAsync(argsOf(table, values), { from: 'user' })
    assert.deepEqual(seen, values)
  })

  it('are taken from the values of a larger table', () => {
    const { port: _port, ...entrance } = table
    const values = { hubUrl: 'http://a', port: 1, trustedProxies: [], insecureHttp: true }
    assert.deepEqual(valuesOf(entrance, values), { hubUrl: 'http://a', trustedProxies: [], insecureHttp: true })
  })
})
