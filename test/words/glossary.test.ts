import assert from 'node:assert/strict'
import { catalogues } from '../../words/catalogues.ts'
import { keptTexts } from '../../words/kept.ts'

/** What each concept is called in French: one word, as `docs/languages.md` lists them. */
const called: [english: RegExp, french: RegExp][] = [
  [/\bstrip\b|\bline above (?:the|your)? ?notebooks?\b|\bcourse’s line\b/, /bandeau/],
  [/\bpublic half\b/i, /partie publique/i],
  [/\boperators?\b/i, /opérateur/i],
  [
    /\b(?:most|git|the) hosts?\b(?! key| name)(?=.*(?:key|push|token|cloning|publishes|confirm|wants?)\b)/i,
    /hébergeur/i,
  ],
  [/\bhost key\b/, /clé d’hôte/],
  [/\blearners?\b/i, /apprenant/i],
  [/\bannouncements?\b/i, /annonce/i],
  [/\bsupport codes?\b/i, /codes? d’assistance/i],
  [/\bshared cop(?:y|ies)\b/i, /copies? partagée/i],
  [/\brepositor(?:y|ies)\b/i, /dépôt/i],
  [/\bspares?\b/i, /réserve/i],
  [/\btracks?\b(?!-)/, /parcours/],
  [/\bkernels?\b/i, /noyau/i],
  [/\bguests?\b/i, /invité/i],
  [/\bstaff\b/i, /équipe/i],
  [/\bqueue\b/i, /file d’attente|attend/i],
  [/(?<![/'])\bhomes?\b(?! page|:|\.|\)|,)/, /espaces? (?:de fichiers|trouvé)|carrel homes|home:/],
]

/** Words of French that stood for one of these once. */
const others = /moitié publique|exploitant|ligne au-dessus d|courrier|dossiers? personnels?/i

describe('the words of French', () => {
  const all = Object.entries({ ...catalogues.fr, ...keptTexts.fr })

  it('are the same for a concept everywhere', () => {
    for (const [english, french] of called) {
      const about = all.filter(([one]) => english.test(one))
      assert.ok(about.length > 0, String(english))
      assert.deepEqual(
        about.filter(([, other]) => !french.test(other)),
        [],
        String(english),
      )
    }
  })

  it('have no second one beside them', () => {
    assert.deepEqual(
      all.filter(([, other]) => others.test(other)),
      [],
    )
  })
})
