import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { accessibilityProblems } from './axe.ts'

/** A folder for pictures of every state, where a person wants to look at them. */
export const pictures = process.env.CARREL_TEST_PICTURES

/** Checks the page as it is: by axe, and that nothing is cut off or touches at a desk and at the width of a small phone. */
export async function checkPage(page: Page, state: string): Promise<void> {
  if (pictures !== undefined) await mkdir(pictures, { recursive: true })
  const found: string[] = []
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 900 })
    found.push(...(await page.evaluate(layoutProblems)).map((one) => `${state} at ${width}: ${one}`))
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${state}-${width}.png`) })
  }
  found.push(...(await accessibilityProblems(page)).map((one) => `${state}: ${one}`))
  assert.deepEqual(found, [])
}

/** Returns what is wrong with the places of things on the page. Runs in the browser. */
export function layoutProblems(): string[] {
  const problems: string[] = []
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth > clientWidth) problems.push(`the page is ${scrollWidth - clientWidth} px wider than the window`)
  for (const table of document.querySelectorAll('.table')) {
    const [own, around] = [table, table.parentElement ?? table].map((one) => one.getBoundingClientRect().right)
    if (own !== undefined && around !== undefined && own > around + 1) problems.push('a table is wider than its place')
  }
  const texts = document.createNodeIterator(document.body, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest('.table') && !node.parentElement.closest('code, pre, .unseen')
      ? NodeFilter.FILTER_ACCEPT
      : NodeFilter.FILTER_REJECT,
  )
  for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
    // Longer ones, such as addresses, may have no room.
    for (const { 0: word, index } of (text.textContent ?? '').matchAll(/[^\s\-/.@]{2,16}(?![^\s\-/.@])/g)) {
      const range = document.createRange()
      range.setStart(text, index)
      range.setEnd(text, index + word.length)
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)))
      if (lines.size > 1) problems.push(`the word ${word} is broken`)
    }
  }
  // Of a page below a dialog nothing can be pressed.
  const shown = document.querySelector('dialog[open]') ?? document
  const buttons = [...shown.querySelectorAll('button, .button')].filter((one) => one.checkVisibility())
  for (const one of buttons) {
    for (const other of buttons) {
      const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()]
      const near = a.left < b.right + 4 && b.left < a.right + 4 && a.top < b.bottom + 4 && b.top < a.bottom + 4
      if (one !== other && near) problems.push(`${one.textContent} touches ${other.textContent}`)
    }
  }
  return problems
}
