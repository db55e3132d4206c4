/**
 * The names of the workspaces in which launches open JupyterLab. JupyterLab shows the name of its workspace behind the
 * name of the file in the title of its tab. The hub writes the name into an address, by which the proxy knows it again.
 */

/** Returns the name of the workspace in which the owner of a server opens it, from the course's slug. */
export function labWorkspace(slug: string): string {
  return plain(slug)
}

/**
 * Returns the name of the workspace in which a guest opens the server of this path. Its owner comes first, because of a
 * name with more than 15 characters JupyterLab shows 12.
 */
export function guestWorkspace(serverPath: string): string {
  const [, , owner = '', slug = ''] = serverPath.split('/')
  return `${plain(owner)}-${plain(slug)}`
}

/** Returns a text with only the characters that JupyterLab takes in a workspace's name. `~41` in a path is an escape. */
function plain(segment: string): string {
  return segment.replace(/(~[0-9a-f]{2}|[^A-Za-z0-9_-])+/g, '-').slice(0, 60)
}
