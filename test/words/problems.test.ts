import assert from 'node:assert/strict'
import { z } from 'zod'
import { problemsByPlace } from '../../config/problems.ts'
import { courseSchema } from '../../courses/course.ts'
import { spellingHints } from '../../net/settings/read.ts'
import { retold, retoldClause, retoldWhole } from '../../words/kept.ts'
import { languages } from '../../words/language.ts'

describe('what is wrong with settings, in French', () => {
  /** Returns what is wrong with a value, as a page of the course says it. */
  const frenchOf = (schema: z.ZodType, value: unknown): string[] => {
    const { error } = schema.safeParse(value, { error: spellingHints })
    return problemsByPlace(error?.issues ?? []).map(([, message]) => retoldClause(message).plain('fr'))
  }

  it('is told of what a course says', () => {
    const rows: [setting: Record<string, unknown>, french: string][] = [
      [{ titel: 'x' }, 'n’est pas un réglage ici\u00a0; vouliez-vous dire "title"\u00a0?'],
      [{ qqqqqq: 'x' }, 'n’est pas un réglage ici\u00a0; corrigez son orthographe ou retirez-le'],
      [{ title: 4 }, 'doit être de type string, et non number'],
      [{ contact: '' }, 'est vide'],
      [{ contact: 'x'.repeat(201) }, 'est trop grand\u00a0: doit être <=200 caractères'],
      [{ language: 'frr' }, 'doit être l’un de "en"|"fr"\u00a0; vouliez-vous dire "fr"\u00a0?'],
      [{ limits: { memory: 'much' } }, 'une quantité est un nombre d’octets, ou a la forme 512M, 1.5G'],
      [{ limits: { cpu: -1 } }, 'est trop petit\u00a0: doit être >0'],
      [{ staff: ['user:'.repeat(40)] }, 'n’est pas le nom d’une personne'],
      [
        { opens: 'soon' },
        'n’est pas une heure avec un décalage d’UTC ou un fuseau horaire, comme 2027-01-18T09:00+01:00, 2027-01-18T08:00Z ou 2027-01-18T09:00[Europe/Paris]',
      ],
      [{ questions: { repo: { kind: 'txt' } } }, "doit être l’un de 'text' | 'number' | 'file'"],
    ]
    for (const [setting, french] of rows)
      assert.deepEqual(frenchOf(courseSchema, { image: 'x', ...setting }), [french], JSON.stringify(setting))
    assert.deepEqual(frenchOf(courseSchema, {}), ['manque (attendu\u00a0: string)'])
  })

  it('is told of all that the library says by itself, and of no more than that', () => {
    const rows: [schema: z.ZodType, value: unknown][] = [
      [z.string(), undefined],
      [z.string(), 1],
      [z.string().min(1), ''],
      [z.string().min(3), 'a'],
      [z.string().max(3), 'abcd'],
      [z.string().regex(/^a$/), 'b'],
      [z.string().startsWith('/'), 'b'],
      [z.string().endsWith('/'), 'b'],
      [z.url(), 'b'],
      [z.email(), 'b'],
      [z.literal(true), 1],
      [z.literal(['a', 'b']), 'c'],
      [z.enum(['a', 'b']), 1],
      [z.int(), 1.5],
      [z.number().min(1), 0],
      [z.number().max(1), 2],
      [z.number().positive(), 0],
      [z.number().multipleOf(2), 1],
      [z.array(z.string()).min(2), ['a']],
      [z.array(z.string()).max(1), ['a', 'b']],
      [z.strictObject({ a: z.string() }), { a: 'a', b: 1 }],
      [z.record(z.string().regex(/^a$/), z.string()), { b: 'b' }],
      [z.union([z.string(), z.number()]), true],
      [z.union([z.int().min(3), z.string().min(2)]), 1],
      [z.boolean(), 'yes'],
      [z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })]), {}],
      [z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') })]), { kind: 'b' }],
    ]
    for (const [schema, value] of rows) {
      const { error } = schema.safeParse(value)
      const all = [
        ...(error?.issues ?? []).map(({ message }) => message),
        ...problemsByPlace(error?.issues ?? []).map(([, one]) => one),
      ]
      assert.ok(all.length > 0)
      for (const english of all) assert.notEqual(retoldClause(english).plain('fr'), english)
    }
  })

  it('is told behind places and names, and beside other problems', () => {
    const rows: [english: string, french: string][] = [
      ['limits.memory: is missing', 'limits.memory\u00a0: manque'],
      [
        '`tracks.0` is not a setting here; did you mean "id" or "ids"?',
        '`tracks.0` n’est pas un réglage ici\u00a0; vouliez-vous dire "id" ou "ids"\u00a0?',
      ],
      [
        '`landing` Invalid input: expected string, received number',
        '`landing` doit être de type string, et non number',
      ],
      ['"x" is no course; correct the name', '"x" n’est pas un cours\u00a0; corrigez le nom'],
      [
        '"x" is no tag of this course; did you mean "y"?',
        '"x" n’est pas un tag de ce cours\u00a0; vouliez-vous dire "y"\u00a0?',
      ],
      [
        'is the variable of size too: give one of them another',
        'est aussi la variable de la question size\u00a0: donnez-en une autre à l’un des deux',
      ],
      [
        '"ml" is the id of the course x, and two courses never share homes: take another',
        '"ml" est l’id du cours x, et deux cours ne partagent jamais leurs espaces de fichiers\u00a0: prenez-en un autre',
      ],
      ['must be string, or must be number', 'doit être string, ou doit être number'],
      [
        'start is a link: put the file itself there.\nPipfile: packages of R are not installed from it: install them in install.R.',
        'start est un lien\u00a0: mettez-y le fichier lui-même.\nPipfile\u00a0: les paquets de R ne sont pas installés à partir de lui\u00a0: installez-les dans install.R.',
      ],
      [
        'This file has 1.5 GB, and 20 MB is the most. Choose another one.',
        'Ce fichier a 1,5 Go, et 20 Mo est le maximum. Choisissez-en un autre.',
      ],
    ]
    for (const [english, french] of rows) assert.equal(retoldClause(english).plain('fr'), french)
  })

  it('leaves the words of others as they are, also where they look like a place and a problem', () => {
    for (const other of [
      'Error: disk full.',
      '`rm` went wrong',
      'Come back at 8, or ask Ann',
      'x; did you mean y?',
      'a\nb',
    ])
      for (const language of languages)
        for (const tell of [retold, retoldClause]) assert.equal(tell(other).plain(language), other)
  })

  it('is told of clauses only behind a place or a name, so that no words of a hook are told by half', () => {
    for (const other of [
      'must be enrolled in STAT101 first',
      'kernel panic is near',
      'course',
      'is empty',
      'Invalid URL',
      'Invalid input: expected a student of physics',
      'it answered the phone',
      'The address list is closed. Ask Ann.',
      '2 GB',
      'One of two, or must be enrolled',
    ])
      assert.equal(retold(other).plain('fr'), other)
    assert.equal(retold('limits.cpu: must be string').plain('fr'), 'limits.cpu\u00a0: doit être string')
    assert.equal(
      retold('✖ Invalid input: expected string, received number\n  → at link').plain('fr'),
      '✖ doit être de type string, et non number\n  → à link',
    )
  })

  it('has each problem of a key by itself', () => {
    const key = z.string().regex(/^a/, 'is no time zone, like Europe/Paris or UTC').min(3, 'is nothing')
    assert.deepEqual(frenchOf(z.record(key, z.string()), { b: 'x' }), [
      'n’est pas un fuseau horaire, comme Europe/Paris ou UTC',
      'ne vaut rien',
    ])
  })

  it('is told line by line, also of long lists', () => {
    const lines = Array.from(
      { length: 40 },
      (_, index) => `${'data/'.repeat(10)}${index}.csv is a link: put the file itself there.`,
    )
    const french = lines.map((line) =>
      line.replace(/ is a link.*/, ' est un lien\u00a0: mettez-y le fichier lui-même.'),
    )
    assert.equal(retold(lines.join('\n')).plain('fr'), french.join('\n'))
  })

  it('keeps the words of somebody else whole, beside the text that stands there else', () => {
    for (const other of [
      'must be enrolled',
      'course',
      'The address a b. c',
      'The disk of x is full. {0}',
      'Error: is empty',
    ])
      assert.equal(retoldWhole(other).plain('fr'), other)
    assert.equal(
      retoldWhole('This notebook may not be started now.').plain('fr'),
      'Ce notebook ne peut pas être démarré maintenant.',
    )
    assert.equal(
      retoldWhole('All notebooks of the course, by folder').plain('fr'),
      'Tous les notebooks du cours, par dossier',
    )
  })
})
