/** How many pieces of at most 4 KiB a log of a server takes. A server writes mostly a line at once, which is a piece. */
const most = 2500

/**
 * Lines of shell that lead the output of this shell, and of what it starts, into a process with the script `$2`
 * (`readerScript`) for the run's folder `$1`. That process does not have the run's mark, so a stop does not wait for it. Its
 * number is then in `$reader`. It is no child of this shell, which would see it for ever as a process that has ended.
 * File descriptors 7 and 8 of this shell stay out of it.
 */
export const leadOutput = `
mkfifo "$1/out" || exit 1
exec 5<> "$1/out" 6< "$1/out"
exec > "$1/out" 2>&1 5>&-
rm -f "$1/out"
reader=$( (unset CARREL_RUN; exec /bin/sh -c "$2" carrel "$1") <&6 > /dev/null 2>&1 6<&- 7>&- 8<&- & echo $!)
exec 6<&-
`

/**
 * Lines of shell that wait, half a second at most, until that process has written the last words of the folder `$folder`. A
 * process that has ended may be seen for a while, so its last act counts.
 */
export const awaitReader = `
looks=0
while [ ! -d "$folder/read" ] && kill -0 "$reader" && [ $looks -lt 25 ]; do
  sleep 0.02
  looks=$((looks + 1))
done
`

/**
 * The shell script that writes what it reads to `log`. A full `log` becomes `log.1`, so a server that prints for ever fills
 * no disk, also while there is no hub. What a full disk does not take is thrown away.
 *
 * The script ends when all processes have closed the output. SIGTERM does not end it, so that last words are kept.
 */
export const readerScript = `
trap '' TERM INT HUP
umask 077
cd /
exec 3>&-
while :; do
  said=$(LC_ALL=C dd bs=4096 count=${most} 2>&1 >> "$1/log") ||
    said=$(LC_ALL=C dd bs=4096 count=${most} 2>&1 > /dev/null)
  pieces=\${said%" records in"*}
  pieces=\${pieces##*"
"}
  [ $((\${pieces%+*} + \${pieces#*+})) -ge ${most} ] || break
  mv -f "$1/log" "$1/log.1"
done
mkdir "$1/read" 2> /dev/null
`
