import assert from 'node:assert/strict'
import { type LetterWords, letterOf, templateProblem, usualTemplate } from '../../roster/letter.ts'
import { languages } from '../../words/language.ts'

const words: LetterWords = {
  name: 'Ann Lee',
  username: 'ann',
  email: 'ann@example.org',
  site: 'hub.example.org',
  address: 'https://hub.example.org',
  link: 'https://hub.example.org/hub/first-use#secret',
  until: '1 March 2027',
}

describe('letterOf', () => {
  it('fills the usual template', () => {
    const { subject, text } = letterOf(String(usualTemplate), words)
    assert.equal(subject, 'Your account at hub.example.org')
    assert.match(text, /^Hello Ann Lee,\n/)
    assert.match(text, /\n\nhttps:\/\/hub\.example\.org\/hub\/first-use#secret\n\n/)
    assert.doesNotMatch(text, /\{\{/)
  })

  it('reads a template with the line ends of Windows', () => {
    assert.deepEqual(letterOf('Subject: For {{ name }}\r\n\r\n{{link}}\r\n', words), {
      subject: 'For Ann Lee',
      text: `${words.link}\r\n`,
    })
  })

  it('does not read a name as a part of the template', () => {
    const { text } = letterOf('Subject: x\n\n{{name}} {{link}}', { ...words, name: '{{link}} $& $1' })
    assert.equal(text, `{{link}} $& $1 ${words.link}`)
  })

  it('keeps a name with line ends on its line', () => {
    const { subject } = letterOf('Subject: For {{name}}\n\n{{link}}', { ...words, name: 'Ann\r\nBcc: all@example.org' })
    assert.equal(subject, 'For Ann Bcc: all@example.org')
  })
})

describe('templateProblem', () => {
  const bad: Record<string, [string, RegExp]> = {
    'has no subject': ['Hello {{link}}', /begins with a line/],
    'has no empty line after the subject': ['Subject: x\n{{link}}', /begins with a line/],
    'names a word that is none': [
      'Subject: x\n\n{{links}}',
      /\{\{links\}\}, which has no meaning here; did you mean "link"\?/,
    ],
    'names a property of every object': ['Subject: x\n\n{{constructor}} {{link}}', /has no meaning here/],
    'has no link': ['Subject: x\n\nHello', /never names \{\{link\}\}/],
    'has the link in its subject': ['Subject: {{link}}\n\n{{link}}', /in its subject/],
  }
  for (const [what, [template, problem]] of Object.entries(bad)) {
    it(`refuses a template that ${what}`, () => assert.match(templateProblem(template) ?? '', problem))
  }

  it('takes the usual template in each language', () => {
    for (const language of languages) assert.equal(templateProblem(usualTemplate.plain(language)), undefined, language)
    assert.match(usualTemplate.plain('fr'), /^Subject: Votre compte sur {{site}}\n\nBonjour {{name}},\n/)
  })
})
