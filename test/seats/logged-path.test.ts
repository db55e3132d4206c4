import assert from 'node:assert/strict'
import { loggedPath } from '../../seats/logged-path.ts'

describe('a path as logs show it', () => {
  for (const [path, logged] of [
    ['/hub/launches/AD84Za9v2rvDzgy5fFoBu1c/events', '/hub/launches/…/events'],
    ['/hub/launches/AD84Za9v2rvDzgy5fFoBu1c', '/hub/launches/…'],
    ['/ipythonExercice/python/week 1/a.ipynb/0123', '/ipythonExercice/…'],
    ['/hub/notebookLazyCopy/python/a.ipynb/0123', '/hub/notebookLazyCopy/…'],
    ['/user/ann/demo/lab', '/user/ann/demo/lab'],
    ['/user/lms~3aedx~3a0123/python/api/kernels', '/user/lms…/python/api/kernels'],
    ['/hub/api/users/lms%3Aedx%3A0123/servers/python', '/hub/api/users/lms…/servers/python'],
    [`/${'x'.repeat(1000)}`, `/${'x'.repeat(499)}`],
  ] as const) {
    it(`${path.slice(0, 60)} is ${logged.slice(0, 60)}`, () => assert.equal(loggedPath(path), logged))
  }
})
