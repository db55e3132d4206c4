import assert from 'node:assert/strict'
import { resolveTracks, type TrackPattern } from '../../../../courses/content/nbhosting/tracks.ts'

const notebooks = [
  'w1/w1-s1-c1.md',
  'w1/w1-s1-x1.md',
  'w1/w1-s2-c1.md',
  'w2/w2-s1-c1.md',
  'intro.ipynb',
  'w2/.ipynb_checkpoints/a.md',
].map((path) => ({ path }))

const track = (id: string, sections: Record<string, string[]>): TrackPattern => ({
  ...{ id, name: id.toUpperCase(), description: `about ${id}`, file: 'f.yaml' },
  sections: Object.entries(sections).map(([name, patterns]) => ({ name, notebooks: patterns })),
})

describe('the tracks of a course', () => {
  it('have what each pattern finds, sorted, one behind the other', () => {
    const { tracks, problems } = resolveTracks(
      { tracks: [track('all', { one: ['w1/*-x*.md', 'w1/w*-c*.md', 'intro'], two: ['w2/w2-s1-c1'] })] },
      notebooks,
    )
    assert.deepEqual(tracks, [
      {
        ...{ id: 'all', name: 'ALL', description: 'about all' },
        sections: [
          { name: 'one', notebooks: ['w1/w1-s1-x1.md', 'w1/w1-s1-c1.md', 'w1/w1-s2-c1.md', 'intro.ipynb'] },
          { name: 'two', notebooks: ['w2/w2-s1-c1.md'] },
        ],
      },
    ])
    assert.deepEqual(problems, [])
  })

  it('may have a notebook more than once', () => {
    const { tracks } = resolveTracks(
      { tracks: [track('a', { s: ['intro', 'i*'] }), track('b', { s: ['intro'] })] },
      notebooks,
    )
    assert.deepEqual(
      tracks.map(({ sections }) => sections[0]?.notebooks),
      [['intro.ipynb', 'intro.ipynb'], ['intro.ipynb']],
    )
  })

  it('leave out sections and tracks without notebooks, and say which pattern finds nothing', () => {
    const { tracks, problems } = resolveTracks(
      { tracks: [track('a', { one: ['nothing/*'], two: ['intro'] }), track('b', { one: ['w9'] })] },
      notebooks,
    )
    assert.deepEqual(
      tracks.map(({ id, sections }) => [id, sections.map(({ name }) => name)]),
      [['a', ['two']]],
    )
    assert.deepEqual(
      problems.map(({ file, message }) => `${file}: ${message}`),
      [
        'f.yaml: `nothing/*` of the section “one” in the track “A” is the path of no notebook: correct it, or take it out',
        'f.yaml: `w9` of the section “one” in the track “B” is the path of no notebook: correct it, or take it out',
      ],
    )
  })

  it('are one of all notebooks by folder where the course has none', () => {
    for (const tracks of [[], [track('a', { one: ['w9'] })]])
      assert.deepEqual(resolveTracks({ tracks }, notebooks).tracks, [
        {
          ...{ id: 'generic', name: 'generic', description: 'All notebooks of the course, by folder' },
          sections: [
            { name: '.', notebooks: ['intro.ipynb'] },
            { name: 'w1', notebooks: ['w1/w1-s1-c1.md', 'w1/w1-s1-x1.md', 'w1/w1-s2-c1.md'] },
            { name: 'w2', notebooks: ['w2/w2-s1-c1.md'] },
          ],
        },
      ])
    assert.deepEqual(resolveTracks({ tracks: [] }, []).tracks, [])
  })
})
