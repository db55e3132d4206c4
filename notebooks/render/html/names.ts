/** What of HTML is shown. All that these lists do not name is left out. */

const plain =
  'abbr b blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6'
const more =
  'hr i ins kbd li mark ol p pre q s samp small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var wbr details a img'

export const shownElements: ReadonlySet<string> = new Set(`${plain} ${more}`.split(' '))

/** Elements that have no content and no end. */
export const emptyElements: ReadonlySet<string> = new Set(['br', 'col', 'hr', 'img', 'wbr'])

/** Elements that go with all that is in them: nothing of it is text for a reader. */
export const silentElements: ReadonlySet<string> = new Set(
  'script style template noscript head title meta link base textarea select option xmp plaintext noembed noframes param source track area map input'.split(
    ' ',
  ),
)

/** Elements that show something which is not shown here, and what a reader is told. */
export const toldElements: ReadonlyMap<string, string> = new Map([
  ['video', 'a video'],
  ['audio', 'a sound'],
  ['iframe', 'a page of another site'],
  ['object', 'an embedded file'],
  ['embed', 'an embedded file'],
  ['canvas', 'a drawing'],
  ['svg', 'a drawing'],
  ['math', 'a formula'],
])

/** The elements and attributes of MathML that our own formulas are made of. */
export const mathElements: ReadonlySet<string> = new Set(
  'math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mlabeledtr mtd mstyle mpadded mphantom menclose merror'.split(
    ' ',
  ),
)
export const mathAttributes: ReadonlySet<string> = new Set(
  'display mathvariant mathcolor mathbackground mathsize stretchy fence separator lspace rspace minsize maxsize largeop movablelimits accent accentunder linethickness columnalign rowspacing columnspacing columnlines rowlines frame displaystyle scriptlevel width height depth voffset notation symmetric encoding side'.split(
    ' ',
  ),
)

/** Classes that a notebook may use, since Jupyter and MyST show them in ways that readers know. */
export const shownClasses: ReadonlySet<string> = new Set(
  'admonition admonition-title note tip hint important warning caution danger error attention seealso alert alert-info alert-warning alert-danger alert-success alert-block dataframe'.split(
    ' ',
  ),
)
