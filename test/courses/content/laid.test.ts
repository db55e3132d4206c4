import assert from 'node:assert/strict'
import { linksOfContent, mountsOfContent, withModules } from '../../../courses/content/laid.ts'

const digest = (letter: string) => letter.repeat(64)
const bundles = [
  { top: 'LICENSE', digest: digest('a'), isFile: true },
  { top: 'data', digest: digest('b') },
  { top: 'modules', digest: digest('c') },
]
const content = { bundles, staticMappings: [{ link: 'data', to: 'data' }], folders: ['', 'week1'] }

describe('the content of a course in servers', () => {
  it('lies in a folder each below one, read-only', () => {
    assert.deepEqual(mountsOfContent(content)[1], {
      digest: digest('b'),
      path: '/srv/carrel/content/data',
      into: 'read-only',
    })
    assert.deepEqual(mountsOfContent({ bundles: [] }), [])
  })

  it('is found by the links of the mappings in every folder with notebooks, and where nbhosting has had it', () => {
    const staticMappings = [
      { link: 'data', to: 'data' },
      { link: 'first', to: './data//week1/' },
      { link: 'licence', to: 'LICENSE' },
    ]
    assert.deepEqual(linksOfContent({ ...content, staticMappings }), [
      {
        folders: ['.', 'week1'],
        to: [
          { name: 'data', path: '/srv/carrel/content/data' },
          { name: 'first', path: '/srv/carrel/content/data/week1' },
          { name: 'licence', path: '/srv/carrel/content/LICENSE/LICENSE' },
        ],
      },
      {
        folders: ['/home/jovyan'],
        to: [
          { name: 'static/LICENSE', path: '/srv/carrel/content/LICENSE/LICENSE' },
          { name: 'static/data', path: '/srv/carrel/content/data' },
          { name: 'modules', path: '/srv/carrel/content/modules' },
        ],
      },
    ])
  })

  it('has no links that lead out, are made outside, or lead to what servers do not have', () => {
    const odd = [
      { link: '../up', to: 'data' },
      { link: '/etc/x', to: 'data' },
      { link: 'a\nb', to: 'data' },
      { link: 'out', to: '../data' },
      { link: 'out', to: 'data/../../etc' },
      { link: 'none', to: 'media' },
      { link: 'none', to: '' },
    ]
    assert.deepEqual(
      linksOfContent({ ...content, staticMappings: odd }).map(({ folders }) => folders),
      [['/home/jovyan']],
    )
    assert.deepEqual(linksOfContent({ bundles: [], staticMappings: odd, folders: [''] }), [])
    const folders = ['..', '../etc', 'week\n1', 'a\tb', 'sound']
    assert.deepEqual(linksOfContent({ ...content, folders })[0]?.folders, ['sound'])
  })

  it('has the last link of a name, and links in no more folders than fit into an argument', () => {
    const twice = [...content.staticMappings, { link: 'data', to: 'data/new' }]
    assert.deepEqual(linksOfContent({ ...content, staticMappings: twice })[0]?.to, [
      { name: 'data', path: '/srv/carrel/content/data/new' },
    ])
    const many = Array.from({ length: 3000 }, (_, at) => `${'f'.repeat(at % 200)}/${at}`)
    const kept = linksOfContent({ ...content, folders: many })[0]?.folders ?? []
    assert.ok(kept.length > 500 && kept.join('\n').length < 64 * 1024)
  })

  it('gives Python its modules before those of the course', () => {
    assert.deepEqual(withModules({ A: '1' }, content), { A: '1', PYTHONPATH: '/srv/carrel/content/modules' })
    assert.deepEqual(withModules({ PYTHONPATH: '/opt/x' }, content), {
      PYTHONPATH: '/srv/carrel/content/modules:/opt/x',
    })
    assert.deepEqual(withModules({ PYTHONPATH: '/opt/x' }, { bundles: [] }), { PYTHONPATH: '/opt/x' })
  })
})
