/** How much of a notebook is shown. What is more is left out, and a sentence stands in its place. */
export const renderLimits = {
  /** Cells of a notebook, and characters of the HTML of all of them, pictures included. */
  cells: 1000,
  html: 4 * 2 ** 20,
  /** Characters of one cell's source, and of one output. */
  source: 50_000,
  markdown: 2 * 2 ** 20,
  text: 20_000,
  outputHtml: 200_000,
  /** Outputs of one cell. */
  outputs: 50,
  /** Bytes of one picture in base64. */
  picture: 2 * 2 ** 20,
  /** Pictures of the repository that one notebook names. */
  pictures: 30,
  /** Characters of code that are coloured, and of one formula. */
  colouredCode: 20_000,
  formula: 5000,
  /** Elements in one another. */
  nesting: 60,
}
