/**
 * Brings the files for which the notebook's program asks first, while its server starts, so that the browser has them then. Brings
 * few at a time, since the page has to hear of the server too. What fails here costs nothing.
 */
export async function bringFiles(folder) {
  if (!folder || navigator.connection?.saveData) return
  const load = (name) => fetch(folder + name, { credentials: 'omit', priority: 'low' })
  try {
    const names = await (await load('first.json')).json()
    const lane = async () => {
      for (let name = names.shift(); name !== undefined; name = names.shift()) await (await load(name)).arrayBuffer()
    }
    await Promise.all([lane(), lane(), lane()])
  } catch {}
}
