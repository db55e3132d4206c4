import assert from 'node:assert/strict'
import { readCsv } from '../../roster/csv.ts'

describe('readCsv', () => {
  const expected = [
    { line: 1, fields: ['email', 'username'] },
    { line: 2, fields: ['ann@example.org', 'ann'] },
  ]
  const same: Record<string, string | Uint8Array> = {
    'plain text': 'email,username\nann@example.org,ann\n',
    'no end of the last line': 'email,username\nann@example.org,ann',
    'a byte order mark': '\ufeffemail,username\nann@example.org,ann\n',
    'semicolons and the line ends of Windows': 'email;username\r\nann@example.org;ann\r\n',
    tabs: 'email\tusername\nann@example.org\tann\n',
    'the line ends of an old Mac': 'email,username\rann@example.org,ann\r',
    'quotes and blanks': '"email","username"\n"ann@example.org" , ann \n',
    'a byte order mark before a quote': '\ufeff"email";"username"\r\n"ann@example.org";"ann"\r\n',
    'empty rows of a spreadsheet at the end': 'email,username\nann@example.org,ann\n,\n,\n\n',
  }
  for (const [what, text] of Object.entries(same)) {
    it(`reads ${what}`, () => assert.deepEqual(readCsv(Buffer.from(text as string)), expected))
  }

  it('keeps separators, quotes and line ends inside quotes, and counts lines', () => {
    const text = 'email,first_name\r\na@example.org,"Ann, ""the\r\nfirst"""\r\n\r\nb@example.org,Bob\r\n'
    assert.deepEqual(readCsv(Buffer.from(text)), [
      { line: 1, fields: ['email', 'first_name'] },
      { line: 2, fields: ['a@example.org', 'Ann, "the\nfirst"'] },
      { line: 5, fields: ['b@example.org', 'Bob'] },
    ])
  })

  const unreadable: Record<string, [Uint8Array, number | undefined, RegExp]> = {
    'a quotation mark that is not closed': [Buffer.from('email\n"ann@example.org\nbob@example.org'), 3, /never closed/],
    'a quotation mark inside a field': [Buffer.from('email,x\na@example.org,a "b" c\n'), 2, /stands inside a field/],
    'text after a closing quotation mark': [Buffer.from('email,x\na@example.org,"a" c\n'), 2, /stands inside a field/],
    'a row without end': [Buffer.from(`email\n${'a'.repeat(10_000)}\n`), 2, /longer than 8192/],
    'the text of an old Windows': [
      Buffer.from('email,first_name\na@example.org,Ren\xe9e\n', 'latin1'),
      undefined,
      /CSV UTF-8/,
    ],
    'the Unicode text of a spreadsheet': [Buffer.from('\ufeffemail\n', 'utf16le'), undefined, /CSV UTF-8/],
    'a workbook': [Buffer.from('PK\x03\x04\x14\x00\x06\x00'), undefined, /CSV UTF-8/],
    'a file of 100 MB': [Buffer.alloc(100 * 2 ** 20, 'a'), undefined, /more than 2 MB/],
  }
  for (const [what, [file, line, problem]] of Object.entries(unreadable)) {
    it(`says what is wrong with ${what}`, () => {
      const result = readCsv(file)
      assert.ok(!Array.isArray(result))
      assert.deepEqual(result.line, line)
      assert.match(result.problem, problem)
    })
  }

  it('returns no row of an empty file', () => {
    assert.deepEqual(readCsv(Buffer.from('')), [])
    assert.deepEqual(readCsv(Buffer.from('\n\r\n')), [])
  })
})
