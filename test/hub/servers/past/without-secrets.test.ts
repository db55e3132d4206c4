import assert from 'node:assert/strict'
import { mostLines } from '../../../../hub/db/runs/runs.ts'
import { keptLines, withoutSecrets } from '../../../../hub/servers/past/without-secrets.ts'

const token = `carrel-server-abc123abc123-4-${'x'.repeat(43)}`

describe('what a program prints, as staff see it', () => {
  const cases: [what: string, printed: string, secrets: string[], kept: string][] = [
    ['keeps words that are no secrets', 'ModuleNotFoundError: No module named "tokens"', [], 'same'],
    ['keeps a token that is none', 'the token: None, password=false', [], 'same'],
    [
      'loses the token of a run in an address',
      `http://127.0.0.1:8888/?token=${token}`,
      [],
      'http://127.0.0.1:8888/?token=…',
    ],
    ['loses the token of a run anywhere', `got ${token}.`, [], 'got ….'],
    ['loses what the hub gave it', 'user ada, key s3cret/1', ['s3cret/1'], 'user ada, key …'],
    ['loses what the hub gave it, as addresses write it', 'at ?k=s3cret%2F1', ['s3cret/1'], 'at ?k=…'],
    ['loses each line of a secret of several', 'BEGIN-KEY\nabcdef', ['BEGIN-KEY\nabcdef'], '…\n…'],
    ['loses the longer of two secrets as a whole', 'secret-12', ['secret', 'secret-12'], '…'],
    ['keeps words that hold a short value by chance', 'ModuleNotFoundError', ['Not'], 'same'],
    [
      'loses what a variable with such a name has',
      'export LAB_API_TOKEN=abc and "password": "x y"',
      [],
      'export LAB_API_TOKEN=… and "password": "…"',
    ],
    [
      'loses all words of a value in quotes',
      `passphrase='correct horse battery'; x='y z'`,
      [],
      `passphrase='…'; x='y z'`,
    ],
    ['loses a value with a quote in it', '"secret": "a\\"b c", "x": "y"', [], '"secret": "…", "x": "y"'],
    ['loses a value whose quote never ends', 'password="correct horse', [], 'password="…'],
    [
      'loses a value of JSON within JSON',
      '{\\"token\\": \\"a b\\", \\"x\\": 1}',
      [],
      '{\\"token\\": \\"…\\", \\"x\\": 1}',
    ],
    ['loses what follows an option', 'run --user ada --password hunter2 now', [], 'run --user ada --password … now'],
    ['loses what follows an option in a list', `['--App.token', 'a b', '-x']`, [], `['--App.token', '…', '-x']`],
    ['keeps an option with such a name that another one follows', 'run --token --port 80', [], 'same'],
    ['loses the value of a key', `os.environ["API_KEY"] = b'a b'`, [], `os.environ["API_KEY"] = b'…'`],
    ['loses a value that begins like none', 'password=true-blue-77 token: none-of-it', [], 'password=… token: …'],
    ['keeps a value that is none, in quotes and in JSON', '"token": null} token="None" password=', [], 'same'],
    ['loses a value whose name has colours', '\u001b[36mapi_key\u001b[0m=\u001b[35mhunter2\u001b[0m', [], 'api_key=…'],
    ['loses what the hub gave it, with a colour within', 'at s3c\u001b[1mret/1\u0000', ['s3cret/1'], 'at …'],
    ['loses what the hub gave it, as JSON writes it', 'at {"k":"a\\"b\\\\c"}', ['a"b\\c'], 'at {"k":"…"}'],
    ['loses what the hub gave it, as Python shows it', `at 'a"b\\\\c'`, ['a"b\\c'], `at '…'`],
    ['loses a short value where it is a word', 'pin 1234, 12345', ['1234'], 'pin …, 12345'],
    ['loses what authorizes', 'Authorization: Bearer abc.def', [], 'Authorization: Bearer …'],
    [
      'loses a name and a password in an address',
      'git clone https://ada:pw@git.test/x',
      [],
      'git clone https://…@git.test/x',
    ],
    [
      'loses a token in an address',
      'unable to access https://ghp_abc@git.test/x',
      [],
      'unable to access https://…@git.test/x',
    ],
    ['loses a password without a name in an address', 'redis://:p@w@redis.test/0', [], 'redis://…@redis.test/0'],
    ['keeps an address with an @ further on', 'https://registry.test/@types/node', [], 'same'],
  ]
  for (const [what, printed, secrets, kept] of cases)
    it(what, () => assert.equal(withoutSecrets(printed, secrets), kept === 'same' ? printed : kept))

  it('is read in a time that does not grow with what a learner makes of it', () => {
    const began = process.threadCpuUsage()
    const parts = ['token', '-token', '--token ', 'token="', 'token=\\"', 'token\\', 'a-', '-', '"', '\\']
    for (const part of [...parts, 'authorization: ', '//a:', '//', '@', ' ', '\u001b]', '\u001b[', '\u001b[1']) {
      withoutSecrets(part.repeat(50_000), ['a'.repeat(40), 'a-a'])
      keptLines(Array(50).fill(part.repeat(50_000)), ['a'.repeat(40), 'a-a'])
    }
    const { user } = process.threadCpuUsage(began)
    assert.ok(user < 5_000_000, `${user} microseconds`)
  })

  it('is kept as its last lines, without colours, each cut, and no more characters than fit', () => {
    const lines = Array.from({ length: 80 }, (_, index) => `\u001b[31mline ${index}\u001b[0m`)
    assert.deepEqual(
      keptLines(lines, []),
      Array.from({ length: 50 }, (_, index) => `line ${index + 30}`),
    )
    const long = keptLines(
      Array.from({ length: 50 }, (_, index) => `${index} ${'é'.repeat(2000)}`),
      [],
    )
    assert.equal(long.at(-1)?.slice(0, 3), '49 ')
    assert.equal(long.at(-1)?.length, 501)
    assert.ok(long.join('\n').length <= mostLines.characters)
    assert.ok(long.length > 10)
  })

  it('is kept as nothing where it was nothing', () => {
    assert.deepEqual(keptLines([], []), [])
    assert.deepEqual(keptLines([''], []), [])
  })

  it('does not show the beginning of a secret at which a long line is cut', () => {
    const [line = ''] = keptLines([`${'a'.repeat(490)} ${'s3cret-value '.repeat(3)}`], ['s3cret-value'])
    assert.doesNotMatch(line, /s3c/)
  })
})
