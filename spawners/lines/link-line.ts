/** The line of shell in front of a program that makes links into bundles. The image's own user runs it, as that of `copy-line.ts`. */
import type { MountedLinks } from '../files.ts'

/** Where bundles that hubs lay lie in containers and pods. A link that leads below it is none of a learner's. */
const bundlesBelow = '/srv/carrel/'

export interface LinkPlace {
  /** The folder to which relative folders belong: `.` is the program's own. */
  base: string
  /** What the target of a link begins with that may be replaced. Default: where containers have bundles. */
  ours?: string
  /** Returns where the program sees a path of a bundle. Default: the path. */
  seenAt?: (path: string) => string
}

/**
 * Returns the command that makes these links and then becomes the program. Needs `sh`, `ln`, `mkdir` and `readlink`. A link
 * appears whole, so a kill at any point leaves what the next start goes on with. What cannot be made is said on standard error,
 * and stops nothing.
 */
export function linkLine(
  links: readonly MountedLinks[],
  program: readonly string[],
  { base, ours = bundlesBelow, seenAt = (path) => path }: LinkPlace,
): string[] {
  if (links.length === 0) return [...program]
  const groups = links.flatMap(({ folders, to }) => [
    folders.join('\n'),
    to.map(({ name, path }) => `${name}\t${seenAt(path)}`).join('\n'),
  ])
  return ['sh', '-c', script, 'carrel', base, ours, String(links.length), ...groups, ...program]
}

/** Names and paths hold no control characters, so lines and tabs may stand between them. */
const script = `
enter() {
  path=$1/
  while [ -n "$path" ]; do
    part=\${path%%/*}
    path=\${path#*/}
    [ -n "$part" ] || continue
    [ ! -L "$part" ] || return
    [ -d "$part" ] || mkdir "./$part" || return
    cd "./$part" || return
  done
}
put() {
  if [ -L "$1" ]; then
    case $(readlink "./$1") in
      "$2") ;;
      "$ours"*) ln -sfn "$2" "./$1" ;;
    esac
  elif [ ! -e "$1" ]; then
    ln -s "$2" "./$1"
  fi
}
(
  base=$1
  ours=$2
  groups=$3
  shift 3
  set -f
  tab=$(printf '\\t')
  IFS='
'
  while [ "$groups" -gt 0 ]; do
    for folder in $1; do
      (
        case $folder in
          /*) [ -d "$folder" ] && cd "$folder" || exit ;;
          *) cd "$base" && enter "$folder" || exit ;;
        esac
        for line in $2; do
          name=\${line%%"$tab"*}
          case $name in
            */*) (enter "\${name%/*}" && put "\${name##*/}" "\${line#*"$tab"}") ;;
            *) put "$name" "\${line#*"$tab"}" ;;
          esac
        done
      )
    done
    shift 2
    groups=$((groups - 1))
  done
) < /dev/null >&2
shift $((3 + 2 * $3))
[ $# -gt 0 ] || exit 0
exec "$@"
`
