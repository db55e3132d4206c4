import assert from 'node:assert/strict'
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { loadConfig } from '../../config/load.ts'
import { warningsOf } from '../../config/warnings.ts'
import type { LaidFile } from '../../courses/files.ts'
import { type ConfigFiles, header, makeConfigFiles } from './config-files.ts'

describe('files that a config lays into servers', () => {
  let files: ConfigFiles
  let folder: string
  beforeEach(async () => {
    files = await makeConfigFiles()
    folder = dirname(await files.write(''))
  })
  afterEach(() => files.clear())

  const put = async (name: string, content = name) => {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  const laid = async (text: string) => (await loadConfig(await files.write(`${header}${text}`))).laid ?? {}
  const problems = (text: string) => files.whole(`${header}${text}`)
  /** The line of the config in which the default export begins. */
  const line = header.split('\n').length

  function shown(all: LaidFile[] = []): Record<string, string> {
    const content = (file: LaidFile) =>
      'link' in file ? `-> ${file.link}` : `${file.executable ? '* ' : ''}${file.content}`
    return Object.fromEntries(all.map((file) => [file.name, content(file)]))
  }

  it('are JSON, files beside the config, and whole folders with their links and programs', async () => {
    await put('dates.csv', 'monday')
    await put('data/week1/a.csv', 'a')
    await put('data/run', 'run')
    await chmod(join(folder, 'data/run'), 0o755)
    await symlink('week1/a.csv', join(folder, 'data/first.csv'))
    await symlink('../run', join(folder, 'data/week1/run'))
    const { demo } = await laid(`export default { ...fine, courses: { Demo: { image: '', files: {
      '/srv/course': { 'settings.json': { a: [1, 'b', null] }, 'plan/dates.csv': './dates.csv', all: './data' },
    } } } }`)
    assert.deepEqual(
      demo?.map(({ path }) => path),
      ['/srv/course'],
    )
    assert.deepEqual(shown(demo?.[0]?.files), {
      'settings.json': '{\n  "a": [\n    1,\n    "b",\n    null\n  ]\n}\n',
      'plan/dates.csv': 'monday',
      'all/week1/a.csv': 'a',
      'all/week1/run': '-> ../run',
      'all/run': '* run',
      'all/first.csv': '-> week1/a.csv',
    })
  })

  it("are the site's with the course's over them, name by name, and variants have those of their course", async () => {
    const all = await laid(`export default { ...fine,
      files: { '/srv/a': { x: ['site'], y: ['site'] }, '/srv/b': { z: ['site'] } },
      courses: { Demo: { image: '', gpuOnRequest: [], files: { '/srv/a': { y: ['course'] }, '/srv/c': { c: ['course'] } } }, Two: { image: '' } },
    }`)
    const seen = (slug: string) =>
      all[slug]?.map(({ path, files: own }) => [
        path,
        ...own.map(({ name, ...file }) => `${name} ${'content' in file ? JSON.parse(String(file.content)) : ''}`),
      ])
    assert.deepEqual(seen('demo'), [
      ['/srv/a', 'x site', 'y course'],
      ['/srv/b', 'z site'],
      ['/srv/c', 'c course'],
    ])
    assert.deepEqual(seen('demo--gpu'), seen('demo'))
    assert.deepEqual(seen('two'), [
      ['/srv/a', 'x site', 'y site'],
      ['/srv/b', 'z site'],
    ])
  })

  it('follow a link to a file beside the config, as a mounted volume of Kubernetes has them', async () => {
    await put('..data/dates.csv', 'monday')
    await symlink('..data/dates.csv', join(folder, 'dates.csv'))
    const { demo } = await laid(`export default { ...fine, files: { '/srv/a': { 'dates.csv': './dates.csv' } } }`)
    assert.deepEqual(shown(demo?.[0]?.files), { 'dates.csv': 'monday' })
  })

  it("are JupyterLab's two files in the form in which Jupyter takes them from a folder of settings", async () => {
    await put(
      'page_config.json',
      '{ "disabledExtensions": ["@jupyterlab/debugger-extension"], "terminalsAvailable": false }',
    )
    const file = await files.write(`${header}export default { ...fine,
      jupyter: { overrides: { a: { b: 1 } }, pageConfig: './page_config.json' },
      courses: { Demo: { image: '', env: { JUPYTER_CONFIG_PATH: '/etc/own' } }, Two: { image: '', jupyter: { overrides: { c: {} } } } },
    }`)
    const { laid = {}, courses } = await loadConfig(file)
    const page =
      '{\n  "disabledExtensions": {\n    "@jupyterlab/debugger-extension": true\n  },\n  "terminalsAvailable": false\n}\n'
    assert.deepEqual(
      laid.demo?.map(({ path }) => path),
      ['/srv/carrel/jupyter'],
    )
    assert.deepEqual(shown(laid.demo?.[0]?.files), {
      'labconfig/default_setting_overrides.json': '{\n  "a": {\n    "b": 1\n  }\n}\n',
      'labconfig/page_config.json': page,
    })
    assert.deepEqual(shown(laid.two?.[0]?.files), {
      'labconfig/default_setting_overrides.json': '{\n  "c": {}\n}\n',
      'labconfig/page_config.json': page,
    })
    assert.equal(courses.demo?.env.JUPYTER_CONFIG_PATH, '/srv/carrel/jupyter:/etc/own')
    assert.equal(courses.two?.env.JUPYTER_CONFIG_PATH, '/srv/carrel/jupyter')
  })

  it('that are not there are a problem with its line, beside all other problems of the file', async () => {
    assert.deepEqual(
      await problems(`export default {
  ...fine,
  limits: { serverPerUser: 1 },
  files: {
    '/srv/a': {
      'x.csv': './missing.csv',
    },
  },
  courses: { Demo: { image: '',
    jupyter: { overrides: './missing.json' } } },
}`),
      [
        `limits.serverPerUser, line ${line + 2}: is not a setting here; did you mean "serversPerUser"?`,
        `files["/srv/a"]["x.csv"], line ${line + 5}: there is no such file or folder beside the config file`,
        `courses.Demo.jupyter.overrides, line ${line + 9}: there is no such file or folder beside the config file`,
      ],
    )
  })

  const links: [what: string, target: string, isKept: boolean][] = [
    ['to a file beside it', 'a', true],
    ['up and down again within the folder', '../tree/../a', false],
    ['up to the folder itself', '..', true],
    ['up out of the folder', '../..', false],
    ['to a file above the folder', '../../secret', false],
    ['to an absolute path', '/etc/passwd', false],
    ['through another link and up from there', 'hop/../x', false],
    ['with dots', './a', true],
  ]
  for (const [what, target, isKept] of links) {
    it(`${isKept ? 'keep' : 'refuse'} a link ${what}`, async () => {
      await put('tree/sub/a')
      await symlink(target, join(folder, 'tree/sub/link'))
      const text = `export default { ...fine, files: { '/srv/a': { t: './tree' } } }`
      if (isKept) {
        const { demo } = await laid(text)
        assert.equal(shown(demo?.[0]?.files)['t/sub/link'], `-> ${target}`)
      } else
        assert.deepEqual(await problems(text), [
          `files["/srv/a"].t, line ${line}: has a link that leads out of it: sub/link -> ${target}`,
        ])
    })
  }

  it('refuse a folder that meets the home of a course', async () => {
    const found = await problems(`export default { ...fine,
      files: { '/srv/a': { x: {} }, '/home/jovyan/work/data': { y: {} }, '/home/jovyan': { z: {} } },
      courses: { Demo: { image: '', home: { path: '/home/jovyan/work' } } } }`)
    assert.deepEqual(
      found.map((one) => one.replace(/, line \d+/, '')),
      [
        'files["/home/jovyan/work/data"]: lies in /home/jovyan, which has files too: a folder holds just its own',
        'files["/home/jovyan/work/data"]: meets the home of the course, /home/jovyan/work: neither may lie in the other',
        'files["/home/jovyan"]: meets the home of the course, /home/jovyan/work: neither may lie in the other',
      ],
    )
  })

  const wrong: [what: string, setting: string, expected: RegExp][] = [
    ['a folder that is not absolute', `{ 'srv/a': {} }`, /files\["srv\/a"\].*absolute path/],
    ['the root', `{ '/': {} }`, /absolute path/],
    ['a folder with ..', `{ '/srv/../etc': {} }`, /no \.\. in it/],
    ['a folder with a slash at its end', `{ '/srv/a/': {} }`, /no slash at the end/],
    ['a folder of the kernel', `{ '/proc/self': {} }`, /devices or processes/],
    ['the folder of all programs', `{ '/usr/bin': {} }`, /in the place of all that the image has there/],
    ['a folder of Carrel', `{ '/srv/carrel/jupyter': {} }`, /or of what Carrel lays there/],
    ['a name that leaves the folder', `{ '/srv/a': { '../b': {} } }`, /named by its path in the folder/],
    ['an absolute name', `{ '/srv/a': { '/b': {} } }`, /named by its path in the folder/],
    ['a name with a line end', `{ '/srv/a': { 'a\\nb': {} } }`, /named by its path in the folder/],
    ['a text that is no path', `{ '/srv/a': { b: 'hello' } }`, /is the path of a file or folder beside/],
    ['what JSON cannot say', `{ '/srv/a': { b: { now: new Date() } } }`, /is the path of a file or folder beside/],
    ['JSON in a circle', `{ '/srv/a': { b: circle } }`, /is the path of a file or folder beside/],
    ['a file in the place of a folder', `{ '/srv/a': { b: {}, 'b/c': {} } }`, /b\/c lies in something that is a file/],
    ['a file twice', `{ '/srv/a': { t: './tree', 't/x': {} } }`, /has a file twice/],
    ['a folder in a folder', `{ '/srv/a': { x: {} }, '/srv/a/b': { y: {} } }`, /lies in \/srv\/a, which has files too/],
    ['too many files', `{ '/srv/a': { t: './tree', ...many } }`, /more than 2000 files or 10 MB/],
    [
      'too many folders',
      `Object.fromEntries([...'abcdefghijklmnopqrstu'].map((name) => ['/srv/' + name, {}]))`,
      /names 21 folders, and 20 is the most/,
    ],
    ['a file that is too large', `{ '/srv/a': { big: './big' } }`, /more than 2000 files or 10 MB/],
    ['files that are too large together', `{ '/srv/a': { b: './half', c: './half', d: './half' } }`, /10 MB/],
  ]
  for (const [what, setting, expected] of wrong) {
    it(`refuse ${what}`, async () => {
      await put('tree/x')
      await put('big', 'x'.repeat(10 * 2 ** 20 + 1))
      await put('half', 'x'.repeat(4 * 2 ** 20))
      const found = await problems(`const circle = {}; circle.circle = circle
const many = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [at + '.json', {}]))
export default { ...fine, files: ${setting} }`)
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0] ?? '', expected)
    })
  }

  it('refuse settings that are no JSON, and a pipe, at which a hub would wait for ever', async () => {
    await put('overrides.json', '{ // no JSON\n}')
    const text = `export default { ...fine, jupyter: { overrides: './overrides.json' } }`
    assert.deepEqual(await problems(text), [`jupyter.overrides, line ${line}: is no file with JSON in braces`])
    const device = `export default { ...fine, files: { '/srv/a': { x: '/dev/null' } } }`
    assert.match(String(await problems(device)), /\/dev\/null is neither a file nor a folder/)
    await rm(join(folder, 'overrides.json'))
    assert.match(String(await problems(text)), /there is no such file/)
  })

  it('are told where pods could not fetch them', async () => {
    await put('big', 'x'.repeat(600 * 1024))
    const told = async (more: string) => {
      const file = await files.write(`${header}export default { ...fine, spawner: kubernetesSpawner(), ${more} }`)
      const urls = { hubUrl: 'https://hub.example.org', serversUrl: 'https://*.nb.example.org' }
      return warningsOf(await loadConfig(file), urls).filter(({ check }) => check === 'files')
    }
    const large = "files: { '/srv/big': { big: './big' }, '/srv/small': { a: {} } }"
    const [warning] = await told(large)
    assert.match(warning?.message ?? '', /^files: \/srv\/big: pods fetch a folder .*Set hub\.internal/)
    const internal = "hub: { internal: { ip: '0.0.0.0', url: 'http://hub:8082' } }"
    assert.deepEqual(await told(`${internal}, ${large}`), [])
    assert.deepEqual(await told("files: { '/srv/small': { a: {} } }"), [])
  })
})
