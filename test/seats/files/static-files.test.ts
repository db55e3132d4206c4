import assert from 'node:assert/strict'
import {
  isStaticPath,
  namesContent,
  staticLabel,
  staticLabelOf,
  staticType,
  staticUrl,
} from '../../../seats/files/static-files.ts'

const digest = 'ab'.repeat(32)

describe('static files of programs', () => {
  const paths: [path: string, isStatic: boolean][] = [
    ['static/lab/main.efd36b46f3b45eb8.js', true],
    ['static/lab/0031b1860ea4ad75.woff', true],
    ['static/notebook/main.a7084e35c3230587.js', true],
    ['lab/extensions/@jupyter-notebook/lab-extension/static/remoteEntry.83856cd0a08d728a.js', true],
    ['lab/extensions/jupyterlab_pygments/static/568.1e2faa2ba0bbe59c4780.js', true],
    ['lab/api/themes/@jupyterlab/theme-dark-extension/index.css', true],
    // A learner may have a newer extension with a file of the same name.
    ['lab/extensions/jupyterlab_pygments/static/style.js', false],
    ['static/lab/bootstrap.js', false],
    // Nothing that a browser shows as a page.
    ['static/lab/index.efd36b46f3b45eb8.html', false],
    ['static/lab/index.efd36b46f3b45eb8.xhtml', false],
    ['static/lab/index.efd36b46f3b45eb8.xml', false],
    ['static/lab/index.efd36b46f3b45eb8.pdf', false],
    ['static/lab/efd36b46f3b45eb8', false],
    ['static/lab/.efd36b46f3b45eb8.constructor', false],
    // Not elsewhere, and no way out.
    ['files/main.efd36b46f3b45eb8.js', false],
    ['static/lab/../../files/main.efd36b46f3b45eb8.js', false],
    ['static/lab/./main.efd36b46f3b45eb8.js', false],
    ['static/lab//main.efd36b46f3b45eb8.js', false],
    ['static/lab/%2e%2e/main.efd36b46f3b45eb8.js', false],
    ['static/lab/a\\main.efd36b46f3b45eb8.js', false],
    ['static/lab/a main.efd36b46f3b45eb8.js', false],
    ['static/lab/é.efd36b46f3b45eb8.js', false],
    ['static/lab/main.efd36b46f3b45eb8.js\n', false],
    [`static/lab/${'a/'.repeat(250)}main.efd36b46f3b45eb8.js`, false],
  ]
  for (const [path, isStatic] of paths) {
    it(`${isStatic ? 'may have' : 'have no'} ${JSON.stringify(path).slice(0, 80)}`, () =>
      assert.equal(isStaticPath(path), isStatic))
  }

  it('have types by the ends of their names, and none that is a document', () => {
    assert.equal(staticType('a/b.MJS'), 'text/javascript; charset=utf-8')
    assert.equal(staticType('a.html/b'), undefined)
    assert.equal(staticType('a.toString'), undefined)
  })

  it('name their content by a hash, or do not', () => {
    assert.equal(namesContent('lab/api/themes/@jupyterlab/theme-dark-extension/index.css'), false)
    assert.equal(namesContent('static/lab/1014.073326ef5d98db5e.js'), true)
    assert.equal(namesContent('static/lab/20261130.js'), false)
  })

  it('have a host for each digest, whose label is no server’s, or stand at the host of all servers', () => {
    const label = staticLabel(digest)
    assert.ok(label.length <= 63)
    assert.equal(staticLabelOf('https://*.nb.test', `https://${label}.nb.test`), label)
    for (const origin of ['https://label0001.nb.test', 'https://s-.nb.test', `https://${label}.evil.test`])
      assert.equal(staticLabelOf('https://*.nb.test', origin), undefined)
    assert.equal(staticLabelOf('https://nb.test', 'https://nb.test'), undefined)
    const path = 'static/lab/main.efd36b46f3b45eb8.js'
    assert.equal(
      staticUrl('https://*.nb.test', digest, path),
      `https://${label}.nb.test/_carrel/static/${digest}/${path}`,
    )
    assert.equal(staticUrl('https://nb.test', digest, path), `https://nb.test/_carrel/static/${digest}/${path}`)
  })
})
