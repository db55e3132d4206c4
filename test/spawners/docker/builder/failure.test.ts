import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { buildFailure } from '../../../../spawners/docker/builder/failure.ts'

describe('the error of a build', () => {
  const build = {
    ...{ name: 'demo:1', dockerfile: 'Dockerfile', network: true, cache: true },
    ...{ files: () => new PassThrough(), limits: { memory: 512 * 2 ** 20 } },
  }

  const lasting: [said: string, words: RegExp][] = [
    [
      "The command '/bin/sh -c pip install nump' returned a non-zero code: 1",
      /^Dockerfile: the step pip install nump ended with code 1\. The lines above say why\.$/,
    ],
    [
      "The command '/bin/sh -c make' returned a non-zero code: 137",
      /takes more memory than limits\.memory allows \(512 MiB\)/,
    ],
    [
      '(HTTP code 400) unexpected - dockerfile parse error line 2: unknown instruction: FOO ',
      /^Dockerfile: dockerfile parse error line 2: unknown instruction: FOO\. Correct that line/,
    ],
    [
      'the --mount option requires BuildKit. Refer to https://d.example',
      /without BuildKit here: write the step without/,
    ],
    ['COPY failed: file not found in build context: stat x: no', /Correct the path, which begins at the folder/],
    ['pull access denied for x, repository does not exist or may require', /not to be had: .* Correct its FROM/],
    ['manifest for r.example/x:1 not found: manifest unknown', /not to be had: .* Correct its FROM/],
  ]
  for (const [said, words] of lasting) {
    it(`is that of the files for “${said}”`, () => {
      const error = buildFailure(new Error(said), build)
      assert.equal(error.name, 'BuildError')
      assert.match(error.message, words)
    })
  }

  for (const said of [
    'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
    'write /srv/x: no space left on device',
    'connect ENOENT /run/docker.sock',
  ]) {
    it(`may pass for “${said}”`, () => {
      const error = buildFailure(new Error(said), build)
      assert.equal(error.name, 'Error')
      assert.ok(error.message.includes(said))
    })
  }
})
