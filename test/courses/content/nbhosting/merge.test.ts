import assert from 'node:assert/strict'
import { readLayer } from '../../../../courses/content/nbhosting/layer.ts'
import { mergeLayers } from '../../../../courses/content/nbhosting/merge.ts'
import { nbhostingSchema } from '../../../../courses/content/nbhosting/nbhosting-file.ts'

const track = (id: string) => `- { id: ${id}, name: ${id}, description: d, sections: [{ name: s, notebooks: [x] }] }`

/** Merges files as if they lay in layers, the lowest first, and requires that nothing is wrong with them. */
function merged(...texts: string[]) {
  const layers = texts.map((text, index) => {
    const { said, problems } = readLayer(`${index}.yaml`, text)
    assert.deepEqual(problems, [])
    assert.ok(said !== undefined)
    return { file: `${index}.yaml`, said }
  })
  return mergeLayers(layers)
}

describe('the layers of nbhosting.yaml', () => {
  it('add their tracks, one layer behind the other', () => {
    const { tracks } = merged(`tracks:\n${track('a')}\n${track('b')}\n`, '', `tracks:\n${track('c')}\n`)
    assert.deepEqual(
      tracks.map(({ id, file }) => [id, file]),
      [
        ['a', '0.yaml'],
        ['b', '0.yaml'],
        ['c', '2.yaml'],
      ],
    )
  })

  it('filter tracks by the highest layer that says a filter; an empty one means all', () => {
    const both = `tracks:\n${track('a')}\n${track('b')}\n`
    const ids = (...texts: string[]) => merged(...texts).tracks.map(({ id }) => id)
    assert.deepEqual(ids(`${both}tracks-filter: [a]\n`), ['a'])
    assert.deepEqual(ids(`${both}tracks-filter: [a]\n`, 'tracks-filter: [b, zzz]\n'), ['b'])
    assert.deepEqual(ids(`${both}tracks-filter: [a]\n`, 'tracks-filter: []\n'), ['a', 'b'])
    assert.deepEqual(ids(`${both}tracks-filter: [a]\n`, 'tracks-filter:\n'), ['a', 'b'])
    assert.deepEqual(ids(`tracks-filter: [b]\n`, both), ['b'])
  })

  it('tell of a filter that leaves no track', () => {
    const { tracks, problems } = merged(`tracks:\n${track('a')}\n`, 'tracks-filter: [z]\n')
    assert.deepEqual(tracks, [])
    assert.deepEqual(
      problems.map(({ file, message }) => [file, message]),
      [
        [
          '1.yaml',
          '`tracks-filter` names none of the tracks, so that the course has none of its own: name some of "a", or take it out',
        ],
      ],
    )
  })

  it('tell of two tracks with one id', () => {
    const { tracks, problems } = merged(`tracks:\n${track('a')}\n`, `tracks:\n${track('a')}\n`)
    assert.equal(tracks.length, 2)
    assert.match(problems[0]?.message ?? '', /"a" is that of two tracks.*give one another `id`/)
  })

  it('have the place of notebooks of the highest layer that says one', () => {
    const format = (place: string) => `general: { notebook-url-format: '${place}' }\n`
    assert.equal(
      merged(format('lab/tree/{notebook}'), format('tree/{notebook}'), 'general: {}\n').notebookAt,
      'tree/{notebook}',
    )
    assert.equal(merged('').notebookAt, undefined)
  })

  it('have the mappings that nbhosting promises where they say none, and none of these where they say some', () => {
    assert.deepEqual(merged('', 'static-mappings: []\n').staticMappings, [
      { link: 'media', to: 'media' },
      { link: 'data', to: 'data' },
    ])
    const two =
      'static-mappings:\n- { source: d, destination: ./data/ }\n- { source: m, destination: media/pictures }\n'
    assert.deepEqual(merged(two, 'static-mappings: [{ source: d, destination: other }]\n').staticMappings, [
      { link: 'd', to: 'other', file: '1.yaml' },
      { link: 'm', to: 'media/pictures', file: '0.yaml' },
    ])
  })

  it('make the id of an empty one of the name, as nbhosting does', () => {
    const text = 'tracks: [{ id: "", name: Basics & more, description: d, sections: [] }]\n'
    assert.equal(merged(text).tracks[0]?.id, 'Basics-and-more')
  })
})

describe('one nbhosting.yaml', () => {
  it('has numbers, dates and truth as their author wrote them', () => {
    const { said } = readLayer('f', 'tracks: [{ id: 2027, name: yes, description: 1.50, sections: [] }]\n')
    const [{ id, name, description } = {}] = said?.tracks ?? []
    assert.deepEqual([id, name, description], ['2027', 'yes', '1.50'])
  })

  it('loses the smallest part that is wrong, and tells its place and what to do', () => {
    const text = `
tracks:
- id: a
  name: A
  description: d
  colour: red
  sections:
  - name: one
    notebooks: [week1/*.md, ../secret, /etc/passwd]
  - name: two
    notebooks: week2
- just a word
static-mappings:
- { source: data }
- { source: a/b, destination: data }
- { source: .ssh, destination: data }
- { source: media, destination: ../media }
- { source: ok, destination: ok }
tracks-filter: a
trakcs: []
`
    const { said, problems } = readLayer('f.yaml', text)
    assert.deepEqual(said?.tracks, [
      {
        ...{ id: 'a', name: 'A', description: 'd' },
        sections: [{ name: 'one', notebooks: ['week1/*.md'] }],
      },
    ])
    assert.deepEqual(said?.['static-mappings'], [{ source: 'ok', destination: 'ok' }])
    assert.equal(said?.['tracks-filter'], undefined)
    const lines = problems.map(
      ({ file, line, column, kind, message }) => `${file}:${line}:${column} ${kind} ${message}`,
    )
    const expected = [
      /^f\.yaml:6:3 note `colour` is not a setting here; correct its spelling or remove it/,
      /^f\.yaml:9:29 problem `tracks\.0\.sections\.0\.notebooks\.1` leads out of the repository/,
      /^f\.yaml:9:40 problem `tracks\.0\.sections\.0\.notebooks\.2` begins with a slash/,
      /^f\.yaml:11:5 problem `tracks\.0\.sections\.1\.notebooks` is a list/,
      /^f\.yaml:12:3 problem `tracks\.1` is no track: write one with `id`/,
      /^f\.yaml:14:3 problem `static-mappings\.0\.destination` is a path from the top/,
      /^f\.yaml:15:5 problem `static-mappings\.1\.source` .*no slash in it/,
      /^f\.yaml:16:5 problem `static-mappings\.2\.source` .*no dot in front/,
      /^f\.yaml:17:20 problem `static-mappings\.3\.destination` is no path in the repository/,
      /^f\.yaml:19:1 problem `tracks-filter` is a list of ids/,
      /^f\.yaml:20:1 note `trakcs` is not a setting here; did you mean "tracks"/,
    ]
    for (const one of expected)
      assert.ok(
        lines.some((line) => one.test(line)),
        `${one} in\n${lines.join('\n')}`,
      )
    assert.equal(lines.length, expected.length, lines.join('\n'))
  })

  it('may have builds, which is told and no mistake', () => {
    const { said, problems } = readLayer('f', 'builds:\n- id: x\n  odd: 1\nbuilds-filter: [x]\n')
    assert.ok(said !== undefined)
    assert.deepEqual(
      problems.map(({ line, kind }) => [line, kind]),
      [
        [1, 'note'],
        [4, 'note'],
      ],
    )
  })

  it('is told of tracks without names, which nbhosting calls by the words', () => {
    const { said, problems } = readLayer('f', 'tracks:\n- sections: []\n')
    assert.match(problems[0]?.message ?? '', /has no `id`, `name`, `description`/)
    const { tracks } = mergeLayers([{ file: 'f', said: said ?? {} }])
    assert.deepEqual(tracks, [{ id: 'id', name: 'name', description: 'description', file: 'f', sections: [] }])
  })

  it('says nothing where it is empty', () => {
    for (const text of ['', '# only a comment\n', '---\n', 'tracks:\nstatic-mappings:\ngeneral:\n'])
      assert.deepEqual(readLayer('f', text).problems, [], text)
  })

  it('that is no list of settings is told, and counts for nothing', () => {
    const { said, problems } = readLayer('f', '- a\n- b\n')
    assert.equal(said, undefined)
    assert.equal(problems.length, 1)
    assert.equal(problems[0]?.line, 1)
  })

  it('is read strictly where a course has it in its own definition', () => {
    assert.deepEqual(nbhostingSchema.parse({ 'tracks-filter': ['a'] }), { 'tracks-filter': ['a'] })
    for (const wrong of [
      { trakcs: [] },
      { tracks: [{ sections: [{ notebooks: ['../x'] }] }] },
      { general: { 'notebook-url-format': 'https://evil.example.org/{notebook}' } },
      { 'static-mappings': [{ source: '..', destination: 'data' }] },
    ])
      assert.equal(nbhostingSchema.safeParse(wrong).success, false, JSON.stringify(wrong))
  })
})
