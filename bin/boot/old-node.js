// @ts-check
/** Ends the program where Node is too old for it, which else would be told by errors of syntax. */

/** The first version that runs Carrel's TypeScript as it is. */
const oldest = 24

export function refuseOldNode() {
  const { node } = process.versions
  if (Number.parseInt(node, 10) >= oldest) return
  process.stderr.write(
    `Carrel needs Node ${oldest} or later, and this is Node ${node}. \`npm ci\` in Carrel's folder brings the right one: ` +
      'start Carrel with `npm start` or `npx carrel`, or with node_modules/.bin/node.\n',
  )
  process.exit(1)
}
