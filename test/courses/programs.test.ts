import assert from 'node:assert/strict'
import { courseSchema } from '../../courses/course.ts'
import { startedCommand, withWords } from '../../courses/programs.ts'
import { fileAtPlace, isInside, placeOfFile } from '../../courses/start.ts'

describe('the program of a course', () => {
  const web = { command: ['serve', '--port={port}'], prefix: 'kept' }
  const problems = (course: object): string[] =>
    courseSchema
      .safeParse({ image: '', ...course })
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

  it('is Jupyter unless the course says another one', () => {
    assert.equal(courseSchema.parse({ image: '' }).program, 'jupyter')
    assert.deepEqual(courseSchema.parse({ image: '', program: web }).program, {
      ...web,
      ready: '/',
      listens: 'port',
      authorization: 'none',
    })
  })

  it('is what the course names, or the usual one of its kind', () => {
    const started = (course: object) => startedCommand(courseSchema.parse({ image: '', ...course }))
    assert.deepEqual([{}, { program: 'notebook-6' }, { command: ['start.py', 'x'] }, { program: web }].map(started), [
      ['jupyter-lab'],
      ['jupyter-notebook'],
      ['start.py', 'x'],
      web.command,
    ])
  })

  const refused: [string, object, RegExp[]][] = [
    ['an unknown name', { program: 'notebook6' }, [/^program: /]],
    ['an unknown word', { program: { ...web, prefx: 'kept' } }, [/^program: /]],
    ['no way to listen', { program: { ...web, command: ['serve'] } }, [/^program\.command: .*\{port\}/]],
    [
      'a word that stands for nothing',
      { program: { ...web, command: ['serve', '{port}', '--base={prefx}'] } },
      [/^program\.command\.2: .*did you mean "prefix"\?/],
    ],
    [
      'a secret in arguments',
      { program: { ...web, command: ['serve', '{port}', '--token={token}'] } },
      [/^program\.command\.2: .*put it into a variable/],
    ],
    [
      'a socket beside a port',
      { program: { ...web, command: ['serve', '{port}', '{socket}'] } },
      [/^program\.listens: .*listens: 'socket'/],
    ],
    ['a file that start does not name', { program: { ...web, command: ['x', '{port}', '{start}'] } }, [/\{start\}/]],
    [
      'the same with a path',
      { program: { ...web, command: ['x', '{port}', '{start}'] }, start: '/app.py' },
      [/^program\.command: .*\{start\}/],
    ],
    ['the command of Jupyter', { program: web, command: ['start-notebook.py'] }, [/^command: .*program\.command/]],
    [
      'a token that the program is not told',
      { program: { ...web, authorization: 'bearer' } },
      [/^program\.authorization: .*\{token\}/],
    ],
    ['a readiness path with dots', { program: { ...web, ready: '/../x' } }, [/^program\.ready: /]],
    [
      'the same in an app',
      { apps: { x: { program: { ...web, command: ['serve'] } } } },
      [/^apps\.x\.program\.command/],
    ],
    ['an app named as the GPU', { apps: { gpu: { program: web } } }, [/^apps\.gpu: /]],
    ['a path that runs code', { linkable: ['terminals'] }, [/^linkable\.0: .*asks first/]],
    ['a template without a file', { fileAt: '/voila/render/' }, [/^fileAt: .*\{file\}/]],
    ['a template with two', { fileAt: '/{file}/{file}' }, [/^fileAt: /]],
  ]
  for (const [what, course, expected] of refused) {
    it(`refuses ${what}, and says what to do`, () => {
      const found = problems(course)
      assert.equal(found.length, expected.length, found.join('\n'))
      for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern)
    })
  }

  it('may have braces that are no words of ours, and variables of a shell', () => {
    const variable = ['$', '{name}'].join('')
    const command = ['sh', '-c', `exec serve --port={port} --json={"a":1} ${variable} {A}`]
    assert.deepEqual(problems({ program: { ...web, command } }), [])
    assert.equal(
      withWords(`{port} ${variable} {a} {constructor}`, { port: '1', name: 'x' }),
      `1 ${variable} {a} {constructor}`,
    )
  })

  it('is told where to listen by a variable too, and the token by no other way', () => {
    const env = { APP_PORT: '{port}', APP_TOKEN: '{token}' }
    assert.deepEqual(problems({ env, program: { ...web, command: ['serve'], authorization: 'basic' } }), [])
  })
})

describe('a path inside servers', () => {
  it('begins with one slash, and leads nowhere else however it is read', () => {
    for (const path of ['/', '/lab', '/voila/render/a%20b.ipynb?x=1', '/a//b', '/?folder=/srv', '/...'])
      assert.equal(isInside(path), true, path)
    for (const path of [
      ...[
        '',
        'lab',
        '//x',
        '/%2f',
        '/%5cx',
        '/\\x',
        '/a/../b',
        '/a/%2e%2E/b',
        '/.',
        '/a b',
        '/é',
        '/a#b',
        '/%',
        '/{x}',
      ],
      ...['/_carrel/seat', '/_carrel', '/%5fcarrel/x', '/%09/x', `/${'a'.repeat(1000)}`],
    ])
      assert.equal(isInside(path), false, path)
  })

  it('has a file in it as the template says', () => {
    assert.equal(placeOfFile('/voila/render/{file}', 'week 1/ä?.ipynb'), 'voila/render/week%201/%C3%A4%3F.ipynb')
    assert.equal(placeOfFile('/?file={file}&x=1', 'week 1/a&b.py'), '?file=week%201%2Fa%26b.py&x=1')
    for (const [template, file] of [
      ['/voila/render/{file}', 'week 1/ä?.ipynb'],
      ['/?file={file}&x=1', 'week 1/a&b.py'],
    ] as const)
      assert.equal(fileAtPlace(template, placeOfFile(template, file)), file)
  })

  it('that is none of the template is none', () => {
    for (const [template, inside] of [
      ['/voila/render/{file}', 'voila/render/'],
      ['/voila/render/{file}', 'voila/static/x'],
      ['/voila/render/{file}', 'voila/render/x?kernel=evil'],
      ['/voila/render/{file}', 'voila/render/%'],
      ['/?file={file}', '?file=x&access_token=y'],
    ] as const)
      assert.equal(fileAtPlace(template, inside), undefined, inside)
  })
})
