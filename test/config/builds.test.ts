import assert from 'node:assert/strict'
import { temporary } from '../../authenticators/temporary.ts'
import { configSchema } from '../../config/config.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'
import { createFakeBuilds, fakeBuilds } from '../helpers/fakes/fake-builds.ts'

const { builder } = fakeBuilds(createFakeBuilds())
const git = 'https://git.example.org/courses/python'

describe('the builds of a config', () => {
  const read = (builds: object, course: object = {}) =>
    configSchema.safeParse({
      spawner: quickSpawner(),
      authenticators: [temporary()],
      courses: { demo: { image: '@python', ...course } },
      builds: { images: { python: { git } }, builder, ...builds },
    })
  const problems = (...given: Parameters<typeof read>) =>
    (read(...given).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)

  it('have defaults', () => {
    assert.deepEqual(read({}).data?.builds.images.python, {
      ...{ git, files: false, network: true, limits: {}, timeoutMinutes: 60 },
    })
    assert.equal(
      configSchema.parse({ spawner: quickSpawner(), authenticators: [temporary()], courses: {} }).builds.atOnce,
      1,
    )
  })

  it('are the only ones that courses, tags and apps can name, with near matches', () => {
    const apps = { voila: { image: '@r' } }
    assert.deepEqual(problems({}, { image: '@pyton', tags: { next: { image: '@next' } }, apps }), [
      'courses.demo.image: "@pyton" is not in builds.images; did you mean "@python"?',
      'courses.demo.tags.next.image: "@next" is not in builds.images; name it there, or correct it here',
      'courses.demo.apps.voila.image: "@r" is not in builds.images; name it there, or correct it here',
    ])
  })

  it('need something that builds', () => {
    assert.match(
      problems({ builder: undefined }).join(),
      /builds\.images: the quick spawner makes no images: say builds\.builder/,
    )
  })

  for (const [what, image, says] of [
    ['a password in the address', { git: 'https://ann:pw@git.example.org/x' }, /has a name or a password in it/],
    ['a token in the address', { git: 'https://token@git.example.org/x' }, /has a name or a password in it/],
    ['a file', { git: 'file:///etc' }, /is of the kind file:\/\/, which is not allowed/],
    ['an option for git', { git: '--upload-pack=sh' }, /is no address of a repository/],
    ['a program', { git: 'ext::sh -c x' }, /has characters that an address of a repository never has/],
    [
      'a password in an address of SSH',
      { git: 'ssh://git:pw@git.example.org/x' },
      /has a user that is more than a name/,
    ],
    ['an option for ssh', { git: 'ssh://-oProxyCommand=x@git.example.org/x' }, /has a user that is more than a name/],
    ['an address in an odd spelling', { git: 'https://0x7f.1/x' }, /has an address in an unusual spelling/],
    ['a ref that is an option', { git, ref: '--all' }, /is a branch/],
    ['a ref that is two', { git, ref: 'a..b' }, /is a branch/],
    ['a ref that git takes for none', { git, ref: 'main.lock' }, /is a branch/],
    ['a base that the hub builds', { git, base: '@r' }, /is an image of a registry/],
    ['a folder outside', { git, folder: '../x' }, /is a path in the repository/],
    ['a whole path', { git, dockerfile: '/etc/passwd' }, /is a path in the repository/],
    ['an unknown word', { git, dockerFile: 'x' }, /is not a setting|Unrecognized/],
  ] as const) {
    it(`refuse ${what}, and do not repeat it`, () => {
      const found = problems({ images: { python: image } }).join()
      assert.match(found, says)
      assert.doesNotMatch(found, /pw@|token@/)
    })
  }

  it('take addresses of SSH, whose keys are given elsewhere', () => {
    for (const git of ['git@git.example.org:x/y.git', 'ssh://git@git.example.org:2222/x'])
      assert.deepEqual(problems({ images: { python: { git } } }), [])
  })

  it('refuse what is no host in the list of hosts', () => {
    const images = { python: { git } }
    assert.match(
      problems({ images, gitHosts: ['https://git.example.org'] }).join(),
      /gitHosts\.0: are names, addresses or/,
    )
    assert.deepEqual(problems({ images, gitHosts: ['git.example.edu', '10.4.0.0/16', '::1'] }), [])
  })

  for (const name of ['Python', 'a..b', '-a', 'a_', 'a'.repeat(41), 'a/b', 'a:b']) {
    it(`refuse the name ${name.slice(0, 10)}`, () => {
      assert.match(problems({ images: { python: { git }, [name]: { git } } }).join(), /the name of a build/)
    })
  }
})
