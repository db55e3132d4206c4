import assert from 'node:assert/strict'
import { recipeOf } from '../../../courses/builds/recipe.ts'
import { type Repository, recipe, requestOf, stacks, stepsOf } from './repository.ts'

describe('the recipe of an image, of a repository', () => {
  const build = 'cd /tmp/carrel-build'
  const copied = (file: string) => `COPY --chown=1000 ["files/${file}","/tmp/carrel-build/${file}"]`
  const tidied = ['USER 0', 'RUN rm -rf /tmp/carrel-build', 'USER 1000']
  const script = '#!/bin/bash\n'

  const table: [what: string, repository: Repository, steps: string[]][] = [
    [
      'with apt.txt installs packages as root, and gives the image back to its user',
      { files: { 'apt.txt': '# plots\ngraphviz\n\nlibstdc++6:amd64=12.2.0-14 # a library\ngraphviz tini\r\n' } },
      [
        'USER 0',
        'RUN export DEBIAN_FRONTEND=noninteractive && apt-get update && apt-get install --yes --no-install-recommends graphviz libstdc++6:amd64=12.2.0-14 tini && rm -rf /var/lib/apt/lists/*',
        'USER 1000',
      ],
    ],
    [
      'with requirements.txt has pip install it, from that file alone',
      { files: { 'requirements.txt': 'numpy==2.1\npandas >= 2 # tables\n', 'week1.ipynb': '' } },
      [
        'USER 1000',
        copied('requirements.txt'),
        `RUN ${build} && PIP_USER=0 python3 -m pip install --no-cache-dir -r requirements.txt`,
        ...tidied,
      ],
    ],
    ...['-r more.txt', '-e .', './package', 'name @ file:x', '--find-links wheels', 'wheels/a-1-py3-none-any.whl'].map(
      (line): [string, Repository, string[]] => [
        `with requirements.txt that says ${line} has all files there while it is built`,
        { files: { 'requirements.txt': `${line}\n` } },
        [
          'USER 1000',
          copied(''),
          `RUN ${build} && PIP_USER=0 python3 -m pip install --no-cache-dir -r requirements.txt`,
          ...tidied,
        ],
      ],
    ),
    [
      'that is a package of Python is installed as one, after its requirements',
      { files: { 'requirements.txt': 'numpy', 'pyproject.toml': '[project]\nname = "course"\n' } },
      [
        'USER 1000',
        copied(''),
        `RUN ${build} && PIP_USER=0 python3 -m pip install --no-cache-dir -r requirements.txt`,
        `RUN ${build} && PIP_USER=0 python3 -m pip install --no-cache-dir .`,
        ...tidied,
      ],
    ],
    [
      'with setup.py is a package too, but not where other files make its image',
      { files: { 'setup.py': '', 'binder/requirements.txt': 'numpy' } },
      [
        'USER 1000',
        copied('binder/requirements.txt'),
        `RUN ${build} && PIP_USER=0 python3 -m pip install --no-cache-dir -r binder/requirements.txt`,
        ...tidied,
      ],
    ],
    [
      'with environment.yml has mamba or conda install it',
      { files: { '.binder/environment.yml': 'dependencies:\n  - numpy\n' } },
      [
        'USER 1000',
        copied('.binder/environment.yml'),
        `RUN ${build} && "$tool" env update --name base --file .binder/environment.yml && "$tool" clean --all --yes`,
        ...tidied,
      ],
    ],
    [
      'with a lock of conda has mamba install that',
      { files: { 'conda-lock.yml': 'version: 1\n' } },
      [
        'USER 1000',
        copied('conda-lock.yml'),
        `RUN ${build} && mamba install --yes --name base --file conda-lock.yml && mamba clean --all --yes`,
        ...tidied,
      ],
    ],
    [
      'with install.R runs it',
      { files: { 'install.R': 'install.packages("ggplot2")\n' } },
      ['USER 1000', copied('install.R'), `RUN ${build} && Rscript install.R`, ...tidied],
    ],
    [
      'with postBuild runs it as the user of the image, beside all files',
      { files: { 'binder/postBuild': script } },
      ['USER 1000', copied(''), `RUN ${build} && chmod +x binder/postBuild && ./binder/postBuild`, ...tidied],
    ],
    [
      'with start runs it behind the entry point of the image, before its command',
      { files: { start: `${script}exec "$@"\n` } },
      [
        'USER 0',
        'COPY --chown=0:0 ["files/start","/opt/carrel/start"]',
        'RUN chmod 755 /opt/carrel/start',
        'USER 1000',
        'ENTRYPOINT ["tini","-g","--","/opt/carrel/start"]',
        'CMD ["start-notebook.py"]',
      ],
    ],
    [
      'with runtime.txt looks at the version of Python',
      { files: { 'runtime.txt': 'python-3.12\n' } },
      [
        'USER 1000',
        "RUN { command -v python3 > /dev/null || { echo 'runtime.txt needs a base image with Python 3.12.' >&2; exit 1; }; }",
        'USER 1000',
      ],
    ],
    [
      'whose files shall come into the image puts them into its working folder, and leaves them there',
      { files: { 'requirements.txt': 'numpy', 'a.ipynb': '' }, copyFiles: true },
      [
        'USER 1000',
        'COPY --chown=1000 ["files/","/home/jovyan/"]',
        'RUN cd /home/jovyan && PIP_USER=0 python3 -m pip install --no-cache-dir -r requirements.txt',
        'USER 1000',
      ],
    ],
    [
      'whose files alone come into the image needs nothing else',
      { files: { 'a.ipynb': '' }, copyFiles: true },
      ['USER 1000', 'COPY --chown=1000 ["files/","/home/jovyan/"]', 'USER 1000'],
    ],
  ]
  for (const [what, repository, steps] of table) {
    it(what, async () => {
      assert.deepEqual(await stepsOf(repository), steps)
    })
  }

  it('begins with the base image, and names its id, so that another one is another recipe', async () => {
    const { text, dockerfile, generated, madeFrom } = await recipe({ files: { 'requirements.txt': 'numpy' } })
    assert.match(text, new RegExp(`^# .* ${stacks.id}\\.\\nFROM ${stacks.image}\\n`))
    assert.deepEqual([dockerfile, generated, madeFrom], ['Dockerfile', true, ['requirements.txt']])
    const other = { ...stacks, id: `sha256:${'2e'.repeat(32)}` }
    assert.notEqual((await recipe({ files: { 'requirements.txt': 'numpy' }, base: other })).text, text)
  })

  it('is its own Dockerfile as it is, wherever its files lie, and asks for no base image', async () => {
    const text = 'FROM scratch\nCOPY requirements.txt /\n'
    for (const [path, dockerfile] of [
      ['Dockerfile', undefined],
      ['binder/Dockerfile', undefined],
      ['nbhosting/Dockerfile', 'nbhosting/Dockerfile'],
    ] as const) {
      const files = { [path]: text, 'requirements.txt': '' }
      const found = await recipe({ files, ...(dockerfile !== undefined && { dockerfile }) })
      assert.deepEqual(found, {
        dockerfile: path,
        text,
        generated: false,
        madeFrom: [path],
        warnings: [],
        leftOut: new Set(),
      })
    }
  })

  it('leaves out what .dockerignore says, and never what makes it', async () => {
    const leftOut = async (files: Record<string, string>, more: Partial<Repository> = {}) =>
      [...(await recipe({ files, ...more })).leftOut].sort()
    const rest = { 'data/x': '', '.dockerignore': '*\n' }
    assert.deepEqual(await leftOut({ ...rest, Dockerfile: 'FROM scratch\n' }), ['data', 'data/x'])
    assert.deepEqual(await leftOut({ ...rest, 'binder/requirements.txt': '' }, { copyFiles: true }), ['data', 'data/x'])
    const own = { 'b/Dockerfile': 'FROM scratch\n', 'b/Dockerfile.dockerignore': 'data/x\n' }
    assert.deepEqual(await leftOut({ ...rest, ...own }, { dockerfile: 'b/Dockerfile' }), ['data/x'])
  })

  const warned: [what: string, repository: Repository, warnings: RegExp[]][] = [
    [
      'files beside a Dockerfile that does not name them',
      { files: { Dockerfile: 'FROM scratch\n', 'apt.txt': '' } },
      [/^apt\.txt has no effect: Dockerfile alone makes/],
    ],
    [
      'what has no effect beside environment.yml',
      { files: { 'environment.yml': '', 'requirements.txt': '', 'setup.py': '', 'runtime.txt': 'python-3.9' } },
      [/^runtime\.txt has no effect/, /^requirements\.txt has no effect/, /^setup\.py has no effect/],
    ],
    [
      'packages of other languages beside those that are installed',
      { files: { 'requirements.txt': '', 'Project.toml': '', Pipfile: '', DESCRIPTION: '', 'default.nix': '' } },
      [/^default\.nix: packages of Nix/, /^Project\.toml: .* Julia/, /^DESCRIPTION: .* R /, /^Pipfile: .* pipenv/],
    ],
    [
      'a start that starts nothing',
      { files: { start: `${script}export A=1\n` } },
      [/^start never starts what it is given: end it with exec "\$@"/],
    ],
  ]
  for (const [what, repository, warnings] of warned) {
    it(`warns of ${what}`, async () => {
      const found = await recipe(repository)
      assert.equal(found.warnings.length, warnings.length, found.warnings.join('\n'))
      for (const [at, warning] of warnings.entries()) assert.match(String(found.warnings[at]), warning)
    })
  }

  const refused: [what: string, repository: Repository, problem: RegExp][] = [
    ['has nothing of which an image is made', { files: { 'a.ipynb': '' } }, /^No file in the folder of the build/],
    ['has packages of Julia alone', { files: { 'Project.toml': '' } }, /^Project\.toml: packages of Julia are not/],
    ['has environment.yml under another name', { files: { 'environment.yaml': '' } }, /rename it to environment\.yml/],
    ['has both folders', { files: { 'binder/a': '', '.binder/a': '' } }, /^binder\/ and \.binder\/ .*: remove one/],
    ['asks for a Python of old', { files: { 'runtime.txt': 'python-2.7' } }, /^runtime\.txt, line 1: only python-3/],
    ['asks for a date of R', { files: { 'runtime.txt': '# R\nr-4.1-2022-01-01' } }, /^runtime\.txt, line 2: only/],
    ['has a start without its program', { files: { start: 'exec "$@"' } }, /^start, line 1: .* #!\/bin\/bash/],
    ['has a postBuild of Windows', { files: { postBuild: '#!/bin/sh\r\n' } }, /^postBuild, line 1: .* Unix/],
    ['has a link for a file', { files: { 'apt.txt': '' }, links: ['apt.txt'] }, /^apt\.txt is a link: put the file/],
    ['has bytes for a text', { files: { 'apt.txt': Buffer.from([0xff]) } }, /^apt\.txt is no text in UTF-8/],
    ['has a huge file', { files: { 'apt.txt': Buffer.alloc(1_100_000, 32) } }, /^apt\.txt is larger than 1 MiB/],
    ['lacks the Dockerfile that is named', { files: {}, dockerfile: 'b/Dockerfile' }, /^"b\/Dockerfile" is not in/],
    ['is left by a path', { files: { '../Dockerfile': '' }, dockerfile: '../Dockerfile' }, /is no path in the folder/],
    [
      'shall be copied into an image without a folder',
      { files: { a: '' }, copyFiles: true, base: { ...stacks, folder: '/' } },
      /^The base image names no working folder/,
    ],
  ]
  for (const [what, repository, problem] of refused) {
    it(`is refused where it ${what}, with a remedy`, async () => {
      await assert.rejects(recipe(repository), { name: 'RecipeError', message: problem })
    })
  }

  it('is refused with all that is wrong at once', async () => {
    const files = { 'apt.txt': 'a\nB\n', start: '', 'runtime.txt': '' }
    await assert.rejects(recipe({ files }), ({ problems }: { problems: string[] }) => {
      assert.deepEqual(
        problems.map((line) => line.replace(/:.*/, '')),
        ['apt.txt, line 1', 'apt.txt, line 2', 'runtime.txt, line 1', 'start, line 1'],
      )
      return true
    })
  })

  it('is refused without a base image, unless it has a Dockerfile', async () => {
    const without = (files: Record<string, string>) => recipeOf({ ...requestOf({ files }), base: undefined })
    await assert.rejects(without({ 'apt.txt': 'tini' }), /say base, such as/)
    assert.equal((await without({ Dockerfile: 'FROM scratch' })).generated, false)
  })
})
