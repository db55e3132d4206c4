import assert from 'node:assert/strict'
import { guestWorkspace, labWorkspace } from '../../seats/lab-workspace.ts'

describe('the workspace in which a launch opens JupyterLab', () => {
  it('is named after the course', () => {
    assert.equal(labWorkspace('algebra'), 'algebra')
    assert.equal(labWorkspace('math.101_a'), 'math-101_a')
  })

  it('is named after the owner too where a guest opens it', () => {
    assert.equal(guestWorkspace('/user/ann/algebra/'), 'ann-algebra')
    assert.equal(guestWorkspace('/user/lms~3aedx~3aann/math.101/'), 'lms-edx-ann-math-101')
  })

  it('has only characters that JupyterLab takes, and an end', () => {
    const odd = ['~d0~90~d0~bd~d1~8f', '..', 'a~2fb', '', 'x'.repeat(255), "~22~3e<script>'"]
    for (const owner of odd) assert.match(guestWorkspace(`/user/${owner}/demo/`), /^[\w-]{0,60}-demo$/)
    for (const slug of odd) assert.match(labWorkspace(slug), /^[\w-]{0,60}$/)
  })
})
