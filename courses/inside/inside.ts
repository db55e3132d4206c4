/** What servers of courses with content have of Carrel inside JupyterLab and Notebook 7: settings of Jupyter's own. Pure. */
import type { Course } from '../course.ts'
import type { LaidFile } from '../files.ts'
import { hasStrip } from '../strip.ts'
import { trimmedMenus } from './menus.ts'

/** The folder in which they lie. Jupyter finds it by `JUPYTER_CONFIG_PATH`, behind that of the settings of the config. */
export const insideFolder = '/srv/carrel/inside'

/** Of a server that may be stopped at any time, about this many seconds of typing are lost at most. */
const autosaveSeconds = 20

/** Returns the files in that folder for the servers of a course; none where all is as Jupyter has it. */
export function insideFiles(course: Pick<Course, 'program' | 'content' | 'strip'>): LaidFile[] {
  const { program, content } = course
  if (program !== 'jupyter') return []
  const trimsMenus = content !== undefined && content.trimMenus !== false
  const overrides = {
    ...(content && { '@jupyterlab/docmanager-extension:plugin': { autosaveInterval: autosaveSeconds } }),
    ...(trimsMenus && trimmedMenus),
  }
  const disabledExtensions = {
    // The entries that nbhosting's extension has in the menu of files lead to nbhosting. The strip has the like.
    ...(hasStrip(course) && { 'jupyterlab-nbhosting': true }),
    ...(trimsMenus && { '@jupyter-notebook/notebook-extension:trusted': true }),
  }
  return [
    ...(isEmpty(overrides) ? [] : [fileOf('default_setting_overrides.json', overrides)]),
    ...(isEmpty(disabledExtensions) ? [] : [fileOf('page_config.json', { disabledExtensions })]),
  ]
}

/** Returns the variables with which Jupyter finds the settings in that folder, behind those of other folders. */
export function withInsideFolder(env: Record<string, string>): Record<string, string> {
  const others = env.JUPYTER_CONFIG_PATH
  return { ...env, JUPYTER_CONFIG_PATH: others ? `${others}:${insideFolder}` : insideFolder }
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0
}

/** Returns a file for Jupyter, which reads it in a folder of this name. */
function fileOf(name: string, value: object): LaidFile {
  const content = Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)
  return { name: `labconfig/${name}`, executable: false, content }
}
