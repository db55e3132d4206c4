import { type Maker, type MakersHub, startMakersHub } from '../../../hub/courses/makers.ts'
import { type Attack, attacks } from '../../table.ts'
import { mostMilliseconds } from '../../wire/thread-cost.ts'

describe('attack: a teacher who wants more than her courses', function () {
  this.timeout(300_000)
  let hub: MakersHub
  let ann: Maker
  let bea: Maker
  let zoe: Maker
  before(async () => {
    hub = await startMakersHub({
      config: {
        courses: {
          demo: { image: 'demo', tags: { old: { image: 'demo:1' } }, id: 'demo-id' },
          exam: { image: 'exam', hidden: true, open: ['root'] },
        },
        limits: { courseChangesPerUser: { burst: 1000, perSecond: 1000 } },
      },
    })
    ;[ann, bea, zoe] = [await hub.maker('ann'), await hub.maker('bea'), await hub.maker('zoe')]
    await ann.ask('POST', '', { name: 'anns', definition: { image: 'stats:3' } })
  })
  after(() => hub.stop())

  /** Tries to make a course, and returns the places of what is refused of it. */
  const refusedOf = async (definition: object): Promise<string[]> => {
    const answer = await ann.ask('POST', '', {
      name: 'mine',
      definition: { image: 'stats:3', ...definition },
      dry_run: true,
    })
    const { problems = [] } = answer.json()
    return problems.map(({ path }: { path: string[] }) => path.join('.'))
  }
  const statusOf = async (asked: ReturnType<Maker['ask']>) => (await asked).status
  const codeOf = async (asked: ReturnType<Maker['ask']>) => (await asked).json().error

  const everyWayToChange = (by: Maker, name: string) => [
    by.ask('GET', `/${name}`),
    by.ask('GET', `/${name}/edits`),
    by.ask('GET', `/${name}/links`),
    by.ask('PATCH', `/${name}`, { set: { title: 'taken' } }),
    by.ask('PUT', `/${name}`, { definition: { image: 'stats:3' }, version: 1 }),
    by.ask('DELETE', `/${name}`, {}),
    ...['rename', 'archive', 'unarchive', 'restore'].map((act) =>
      by.ask('POST', `/${name}/${act}`, act === 'rename' ? { to: 'x' } : {}),
    ),
  ]
  const allOf = async (asked: ReturnType<Maker['ask']>[]) => [...new Set(await Promise.all(asked.map(statusOf)))]

  const table: Attack[] = [
    {
      name: 'reads and changes a course of another teacher, in every way',
      rule: 'course-terms',
      attempt: () => allOf(everyWayToChange(bea, 'anns')),
      expected: [404],
    },
    {
      name: 'reads and changes a course of the config, in every way',
      rule: 'course-terms',
      attempt: () => allOf(everyWayToChange(ann, 'demo')),
      expected: [404],
    },
    {
      name: 'asks twenty questions whose patterns take exponential time: the hub gives them little of its own, and keeps none',
      rule: 'cost',
      attempt: async () => {
        const question = { kind: 'text', env: 'WORD', pattern: '(a|a)*b(c|c)*', default: 'a'.repeat(60) }
        const questions = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`q${at}`, question]))
        const before = process.threadCpuUsage()
        const refused = await refusedOf({ questions })
        const { user, system } = process.threadCpuUsage(before)
        return [refused.length, (user + system) / 1000 < 25 * mostMilliseconds]
      },
      expected: [20, true],
    },
    {
      name: 'makes a course although she may not',
      rule: 'course-terms',
      attempt: () => codeOf(zoe.ask('POST', '', { name: 'zoes', definition: { image: 'stats:3' } })),
      expected: 'not_a_maker',
    },
    {
      name: 'comes into the group of those who make courses by a list that was imported',
      rule: 'course-terms',
      attempt: async () => {
        const lists = JSON.stringify({ '@import': ['teachers'] })
        await hub.db('users').where({ name: 'zoe' }).update({ group_lists: lists })
        return codeOf(zoe.ask('POST', '', { name: 'zoes', definition: { image: 'stats:3' } }))
      },
      expected: 'not_a_maker',
    },
    {
      name: 'takes an image that is not in the list, in every place that names one',
      rule: 'course-terms',
      attempt: async () => [
        ...(await refusedOf({ image: 'secret' })),
        ...(await refusedOf({ tags: { a: { image: 'secret' } } })),
        ...(await refusedOf({ apps: { a: { image: 'secret' } } })),
        ...(await refusedOf({ image: 'registry.test/courses/../secret' })),
        ...(await refusedOf({ image: 'registry.test/courses/a/b' })),
        ...(await refusedOf({ image: 'xregistry.test/courses/a' })),
        ...(await refusedOf({ image: 'registry.test/courses/a\nb' })),
        ...(await refusedOf({ image: 'registry.test/courses/a@sha256:0', tags: { old: { image: 'demo:1' } } })),
      ],
      expected: ['image', 'tags.a.image', 'apps.a.image', 'image', 'image', 'image', 'image'],
    },
    {
      name: 'gives more than the maximum, in every place that gives something',
      rule: 'course-terms',
      attempt: async () => [
        ...(await refusedOf({ limits: { memory: '5G' } })),
        ...(await refusedOf({ limits: { memory: 'unlimited' } })),
        ...(await refusedOf({ limits: { cpu: 3 } })),
        ...(await refusedOf({ limits: { memoryGuarantee: '5G' } })),
        ...(await refusedOf({ choices: { size: [{ name: 'xl', limits: { memory: '5G' } }] } })),
        ...(await refusedOf({ choices: { size: [{ name: 'xl', gpu: true }] } })),
        ...(await refusedOf({ gpu: true })),
        ...(await refusedOf({ gpuOnRequest: 'everyone' })),
        ...(await refusedOf({ cull: 'never' })),
        ...(await refusedOf({ startTimeoutSeconds: 3000 })),
      ],
      expected: [
        ...['limits.memory', 'limits.memory', 'limits.cpu', 'limits.memoryGuarantee'],
        ...['choices.size.0.limits.memory', 'choices.size.0.gpu', 'gpu', 'gpuOnRequest', 'cull', 'startTimeoutSeconds'],
      ],
    },
    {
      name: 'reaches the machine, the hub and other courses by settings of the operator',
      rule: 'course-terms',
      attempt: async () => [
        ...(await refusedOf({ options: { mounts: ['/etc'] } })),
        ...(await refusedOf({ choices: { a: [{ name: 'b', options: { mounts: ['/etc'] } }] } })),
        ...(await refusedOf({ rules: [{ when: {}, options: { mounts: ['/etc'] } }] })),
        ...(await refusedOf({ files: { '/srv/x': { y: '/etc/passwd' } } })),
        ...(await refusedOf({ jupyter: { overrides: '/etc/passwd' } })),
        ...(await refusedOf({ id: 'demo-id' })),
        ...(await refusedOf({ cors: ['https://evil.example'] })),
        ...(await refusedOf({ embed: { ancestors: ['http://*.nb.test'] } })),
      ],
      expected: [
        ...['options.mounts', 'choices.a.0.options.mounts', 'rules', 'files', 'jupyter', 'id', 'cors'],
        'embed.ancestors.0',
      ],
    },
    {
      name: 'names others as staff, so that they have a role',
      rule: 'course-terms',
      attempt: async () => [
        ...(await refusedOf({ staff: ['victim'] })),
        ...(await refusedOf({ staff: ['group:students'] })),
        ...(await refusedOf({ staff: ['tim', 'bea', 'group:teachers'] })),
      ],
      expected: ['staff.0', 'staff.0'],
    },
    {
      name: 'takes a name that means something, or that is taken',
      rule: 'course-terms',
      attempt: async () => {
        const make = (name: string) =>
          codeOf(ann.ask('POST', '', { name, definition: { image: 'stats:3' }, dry_run: true }))
        const names = [
          'new',
          'New',
          'api',
          '_carrel',
          '../x',
          'demo',
          'DEMO',
          'demo-id',
          'exam',
          'demo--old',
          'anns',
          '__proto__',
        ]
        const renamed = codeOf(ann.ask('POST', '/anns/rename', { to: 'exam' }))
        return [...(await Promise.all(names.map(make))), await renamed]
      },
      expected: [
        ...['bad_course_name', 'bad_course_name'],
        ...['bad_course_name', 'bad_course_name', 'bad_course_name', 'name_taken', 'name_taken', 'name_taken'],
        ...['name_taken', 'name_taken', 'name_taken', 'bad_course_name', 'name_taken'],
      ],
    },
    {
      name: 'takes the name of a course that the config had, under which learners have files and notebooks',
      rule: 'course-terms',
      attempt: async () => {
        const home = { id: 'h'.repeat(20), account: 'local:x', name: 'x', course: 'former', state: 'ready' }
        await hub.db('homes').insert({ ...home, created: 1, last_used: 1 })
        const definition = { image: 'stats:3' }
        const made = await codeOf(ann.ask('POST', '', { name: 'former', definition }))
        const renamed = await codeOf(ann.ask('POST', '/anns/rename', { to: 'former' }))
        return [made, renamed]
      },
      expected: ['name_in_use', 'name_in_use'],
    },
    {
      name: 'takes the names of variants that a course of the config had, of which learners have notebooks',
      rule: 'course-terms',
      attempt: async () => {
        const make = (name: string, more: object = {}) =>
          codeOf(ann.ask('POST', '', { name, definition: { image: 'stats:3', ...more } }))
        const lab = { apps: { lab: {} } }
        await hub.browser().enter('/launch/demo')
        const row = await hub.db('servers').first()
        const { id, path, label, ...others } = row
        for (const course of ['before--lab', 'before--gpu', 'before--lab--gpu', 'bygone--lab'])
          await hub
            .db('servers')
            .insert({ ...others, id: course, course, name: course, path: path.replace('demo', course), label: course })
        const made = [
          await make('before', lab),
          await make('before', { tags: { lab: { image: 'stats:3' } } }),
          await make('before--lab'),
        ]
        // Nor are they named later, in a course that has the name already, or by giving a course the name.
        const kept = [await make('bygone'), await make('other', lab)]
        const set = (name: string, body: object) =>
          codeOf(ann.ask('PATCH', `/${name}`, { set: { apps: { lab: {} } }, ...body }))
        const changed = [await set('bygone', { dry_run: true }), await set('bygone', {})]
        const renamed = await codeOf(ann.ask('POST', '/other/rename', { to: 'before' }))
        return [...made, ...kept, ...changed, renamed]
      },
      expected: [
        ...['name_in_use', 'name_in_use', 'name_in_use', undefined, undefined],
        ...['name_in_use', 'name_in_use', 'name_in_use'],
      ],
    },
    {
      name: 'makes courses without end, also by deleting them',
      rule: 'course-terms',
      attempt: async () => {
        const made: number[] = []
        for (let count = 0; count < 7; count += 1) {
          made.push(await statusOf(bea.ask('POST', '', { name: `many-${count}`, definition: { image: 'stats:3' } })))
          await bea.ask('DELETE', `/many-${count}`, {})
        }
        return made
      },
      expected: [201, 201, 201, 201, 201, 409, 409],
    },
    {
      name: 'sends a definition that is long, deep, or no definition at all',
      rule: 'course-terms',
      attempt: async () => {
        const deep = JSON.parse(`${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`)
        const tags = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`t${at}`, { image: 'stats:3' }]))
        const long = { image: 'stats:3', title: 'x'.repeat(100), env: { A: 'x'.repeat(12_000) } }
        const all = [deep, { image: 'stats:3', tags }, long, [], 'x', null, { __proto__: { image: 'x' } }]
        const asked = all.map((definition) => statusOf(ann.ask('POST', '', { name: 'odd', definition, dry_run: true })))
        return [...new Set(await Promise.all(asked))].sort()
      },
      expected: [400, 413],
    },
    {
      name: 'has the title of a course run in the pages of learners and staff',
      rule: 'course-terms',
      attempt: async () => {
        const title = '<img src=x onerror=alert(1)>"\'&'
        await ann.ask('PATCH', '/anns', { set: { title, contact: title } })
        const pages = [
          await hub.browser().navigate('/'),
          await hub.browser().navigate('/launch/anns'),
          await ann.browser.navigate('/hub/home'),
        ]
        return pages.map(({ text }) => text.includes('<img src=x'))
      },
      expected: [false, false, false],
    },
  ]
  attacks(table)
})
