/** The program that runs as an errand in an image, and writes the notebooks below a folder to its output, as a tar archive. */
import { pythonLines } from '../images/python.ts'

const script = `
exec 2>/dev/null
${pythonLines}
[ -n "$python" ] || exit 3
if [ -n "$2" ]; then cd "$2" || exit 4; fi
exec "$python" -I -c "$1"
`

/** Follows no link and looks into no hidden folder. A text counts where its head speaks of Jupytext; the hub reads it more exactly. */
const python = `
import os, sys, tarfile

seen = 0
found = []
for top, folders, names in os.walk('.'):
    depth = top.count(os.sep)
    folders[:] = sorted(name for name in folders if depth < 8 and not name.startswith('.') and name not in ('node_modules', '__pycache__'))
    seen += len(names) + len(folders)
    if seen > 20000:
        break
    for name in sorted(names):
        path = os.path.join(top, name)
        if name.startswith('.') or os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > 4 * 2 ** 20:
            continue
        try:
            if name.endswith(('.md', '.py')):
                with open(path, 'rb') as file:
                    if b'jupytext' not in file.read(2000):
                        continue
            elif not name.endswith('.ipynb'):
                continue
        except OSError:
            continue
        found.append(path)

with tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT) as archive:
    for path in found[:200]:
        header = tarfile.TarInfo(os.path.relpath(path, '.').replace(os.sep, '/'))
        with open(path, 'rb') as file:
            header.size = os.fstat(file.fileno()).st_size
            archive.addfile(header, file)
`

/** Returns the command. `folder` is where servers start, '' for where the errand does. */
export function lookingCommand(folder: string): string[] {
  return ['sh', '-c', script, 'sh', python, folder]
}
