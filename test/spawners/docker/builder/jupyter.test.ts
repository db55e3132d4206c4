import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { courseSchema } from '../../../../courses/course.ts'
import { madeOfCourse } from '../../../../hub/made-of/made-of.ts'
import { waitUntilReady } from '../../../../hub/servers/ready.ts'
import { serverSpec } from '../../../../hub/servers/server-spec.ts'
import type { Builder } from '../../../../spawners/builder.ts'
import type { Installation } from '../../../../spawners/spawner.ts'
import { wheelOf } from '../../../courses/builds/wheel.ts'
import { cleanupAfterAll } from '../../../helpers/cleanup.ts'
import { derivedImage } from '../../../helpers/engines/derived-image.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../../helpers/engines/docker.ts'
import { newSpec, startContext } from '../../../helpers/engines/started.ts'
import { requirePart } from '../../../helpers/require.ts'
import { buildRepository } from './built.ts'
import { forgetBuilds, outputIn } from './engine-world.ts'

describe('an image of a repository', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  const installation: Installation = { name: 'carrel-test', id: randomBytes(8).toString('hex') }
  let spawner: Awaited<ReturnType<typeof openDocker>>
  let builder: Builder

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    spawner = await openDocker({ pull: 'always' }, installation)
    cleanup.defer(() => forgetBuilds(installation))
    const usual = await openDocker({}, installation)
    assert.ok(usual.builder)
    builder = usual.builder
  })

  it('runs JupyterLab with the packages, and what postBuild and start have done, and without the files', async () => {
    const Dockerfile = [
      `FROM ${await loadedImage('jupyter')}`,
      'USER 0',
      'RUN /opt/jupyter/bin/python3 -m ensurepip && chown 1000 /opt/jupyter/bin /opt/jupyter/lib/python3*/site-packages',
      'USER 1000',
      '',
    ].join('\n')
    const { built: base } = await buildRepository(builder, { files: { Dockerfile } })
    const { built } = await buildRepository(builder, {
      from: base.reference,
      files: {
        'requirements.txt': '--no-index\n./wheels/greeting-1.0-py3-none-any.whl\n',
        'wheels/greeting-1.0-py3-none-any.whl': wheelOf('greeting', 'word = "good morning"\n'),
        'runtime.txt': 'python-3\n',
        postBuild: '#!/bin/sh\nset -e\ncat solutions/answer > "$HOME/built"\nid -u >> "$HOME/built"\n',
        'solutions/answer': '42\n',
        start: '#!/bin/sh\necho "started as $(id -u)" > /tmp/started\nexec "$@"\n',
      },
    })

    const server = randomBytes(8).toString('hex')
    const path = '/user/ann/demo/'
    const spec = serverSpec({
      ...{ server, run: 1, user: 'ann', path, listen: spawner.listen({ server, run: 1 }) },
      madeOf: madeOfCourse(
        { hubUrl: 'http://127.0.0.1:8000', internalUrl: 'http://172.30.0.1:8082' },
        { ...courseSchema.parse({ image: built.reference }), name: 'demo', slug: 'demo', id: 'demo' },
      ),
      key: { kid: 'k1', secret: randomBytes(32) },
    })
    // The spawner fetches images always; this one is never asked for anywhere.
    const { url, state, image } = await spawner.start(spec, startContext())
    cleanup.defer(() => spawner.stop(spec, state, { graceSeconds: 0 }))
    assert.equal(image, built.id)
    await waitUntilReady({
      target: url,
      path,
      poll: () => spawner.poll(spec, state),
      signal: AbortSignal.timeout(90_000),
    })
    const inside = (script: string) => outputIn(`carrel-${server}-1`, ['sh', '-c', script])
    assert.equal((await inside('python3 -c "import greeting; print(greeting.word)"')).trim(), 'good morning')
    assert.equal(await inside('cat ~/built /tmp/started; id -u'), '42\n1000\nstarted as 1000\n1000\n')
    assert.equal(
      (await inside('ls -A /tmp/carrel-build /home/jovyan/solutions 2>/dev/null || echo none')).trim(),
      'none',
    )
  })

  it('is made by the programs of the base image, each as the user that it needs', async () => {
    const says = '#!/bin/sh\necho "$0 $* as $(id -u) in $(pwd)"\n'
    const tools = ['apt-get', 'mamba', 'Rscript']
    const programs = tools.map((name) => `/usr/bin/${name}`)
    const from = await derivedImage('tools', {
      files: Object.fromEntries(programs.map((path) => [path, says])),
      programs,
      changes: ['ENV PATH=/usr/bin:/bin'],
    })
    const { lines } = await buildRepository(builder, {
      from,
      files: {
        'binder/apt.txt': 'graphviz\n',
        'binder/environment.yml': 'dependencies: []\n',
        'binder/install.R': '\n',
        'binder/postBuild': says,
      },
    })
    assert.deepEqual(
      lines.filter((line) => / as \d+ in /.test(line)).map((line) => line.replace(/^\S*\//, '')),
      [
        'apt-get update as 0 in /home/jovyan',
        'apt-get install --yes --no-install-recommends graphviz as 0 in /home/jovyan',
        'mamba env update --name base --file binder/environment.yml as 1000 in /tmp/carrel-build',
        'mamba clean --all --yes as 1000 in /tmp/carrel-build',
        'Rscript binder/install.R as 1000 in /tmp/carrel-build',
        'postBuild  as 1000 in /tmp/carrel-build',
      ],
    )
  })

  for (const [file, text, words] of [
    ['apt.txt', 'graphviz\n', 'apt.txt needs a base image of Debian or Ubuntu.'],
    [
      'environment.yml',
      '',
      'environment.yml needs a base image with mamba or conda. Choose one that has, or write requirements.txt.',
    ],
    ['requirements.txt', '', 'The base image has no pip for its python3. Choose one that has.'],
    ['install.R', '', 'install.R needs a base image with R.'],
    ['runtime.txt', 'python-3.12\n', 'runtime.txt needs a base image with Python 3.12.'],
  ] as const) {
    it(`says what its base image lacks for ${file}`, async () => {
      const from = await loadedImage('tiny')
      const lines: string[] = []
      await assert.rejects(buildRepository(builder, { from, files: { [file]: text } }, { lines }), {
        name: 'BuildError',
      })
      assert.ok(lines.includes(words), lines.join('\n'))
    })
  }

  it('that is gone is not fetched, and servers and looks say what to do', async () => {
    const { built } = await buildRepository(builder, { files: { Dockerfile: `FROM ${await loadedImage('tiny')}\n` } })
    await docker.getImage(built.reference).remove()
    const never = new AbortController().signal
    const [found] = (await spawner.images?.find([{ image: built.reference, uses: [] }], { signal: never })) ?? []
    assert.match(String(found?.problem), /was built there: carrel images build makes it anew/)
    const start = spawner.start(newSpec(built.reference, []), startContext())
    await assert.rejects(start, ({ detail, lasts }: { detail: string; lasts: boolean }) => {
      assert.match(detail, /carrel images build makes it anew/)
      return lasts
    })
  })
})
