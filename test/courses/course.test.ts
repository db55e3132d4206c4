import assert from 'node:assert/strict'
import { type Course, courseName, courseSchema } from '../../courses/course.ts'
import { origin } from '../../courses/fields.ts'
import { findCourse, nearMatches } from '../../courses/find.ts'

describe('course', () => {
  it('has no content from git in a home for all courses, where copies of several courses would meet', () => {
    const content = { git: 'https://git.example.org/course' }
    const read = (per: string) =>
      courseSchema.safeParse({ image: 'x', content, home: { path: '/home/jovyan/work', per } })
    assert.equal(read('course').success, true)
    assert.deepEqual(
      read('user').error?.issues.map(({ path, message }) => [path.join('.'), /a home of its own/.test(message)]),
      [['content', true]],
    )
  })

  it('needs an image and nothing else', () => {
    assert.deepEqual(courseSchema.parse({ image: 'registry.example.org/python:1' }), {
      image: 'registry.example.org/python:1',
      open: 'everyone',
      tags: {},
      hidden: false,
      env: {},
      limits: {},
      gpu: false,
      options: {},
      rules: [],
      files: {},
      jupyter: {},
      program: 'jupyter',
      apps: {},
      choices: {},
      questions: {},
      pullTimeoutSeconds: 1800,
      share: false,
      staff: [],
      embed: { ancestors: [] },
      cors: [],
    })
  })

  it('shares no default with another course', () => {
    const [one, other] = [courseSchema.parse({ image: '' }), courseSchema.parse({ image: '' })]
    one.embed.ancestors.push('https://lms.example.org')
    one.env.SECRET = 'x'
    assert.deepEqual(other.embed.ancestors, [])
    assert.deepEqual(courseSchema.parse({ image: '' }).embed.ancestors, [])
    assert.deepEqual(courseSchema.parse({ image: '' }).env, {})
  })

  const refused: [string, object, string][] = [
    ['no image', {}, 'image'],
    ['a word that it does not know', { image: '', imge: 'x' }, ''],
    ['a word that it does not know, deeper', { image: '', limits: { ram: '1G' } }, 'limits'],
    ['another front end', { image: '', landing: 'retro' }, 'landing'],
    ['a landing path that runs code', { image: '', linkable: ['terminals'] }, 'linkable.0'],
    ['an empty command', { image: '', command: [] }, 'command'],
    ['a variable with a hyphen', { image: '', env: { 'A-B': '1' } }, 'env.A-B'],
    ['a variable that is a number', { image: '', env: { A: 1 } }, 'env.A'],
    ['no time to start', { image: '', startTimeoutSeconds: 0 }, 'startTimeoutSeconds'],
    ['an endless start', { image: '', startTimeoutSeconds: 3601 }, 'startTimeoutSeconds'],
    ['a processor of nothing', { image: '', limits: { cpu: 0 } }, 'limits.cpu'],
    ['a site with a path', { image: '', embed: { ancestors: ['https://lms.example.org/'] } }, 'embed.ancestors.0'],
    ['any site', { image: '', cors: ['*'] }, 'cors.0'],
    ['a notebook outside of the course', { image: '', start: '../x.ipynb' }, 'start'],
    ['a path that leads out of the server', { image: '', start: '/../x.ipynb' }, 'start'],
    ['a path that leads to another host', { image: '', start: '//x.example' }, 'start'],
    ['a folder for a notebook', { image: '', start: 'week1/' }, 'start'],
    ['the file that opens under its former name', { image: '', home: 'x.ipynb' }, 'home'],
    ['a GPU in words', { image: '', gpu: 'true' }, 'gpu'],
  ]
  for (const [what, course, path] of refused) {
    it(`refuses ${what}, and says where`, () => {
      const { success, error } = courseSchema.safeParse(course)
      assert.equal(success, false)
      assert.deepEqual(
        error?.issues.map((issue) => issue.path.join('.')),
        [path],
      )
    })
  }

  describe('memory', () => {
    const parse = (memory: unknown) => courseSchema.safeParse({ image: '', limits: { memory } }).data?.limits.memory

    it('is a number of bytes, or has a unit as operators write it', () => {
      const amounts = [1, 1048576, '512', '512K', '512M', '4G', '1.5G', '2T'].map(parse)
      assert.deepEqual(amounts, [1, 2 ** 20, 512, 512 * 2 ** 10, 2 ** 29, 2 ** 32, 1.5 * 2 ** 30, 2 ** 41])
    })

    it('is no other text or number', () => {
      for (const wrong of [
        0,
        -1,
        1.5,
        '',
        '0',
        '0.1',
        '4g',
        '4GB',
        '4Gi',
        '4 G',
        '-4G',
        'G',
        '1e9',
        '.5G',
        null,
        true,
      ]) {
        assert.equal(parse(wrong), undefined, JSON.stringify(wrong))
      }
    })
  })

  describe('name', () => {
    it('has letters, digits, dots, underscores and hyphens', () => {
      for (const name of ['demo', 'Clustering_Lab', 'uai_source-uai.0', '6.86x', 'a', 'x'.repeat(63), 'laboratory']) {
        assert.equal(courseName.safeParse(name).success, true, name)
      }
      for (const name of [
        '',
        '.',
        '..',
        '.git',
        '-x',
        '_x',
        'a b',
        'a/b',
        'a%2fb',
        'é',
        'a\n',
        'x'.repeat(64),
        'a~b',
      ]) {
        assert.equal(courseName.safeParse(name).success, false, JSON.stringify(name))
      }
    })

    it('is no word with a meaning in addresses, in any case of letters', () => {
      const meant = ['lab', 'tree', 'api', 'files', 'notebooks', 'hub', 'user', 'static', 'proxy', 'terminals', 'login']
      for (const name of [...meant, 'LAB', 'Api', 'oauth_callback', 'git-pull', 'doc', 'edit', 'view', 'robots.txt']) {
        assert.equal(courseName.safeParse(name).success, false, name)
      }
    })
  })

  describe('origin', () => {
    it('is written exactly as browsers write it', () => {
      for (const text of [
        'https://lms.example.org',
        'http://127.0.0.1:8000',
        'https://[::1]:8443',
        'http://localhost',
      ]) {
        assert.equal(origin.safeParse(text).success, true, text)
      }
    })

    it('has no path, default port, capitals, user or wildcard, and is of the web', () => {
      for (const text of [
        '',
        'null',
        '*',
        'lms.example.org',
        '//lms.example.org',
        'https://lms.example.org/',
        'https://lms.example.org/path',
        'https://lms.example.org?x',
        'https://lms.example.org:443',
        'https://LMS.example.org',
        'https://ann@lms.example.org',
        'https://lms.example.org ; script-src *',
        'https://*.example.org',
        'https://lms.example.org;script-src',
        'ftp://lms.example.org',
        'wss://lms.example.org',
        'javascript:alert(1)',
      ]) {
        assert.equal(origin.safeParse(text).success, false, text)
      }
    })
  })

  describe('search', () => {
    const courses = Object.fromEntries(
      ['Clustering_Lab', 'python-mooc', 'python-basics', 'python-mooc2', 'demo'].map((name): [string, Course] => {
        const slug = name.toLowerCase()
        return [slug, { ...courseSchema.parse({ image: '' }), name, slug, id: slug }]
      }),
    )

    it('finds a course by its exact name, in any case of letters', () => {
      for (const name of ['Clustering_Lab', 'clustering_lab', 'CLUSTERING_LAB']) {
        assert.equal(findCourse(courses, name)?.name, 'Clustering_Lab')
      }
      for (const name of [
        '',
        'clustering',
        'clustering_lab ',
        'clustering-lab',
        '__proto__',
        'constructor',
        'toString',
      ]) {
        assert.equal(findCourse(courses, name), undefined, name)
      }
    })

    it('names up to three courses with a similar name, nearest first', () => {
      const cases: [string, string[]][] = [
        ['clustering-lab', ['Clustering_Lab']],
        ['PYTHON_MOOC', ['python-mooc', 'python-mooc2']],
        ['dmeo', ['demo']],
        ['chemistry', []],
        ['', []],
      ]
      for (const [wanted, expected] of cases) assert.deepEqual(nearMatches(courses, wanted), expected, wanted)
      const many = Object.fromEntries(
        Array.from({ length: 9 }, (_, i): [string, Course] => {
          const name = `lab-${i}`
          return [name, { ...courseSchema.parse({ image: '' }), name, slug: name, id: name }]
        }),
      )
      assert.equal(nearMatches(many, 'lab-x').length, 3)
    })

    it('takes no longer for a name of a million characters', () => {
      assert.deepEqual(nearMatches(courses, 'x'.repeat(1_000_000)), [])
    })
  })
})
