/**
 * Lines of shell after which `$python` is the Python with which Jupyter runs in an image: that of Jupyter's own script, since a
 * first `python3` of the path may be the system's. Empty where there is none.
 */
export const pythonLines = `python=
for name in jupyter-lab jupyter-server jupyter-notebook jupyter; do
  file=$(command -v $name) || continue
  IFS= read -r first < "$file"
  case $first in '#!/'*python*) python=\${first#'#!'}; break ;; esac
done
[ -x "$python" ] || python=$(command -v python3) || python=$(command -v python)`
