/** The menus and the toolbar of JupyterLab and Notebook 7 without what leads learners away from their copies. */

/** Commands by the menu that shows them: what makes and opens other files, renames this one, or ends the kernel or the server. */
const hiddenCommands = {
  file: [
    ...['launcher:create', 'filemenu:create-console', 'filebrowser:open-path', 'filebrowser:open-url'],
    ...['application:rename', 'application:duplicate', 'docmanager:rename', 'docmanager:duplicate'],
    ...['docmanager:clone', 'docmanager:save-as', 'docmanager:restore-checkpoint', 'notebook:trust'],
    ...['application:close', 'application:close-all', 'filemenu:close-and-cleanup', 'filemenu:shutdown'],
    // The hub has an entry of the same name, which signs out of the hub too.
    'filemenu:logout',
  ],
  run: ['notebook:run-in-console'],
  kernel: [
    ...['kernelmenu:shutdown', 'kernelmenu:shutdownAll', 'kernelmenu:change', 'kernelmenu:reconnect-to-kernel'],
    'debugger:restart-debug',
  ],
  settings: ['docmanager:toggle-autosave'],
}

/** Menus inside of the menu of files. */
const hiddenSubmenus = ['jp-mainmenu-file-new', 'jp-mainmenu-file-workspaces']

const hiddenButtons = ['cut', 'copy', 'paste', 'cellType']

/** The settings that hide them, by the plug-in that reads them. */
export const trimmedMenus = {
  '@jupyterlab/mainmenu-extension:plugin': {
    menus: Object.entries(hiddenCommands).map(([menu, commands]) => ({
      id: `jp-mainmenu-${menu}`,
      items: [
        ...commands.map((command) => ({ command, disabled: true })),
        ...(menu === 'file' ? hiddenSubmenus.map((id) => ({ type: 'submenu', disabled: true, submenu: { id } })) : []),
      ],
    })),
  },
  '@jupyterlab/notebook-extension:panel': {
    toolbar: hiddenButtons.map((name) => ({ name, disabled: true })),
  },
}
