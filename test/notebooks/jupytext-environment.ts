/** Puts Jupytext beside the installed JupyterLab, for servers of tests that ask for it by their environment. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { jupyterFolder } from '../../spawners/process/jupyter/environment.ts'

/** Jupytext, and the packages that it needs beyond JupyterLab's own. */
const packages = ['jupytext==1.19.6', 'markdown-it-py==4.3.0', 'mdit-py-plugins==0.7.0', 'mdurl==0.1.2']

/** Returns the variables with which a server has Jupytext. Installs it once; rejects when that cannot be done. */
export async function jupytextEnvironment(): Promise<Record<string, string>> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'carrel-test')
  const folder = join(cache, packages[0] ?? '')
  if ((await stat(folder).catch(() => undefined)) === undefined) await install(cache, folder)
  return {
    PYTHONPATH: folder,
    JUPYTER_PATH: join(folder, 'share', 'jupyter'),
    JUPYTER_CONFIG_PATH: join(folder, 'etc', 'jupyter'),
  }
}

async function install(cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const draft = await mkdtemp(join(cache, 'jupytext-'))
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--disable-pip-version-check', '--target', draft]
    await promisify(execFile)(join(jupyterFolder(), 'bin', 'python'), [...pip, ...packages])
    // Another run may have been quicker.
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}
