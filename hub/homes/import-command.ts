/**
 * Returns the command by which an errand brings the files of a tar archive into a home, as the image's own user. Needs `sh`,
 * `tar`, `mv`, `rm` and `mkdir`, as busybox or GNU have them.
 *
 * The archive is unpacked into a folder `.carrel-import` of the home, and its files are moved into their places when all
 * of it is there. So an import that breaks off changes none of the learner's files and leaves none that is cut. Nothing is
 * written through a link that is in the home.
 */
export function importCommand({ overwrite }: { overwrite: boolean }): string[] {
  return ['sh', '-c', script, 'carrel', overwrite ? 'overwrite' : 'keep']
}

const script = `
draft=.carrel-import
failed=0
drop() {
  [ -L "$1" ] || [ ! -e "$1" ] || chmod -R u+rwX "$1"
  rm -rf "$1"
}
isfolder() {
  [ -d "$1" ] && [ ! -L "$1" ]
}
place() {
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    target=$2/\${entry##*/}
    [ "$target" != "./$draft" ] || continue
    if isfolder "$entry" && isfolder "$target"; then
      place "$entry" "$target" "$3"
    elif [ ! -e "$target" ] && [ ! -L "$target" ]; then
      mv "$entry" "$target" || failed=1
    elif [ "$3" = keep ]; then
      continue
    elif isfolder "$target"; then
      echo "$target is a folder, and a file in the archive" >&2
      failed=1
    else
      rm -f "$target" && mv "$entry" "$target" || failed=1
    fi
  done
}
drop "$draft"
mkdir -m 700 "$draft" || exit 1
trap 'drop "$draft"' EXIT
trap 'exit 1' HUP INT TERM
tar -x -o -f - -C "$draft" || exit
place "$draft" . "$1"
exit "$failed"
`
