import assert from 'node:assert/strict'
import { areCovering, coversOrigin, coversSibling, isOriginPattern, sampleOf } from '../../net/origins.ts'

describe('origins and patterns of them', () => {
  it('are written as browsers write origins, with a star for the first labels only', () => {
    for (const text of [
      'https://lms.example.org',
      'http://lms.example.org:8080',
      'https://[::1]:8443',
      'https://*.example.org',
      'https://*.lms.example.org:8443',
      'https://*.fun-mooc.fr',
      'http://*.lms.localhost:8000',
      'https://*.example.co.uk',
    ])
      assert.ok(isOriginPattern(text), text)
    for (const text of [
      '',
      '*',
      'null',
      'https://*',
      'https://*:8443',
      'https://*.org',
      'https://*.localhost',
      'https://*.co.uk',
      'https://*.ac.jp',
      'https://*.com.br',
      'https://*.gouv.fr',
      'https://*.127.0.0.1',
      'https://a.*.example.org',
      'https://*a.example.org',
      'https://a*.example.org',
      'https://*.*.example.org',
      'https://**.example.org',
      'https://*.example.org/',
      'https://*.example.org;script-src',
      'https://*.example.org *',
      'https://*.EXAMPLE.org',
      'https://*.example.org:443',
      'https://*.example.org:*',
      '*://*.example.org',
      '*.example.org',
      'ftp://*.example.org',
      'https://u@*.example.org',
    ])
      assert.ok(!isOriginPattern(text), text)
  })

  it('cover the names below a name, as browsers read a policy', () => {
    const pattern = 'https://*.fun-mooc.fr:8443'
    for (const origin of ['https://lms.fun-mooc.fr:8443', 'https://a.b.fun-mooc.fr:8443', pattern])
      assert.ok(coversOrigin(pattern, origin), origin)
    for (const origin of [
      'https://fun-mooc.fr:8443',
      'https://.fun-mooc.fr:8443',
      'https://a..fun-mooc.fr:8443',
      'https://evilfun-mooc.fr:8443',
      'https://lms.fun-mooc.fr',
      'https://lms.fun-mooc.fr:443',
      'https://lms.fun-mooc.fr:84430',
      'http://lms.fun-mooc.fr:8443',
      'https://lms.fun-mooc.fr.evil.example:8443',
      'https://evil.example/.fun-mooc.fr:8443',
      'https://evil.example?.fun-mooc.fr:8443',
      'https://evil.example#.fun-mooc.fr:8443',
      'https://u@lms.fun-mooc.fr:8443',
      'https://evil.example:1/x.fun-mooc.fr:8443',
      'null',
      '',
    ])
      assert.ok(!coversOrigin(pattern, origin), origin)
    assert.ok(!coversOrigin('https://lms.fun-mooc.fr', 'https://a.lms.fun-mooc.fr'))
    assert.ok(areCovering(['https://lms.example.org', 'https://*.fun-mooc.fr'], 'https://lms.fun-mooc.fr'))
    assert.ok(!areCovering([], 'https://lms.fun-mooc.fr'))
  })

  it('cover siblings with one label for the star', () => {
    assert.ok(coversSibling('https://*.fun-mooc.fr', 'https://lms.fun-mooc.fr'))
    assert.ok(!coversSibling('https://*.fun-mooc.fr', 'https://a.lms.fun-mooc.fr'))
    assert.ok(coversOrigin('https://*.fun-mooc.fr', sampleOf('https://*.fun-mooc.fr')))
  })
})
