import assert from 'node:assert/strict'
import { HttpError } from '../../hub/errors.ts'
import { entryVerbs, parseEntry } from '../../hub/launch/parse.ts'
import { pathName } from '../../hub/servers/request.ts'
import { learnerPrefix } from '../../net/machine/account-names.ts'
import { guestWorkspace } from '../../seats/lab-workspace.ts'
import { loggedPath } from '../../seats/logged-path.ts'

describe('a path as logs show it', () => {
  for (const [path, logged] of [
    ['/hub/launches/AD84Za9v2rvDzgy5fFoBu1c/events', '/hub/launches/…/events'],
    ['/hub/launches/AD84Za9v2rvDzgy5fFoBu1c', '/hub/launches/…'],
    ['/_carrel/snapshots/abcdefghij2345672345', '/_carrel/snapshots/…'],
    ['/hub/api/snapshots/abcdefghij2345672345/page', '/hub/api/snapshots/…/page'],
    ['/ipythonExercice/python/week 1/a.ipynb/0123', '/ipythonExercice/…'],
    ['/hub/notebookLazyCopy/python/a.ipynb/0123', '/hub/notebookLazyCopy/…'],
    ['/containerKill/python/0123', '/containerKill/…'],
    ['/ipythonForward/python/0123/tree', '/ipythonForward/…'],
    ['/ipythonShare/python/a/0123', '/ipythonShare/…'],
    ['/notebookGitRepo/python/a/0123', '/notebookGitRepo/…'],
    ['/hub/at/user/lms~3aedx~3a0123/python/spawn', '/hub/at/user/lms…/python/spawn'],
    ['/user/ann/demo/lab', '/user/ann/demo/lab'],
    ['/user/lms~3aedx~3a0123/python/api/kernels', '/user/lms…/python/api/kernels'],
    [
      '/user/lms~3aedx~3a0123/python/lab/workspaces/lms-edx-0123-python/tree/a',
      '/user/lms…/python/lab/workspaces/lms…/tree/a',
    ],
    ['/user/ann/demo/lab/workspaces/ann-demo/tree/a', '/user/ann/demo/lab/workspaces/ann-demo/tree/a'],
    ['/hub/api/users/lms%3Aedx%3A0123/servers/python', '/hub/api/users/lms…/servers/python'],
    [`/${'x'.repeat(1000)}`, `/${'x'.repeat(499)}`],
  ] as const) {
    it(`${path.slice(0, 60)} is ${logged.slice(0, 60)}`, () => assert.equal(loggedPath(path), logged))
  }

  it('shows no learner of any entry link', () => {
    const linkOf = (verb: string) => `/${verb}/python/a.ipynb/0123`
    const verbs = entryVerbs.filter((verb) => namesLearner(linkOf(verb)))
    assert.ok(verbs.includes('ipythonExercice'))
    for (const verb of verbs) {
      for (const link of [linkOf(verb), `/hub${linkOf(verb)}`]) assert.doesNotMatch(loggedPath(link), /0123/)
    }
  })

  it("shows no learner's name", () => {
    for (const prefix of [learnerPrefix, encodeURIComponent(learnerPrefix), pathName(learnerPrefix)]) {
      for (const folder of ['user', 'hub/api/users', 'hub/spawn', 'hub/spawn-pending', 'hub/stop', 'hub/at/user']) {
        assert.doesNotMatch(loggedPath(`/${folder}/${prefix}edx0123/python/`), /0123/)
      }
    }
    const workspace = guestWorkspace(`/user/${pathName(`${learnerPrefix}edx:0123`)}/python/`)
    assert.match(workspace, /0123/)
    assert.doesNotMatch(loggedPath(`/user/x/python/lab/workspaces/${workspace}/tree/a.ipynb`), /0123/)
  })
})

function namesLearner(link: string): boolean {
  try {
    return parseEntry(link).learner !== undefined
  } catch (error) {
    if (error instanceof HttpError) return false
    throw error
  }
}
