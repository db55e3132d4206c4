import { glob, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Removes from a new environment what makes each start of JupyterLab slow and serves no learner. Together with the
 * removal of the package `rfc3987-syntax`, a start takes about 0.6 s in place of 2 s (measured on two cores).
 */
export async function trimJupyter(folder: string): Promise<void> {
  // `jupyter_lsp` runs npm while the first page loads, to look for language servers. JupyterLab works without it.
  await mkdir(join(folder, 'etc', 'jupyter'), { recursive: true })
  await writeFile(
    join(folder, 'etc', 'jupyter', 'jupyter_server_config.json'),
    JSON.stringify({ ServerApp: { jpserver_extensions: { jupyter_lsp: false } } }),
  )
  // JupyterLab runs `yarn.js` (two megabytes) with node and waits, only to learn the registry for builds of JupyterLab
  // itself. With an empty file it gets an empty answer, as on machines without node.
  for await (const file of glob(join(folder, 'lib', 'python3*', 'site-packages', '*', 'yarn.js'))) {
    await writeFile(file, '')
  }
  // Without this setting JupyterLab asks every learner about news of the Jupyter project, in front of the notebook.
  const settings = join(folder, 'share', 'jupyter', 'lab', 'settings')
  await mkdir(settings, { recursive: true })
  await writeFile(
    join(settings, 'overrides.json'),
    JSON.stringify({ '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false } }),
  )
}
