/**
 * The line of shell in front of a program that copies files into a home. The image's own user runs it, so that a link
 * which a learner has made leads nowhere that her own programs do not reach.
 */

export interface Copy {
  /** A folder that the program sees. Where it is missing, nothing is copied. */
  from: string
  /** The folder into which all that `from` holds is copied, where nothing of that name is: `.` is the program's own. */
  to: string
  /**
   * Whether links in `from` are followed, and names that begin with `..` left out. A volume of Kubernetes shows each file
   * as such a link. Default: links are copied as links.
   */
  follow?: boolean
}

/**
 * Returns the command that makes these copies and then becomes the program; without a program it ends with code 0. Needs
 * `sh`, `cp`, `mv`, `rm`, `mkdir` and `chmod`, as busybox or GNU have them.
 *
 * Each copy is made in a folder `.carrel-copies` of `to` and then renamed, so a kill at any point leaves a file whole or not
 * there, and the next start brings the rest. Nothing is written through a link that is in `to`. Copies may be written by
 * their owner, also those of read-only files. What cannot be copied is said on standard error, and stops nothing.
 */
export function copyLine(copies: readonly Copy[], program: readonly string[]): string[] {
  if (copies.length === 0) return [...program]
  const places = copies.flatMap(({ from, to, follow }) => [from, to, follow ? '-L' : '-P'])
  return ['sh', '-c', script, 'carrel', String(copies.length), ...places, ...program]
}

/**
 * Where a folder is there on both sides, or cannot be copied as a whole, its entries are copied one by one. The copies
 * are made in a shell of their own, whose variables the program does not get. None of them is read after a call of `lay`,
 * which changes them.
 */
const script = `
lay() {
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    name=\${entry##*/}
    target=$2/$name
    [ ! -L "$target" ] && [ "$name" != .carrel-copies ] || continue
    case $4$name in -L..*) continue ;; esac
    if [ -d "$target" ] && isfolder "$entry" "$4"; then
      lay "$entry" "$target" "$3" "$4"
    elif [ ! -e "$target" ]; then
      bring "$entry" "$target" "$3/$name" "$4" && continue
      drop "$3/$name"
      if isfolder "$entry" "$4" && mkdir "$target"; then lay "$entry" "$target" "$3" "$4"; fi
    fi
  done
}
isfolder() {
  [ -d "$1" ] && { [ ! -L "$1" ] || [ "$2" = -L ]; }
}
bring() {
  cp -R "$4" "$1" "$3" || return
  [ -L "$3" ] || chmod -R u+w "$3"
  mv -f "$3" "$2"
}
drop() {
  [ -L "$1" ] || [ ! -e "$1" ] || chmod -R u+rwX "$1"
  rm -rf "$1"
}
(
  copies=$1
  shift
  while [ "$copies" -gt 0 ]; do
    draft=$2/.carrel-copies
    drop "$draft"
    if [ -d "$1" ] && mkdir -m 700 "$draft"; then
      lay "$1" "$2" "$draft" "$3"
      drop "$draft"
    fi
    shift 3
    copies=$((copies - 1))
  done
) < /dev/null >&2
shift $((3 * $1 + 1))
[ $# -gt 0 ] || exit 0
exec "$@"
`
