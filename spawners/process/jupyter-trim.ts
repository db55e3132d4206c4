import { glob, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Takes out of a fresh environment what makes each start of JupyterLab slow and serves no learner. Measured on two
 * cores: together with the package `rfc3987-syntax` (removed by pip) from about 2 s to 0.6 s.
 */
export async function trimJupyter(folder: string): Promise<void> {
  // It looks for language servers, for which it runs npm while the first page loads. JupyterLab does without it.
  await mkdir(join(folder, 'etc', 'jupyter'), { recursive: true })
  await writeFile(
    join(folder, 'etc', 'jupyter', 'jupyter_server_config.json'),
    JSON.stringify({ ServerApp: { jpserver_extensions: { jupyter_lsp: false } } }),
  )
  // JupyterLab starts node with these two megabytes and waits, only to ask which registry yarn would use if somebody
  // built JupyterLab itself. An empty answer is what it gets on machines without node.
  for await (const file of glob(join(folder, 'lib', 'python3*', 'site-packages', '*', 'yarn.js'))) {
    await writeFile(file, '')
  }
  // A question about news of the Jupyter project would stand in front of every learner's first notebook.
  const settings = join(folder, 'share', 'jupyter', 'lab', 'settings')
  await mkdir(settings, { recursive: true })
  await writeFile(
    join(settings, 'overrides.json'),
    JSON.stringify({ '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false } }),
  )
}
