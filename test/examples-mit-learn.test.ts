import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { findCourse } from '../courses/find.ts'

const file = join(import.meta.dirname, '../examples/mit-learn/carrel.config.ts')

describe("MIT Learn's example", () => {
  it('has the 32 courses of its links, 16 of them with a GPU, each with its own image', async () => {
    const { courses } = await loadConfig(file)
    const all = Object.values(courses).filter(({ variantOf }) => variantOf === undefined)
    assert.equal(all.length, 32)
    assert.deepEqual(
      all
        .filter(({ gpu }) => gpu)
        .map(({ name }) => name.replace('uai_source-uai.', ''))
        .sort(),
      '1 11 12 13 15 2 3 4 5 8 9 deep_learning_foundations_and_applications haim1 mltl1 se1 st1'.split(' '),
    )
    for (const { name, image } of all) assert.ok(image.endsWith(`/ol-course-notebooks:${name}`))
    for (const link of ['mitxt-6.3710.4x', 'UAI_Source-uai.0a', 'base_authoring_image']) {
      assert.ok(findCourse(courses, link), link)
    }
    const { limits, startTimeoutSeconds } = findCourse(courses, 'clustering_and_descriptive_ai') ?? {}
    assert.deepEqual(limits, { memory: 4 * 2 ** 30, memoryGuarantee: 2 * 2 ** 30, cpuGuarantee: 0.25 })
    assert.equal(startTimeoutSeconds, 600)
  })

  it('offers the other images and a GPU to authors only, who sign in as staff do', async () => {
    const { courses } = await loadConfig(file)
    const variants = Object.values(courses).filter(({ variantOf }) => variantOf !== undefined)
    assert.equal(variants.length, 16, 'a GPU for each course that has none, and no tags unless CARREL_TAGS has some')
    for (const { gpu, open } of variants) assert.deepEqual([gpu, open], [true, ['group:authors']])
  })

  it('lets people in by single sign-on, makes them random users, and culls as they are used to', async () => {
    const { authenticators, courses, culler, limits, spawner } = await loadConfig(file)
    const [gate, ...others] = authenticators
    assert.ok(gate?.kind === 'temporary' && gate.behind?.kind === 'redirect')
    assert.deepEqual(others, [])
    for (const course of Object.values(courses)) assert.deepEqual(course.staff, ['group:tutors'])
    assert.equal(spawner.name, 'kubernetes')
    assert.equal(limits.serversPerUser, 32, 'as many as there are courses')
    assert.deepEqual(culler, { everySeconds: 300, idleSeconds: 900, maxAgeSeconds: 14_400, removeUsers: true })
  })

  it("lays the chart's two files into the servers of all courses, where Jupyter finds them", async () => {
    const { courses, laid = {} } = await loadConfig(file)
    for (const course of Object.values(courses)) {
      assert.equal(course.env.JUPYTER_CONFIG_PATH, '/srv/carrel/jupyter')
      const [folder, ...others] = laid[course.slug] ?? []
      assert.deepEqual(others, [])
      assert.deepEqual(folder?.files.map(({ name }) => name).sort(), [
        'labconfig/default_setting_overrides.json',
        'labconfig/page_config.json',
      ])
    }
  })
})
