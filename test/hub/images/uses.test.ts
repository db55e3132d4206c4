import assert from 'node:assert/strict'
import type { ConfigInput } from '../../../config/config.ts'
import { imageUses } from '../../../hub/images/uses.ts'
import { testConfig } from '../../helpers/test-hub.ts'

type Courses = ConfigInput['courses']

describe('the uses of images', () => {
  const optioned = { names: ['runtime', 'internet'], problems: () => [] }
  const usesOf = (courses: Courses, rules: ConfigInput['rules'] = []) => {
    const config = testConfig({}, undefined, {
      courses,
      rules,
      authenticators: testConfig({}).authenticators.filter(({ kind }) => kind === 'temporary'),
      spawner: { ...testConfig({}).spawner, serverOptions: optioned },
    })
    return imageUses(Object.values(config.courses))
  }

  it('have what a course asks for, and what each rule of course and site may change, each once', () => {
    const courses: Courses = {
      demo: {
        image: 'one',
        options: { runtime: 'runsc' },
        rules: [{ when: { role: 'staff' }, gpu: true, options: { internet: true } }],
      },
    }
    const rules: ConfigInput['rules'] = [
      { when: { role: 'admin' }, options: { runtime: 'runc' } },
      { when: {}, limits: { memory: '1G' } },
    ]
    assert.deepEqual(usesOf(courses, rules), [
      {
        image: 'one',
        uses: [
          { options: { runtime: 'runsc' }, gpu: false },
          { options: { runtime: 'runsc', internet: true }, gpu: true },
          { options: { runtime: 'runc' }, gpu: false },
        ],
      },
    ])
  })

  it('have what each choice may change', () => {
    const size = [{ name: 'small' }, { name: 'large', options: { runtime: 'kata' } }]
    assert.deepEqual(usesOf({ demo: { image: 'one', choices: { size } } }), [
      {
        image: 'one',
        uses: [
          { options: {}, gpu: false },
          { options: { runtime: 'kata' }, gpu: false },
        ],
      },
    ])
  })

  it('are those of tags, apps and GPUs on request, too', () => {
    const courses: Courses = {
      demo: {
        image: 'one',
        gpuOnRequest: 'everyone',
        tags: { edge: { image: 'edge' } },
        apps: {
          dash: { program: { command: ['dash', '{ip}:{port}{prefix}'], ready: '/', prefix: 'kept' }, image: 'dash' },
        },
      },
    }
    const both = [
      { options: {}, gpu: false },
      { options: {}, gpu: true },
    ]
    assert.deepEqual(
      usesOf(courses),
      ['one', 'edge', 'dash'].map((image) => ({ image, uses: both })),
    )
  })
})
