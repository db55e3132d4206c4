import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { newBundle } from './archive.ts'
import { type FilesSuite, quoted } from './suite.ts'

/** What a shell, Kubernetes, Docker and our own programs would each read something into. */
const odd = '$(JUPYTER_TOKEN) $HOME `id` {token} %s "\' \\n =;--\nsecond line'

export function describeAnswers(suite: FilesSuite): void {
  describe('answers of users', () => {
    const { newHome, serve, said } = suite
    const cleanup = cleanupAfterEach()

    it('are in a server as they were written, and its files in their folder and in the home', async () => {
      const laid = async (name: string, path: string, into: 'read-only' | 'home') => {
        const bundle = await newBundle(suite.world(), { files: { [name]: `${name}\n` } }, { path, into })
        cleanup.defer(() => bundle.remove())
        return bundle
      }
      const table = await laid('Données_été.csv', '/srv/data', 'read-only')
      const notes = await laid('notes.md', '/srv/carrel/answers/notes', 'home')
      const home = await newHome()
      const [folder, own] = [suite.spawner().folderOf(table.mounted), suite.spawner().folderOf(home)]
      // The shell names files as they are; `ls` of busybox shows other letters as question marks.
      const look = `printf %s "$WORD" > word; cat ${quoted(folder)}/* > table; for file in ${quoted(folder)}/*; do echo "\${file##*/}"; done > names`
      const script = `cd ${quoted(own)} && { ${look}; }`
      const server = await serve(script, {
        ...{ home, bundles: [table.mounted, notes.mounted], env: { WORD: odd, JUPYTER_TOKEN: table.token } },
        context: { bundle: (digest) => (digest === table.mounted.digest ? table.give(digest) : notes.give(digest)) },
      })
      await server.stop()
      assert.equal(await said('cat word', { home }), odd)
      assert.equal(await said('cat table names notes.md', { home }), 'Données_été.csv\nDonnées_été.csv\nnotes.md\n')
    })
  })
}
