import assert from 'node:assert/strict'
import { openPreviews } from '../../../hub/previews/previews.ts'

describe('the thread that makes pages of notebooks', () => {
  const question = { path: 'a.ipynb', bytes: Buffer.from('{"nbformat": 4, "cells": []}'), title: 'A', pictures: {} }

  it('makes one, and says of what cannot be read that it cannot', async () => {
    const previews = openPreviews()
    try {
      assert.equal(typeof (await previews.render(question)), 'object')
      assert.equal(await previews.render({ ...question, bytes: Buffer.from('{') }), 'unreadable')
    } finally {
      await previews.close()
    }
  })

  it('says nothing of a notebook when the hub ends meanwhile, and begins no other thread', async () => {
    const previews = openPreviews()
    assert.equal(typeof (await previews.render(question)), 'object')
    const asked = previews.render(question)
    asked.catch(() => undefined)
    await previews.close()
    await assert.rejects(asked, /about to end/)
    await assert.rejects(previews.render(question), /about to end/)
    await previews.close()
  })
})
