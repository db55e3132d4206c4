import assert from 'node:assert/strict'

/** Asserts that a plug-in's factory refuses its options, with an error like this that it hands over. */
export function assertRefused(plugin: { readonly refusal?: Error }, message: RegExp, what?: string): void {
  assert.match(plugin.refusal?.message ?? 'the options were taken', message, what)
}
