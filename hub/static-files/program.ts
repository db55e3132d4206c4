/** The program that runs as an errand in an image, and writes the static files there to its output, as a tar archive. */
import { staticEnds } from '../../seats/files/static-files.ts'
import { pythonLines } from '../images/python.ts'

const script = `
exec 2>/dev/null
${pythonLines}
[ -n "$python" ] || exit 3
exec "$python" -I -c "$1" "$2"
`

/** Names in the archive are paths below a server's own. Of several files for one path the first counts, as for JupyterLab itself. */
const python = `
import os, sys, tarfile
from importlib.util import find_spec

found = {}

def add(folder, place):
    for top, folders, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            key = place + os.path.relpath(path, folder).replace(os.sep, '/')
            if name.rsplit('.', 1)[-1].lower() in ends and os.path.isfile(path) and not os.path.islink(path):
                found.setdefault(key, path)

ends = sys.argv[1].split(',')
try:
    from jupyterlab.commands import get_app_dir
    lab = get_app_dir()
except Exception:
    lab = os.path.join(sys.prefix, 'share', 'jupyter', 'lab')
add(os.path.join(lab, 'static'), 'static/lab/')
add(os.path.join(lab, 'themes'), 'lab/api/themes/')
try:
    from jupyter_core.paths import jupyter_path
    extensions = jupyter_path('labextensions')
except Exception:
    extensions = [os.path.join(sys.prefix, 'share', 'jupyter', 'labextensions')]
for folder in extensions:
    add(folder, 'lab/extensions/')
notebook = find_spec('notebook')
for folder in (notebook and notebook.submodule_search_locations) or []:
    add(os.path.join(folder, 'static'), 'static/notebook/')

with tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT) as archive:
    for key, path in sorted(found.items()):
        header = tarfile.TarInfo(key)
        with open(path, 'rb') as file:
            header.size = os.fstat(file.fileno()).st_size
            archive.addfile(header, file)
`

export const copyingCommand: string[] = ['sh', '-c', script, 'sh', python, staticEnds.join(',')]
