/** Returns where a form of a page posts, and its fields as they stand. `text` stands in that form and in no earlier one. */
export function formOf(page: string, text: string): { action: string; fields: Record<string, string> } {
  const form = page
    .split('<form')
    .map((part) => part.split('</form>')[0] ?? '')
    .find((part) => part.includes('action="') && part.includes(text))
  if (form === undefined) throw new Error(`the page has no form with "${text}"`)
  const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value])
  return { action: /action="([^"]*)"/.exec(form)?.[1] ?? '', fields: Object.fromEntries(fields) }
}
