import assert from 'node:assert/strict'
import { type FilesSuite, quoted } from './suite.ts'
import { imageFiles } from './world.ts'

/** Lists what a home holds: folders, and files and links with what is in them. */
const listing = `
find . -mindepth 1 | sort | while read -r path; do
  if [ -L "$path" ]; then echo "$path -> $(readlink "$path")"
  elif [ -d "$path" ]; then echo "$path/"
  else echo "$path: $(cat "$path")"; fi
done`

export function describeCopies(suite: FilesSuite): void {
  describe("an image's files in a home", () => {
    const { newHome, serve, said } = suite
    /** Starts and stops a server with the home. */
    const visit = async (...args: Parameters<typeof serve>) => (await serve(...args)).stop()
    /** The home as it is, read without copying. */
    const seen = async (home: Awaited<ReturnType<typeof newHome>>) =>
      (await said(listing, { home: { ...home, fromImage: false }, image: 'root' })).trimEnd().split('\n')

    const whole = [
      './first -> welcome.txt',
      './week 1/',
      `./week 1/intro.txt: ${imageFiles['week 1/intro.txt']}`,
      `./welcome.txt: ${imageFiles['welcome.txt']}`,
    ]

    for (const image of ['plain', 'other', 'root'] as const) {
      it(`are copied into a fresh one for the user of the image "${image}", before the program starts`, async () => {
        const home = await newHome({ fromImage: true })
        const script = `cat welcome.txt && echo more >> 'week 1/intro.txt' && rm first && ln -s 'week 1' first`
        await visit(script, { image, home })
        assert.deepEqual(await seen(home), ['./first -> week 1', ...whole.slice(1, 2), `${whole[2]}more`, whole[3]])
      })
    }

    it('are copied where they are missing, and leave alone what the learner has', async () => {
      const home = await newHome({ fromImage: true })
      await visit('true', { home })
      assert.deepEqual(await seen(home), whole)
      await said("echo 'my work' > welcome.txt; rm first 'week 1/intro.txt'; echo mine > 'week 1/own.txt'", {
        home: { ...home, fromImage: false },
      })
      await visit('true', { home })
      const after = ['./week 1/own.txt: mine', './welcome.txt: my work']
      assert.deepEqual(await seen(home), [...whole.slice(0, 3), ...after])
    })

    it('are in the home of an errand too', async () => {
      const home = await newHome({ fromImage: true })
      assert.equal(await said('cat welcome.txt', { home }), imageFiles['welcome.txt'])
    })

    it("are never written through a learner's link, wherever it leads", async () => {
      const { elsewhere } = suite.world()
      const names = (await said(`ls -A ${quoted(elsewhere)}`, { image: 'root' })).trimEnd()
      const home = await newHome({ fromImage: true })
      const links = [
        `ln -s ${quoted(elsewhere)} 'week 1'`,
        `ln -s ${quoted(`${elsewhere}/evil-welcome`)} welcome.txt`,
        'mkdir mine; ln -s mine first',
      ]
      await said(links.join('; '), { image: 'root', home: { ...home, fromImage: false } })
      const look = `ls -A ${quoted(elsewhere)} > names; ls -A mine > in-mine`
      await visit(look, { image: 'root', home })
      const after = { image: 'root' as const, home: { ...home, fromImage: false } }
      assert.equal((await said('cat names', after)).trimEnd(), names)
      assert.equal(await said('cat in-mine', after), '')
      const targets = await said("readlink first; readlink welcome.txt; readlink 'week 1'", after)
      assert.equal(targets, `mine\n${elsewhere}/evil-welcome\n${elsewhere}\n`)
    })

    it('do not come in the place of what is no folder, and the server starts all the same', async () => {
      const home = await newHome({ fromImage: true })
      const script = "mkdir welcome.txt; echo mine > 'week 1'; echo mine > welcome.txt/own"
      await said(script, { home: { ...home, fromImage: false } })
      await visit('true', { home })
      assert.deepEqual(await seen(home), [
        ...['./first -> welcome.txt', './week 1: mine', './welcome.txt/', './welcome.txt/own: mine'],
      ])
    })
  })
}
