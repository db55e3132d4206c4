/**
 * The program that runs in place of a notebook server while the doctor tries its limits. It prints a line for each thing
 * that it has found, and ends by itself. It needs a shell of any kind, and `dd` and `sleep`; what else it finds, it uses.
 */

export interface Trials {
  /** Programs that want a core each, one more than the server may have. */
  burners: number
  /** The highest number of processes up to which it tries to start more. */
  mostPids: number
  /** Programs that each take so many KiB of memory, more in sum than the server may have; 0 takes none. */
  memory: { chunks: number; chunkKilobytes: number }
  /** Places with a limit in KiB. In one that `waits`, what is too much is not refused but ends the server later. */
  rooms: { name: 'home' | 'disk'; path: string; kilobytes: number; waits?: boolean }[]
}

/** What may be written into a place to try its limit. */
const mostKilobytes = 2 ** 20
/** How long a server that has taken too much disk is given to be ended. */
const patienceSeconds = 60

/** Returns the text for `sh -c`. Pure. */
export function limitsProgram({ burners, mostPids, memory, rooms }: Trials): string {
  const needed = memory.chunks * memory.chunkKilobytes + 2 ** 19
  const values = { BURNERS: burners, MOST_PIDS: mostPids, CHUNKS: memory.chunks, CHUNK: memory.chunkKilobytes }
  const asks = rooms.map(({ name, path, kilobytes, waits = false }) => {
    const seconds = waits ? patienceSeconds : 0
    return `room ${name} ${quoted(path)} ${Math.round(kilobytes)} ${seconds}`
  })
  return [
    ...Object.entries({ ...values, NEEDED: needed, MOST: mostKilobytes }).map(([name, value]) => `${name}=${value}`),
    ...[common, openFiles, cores, processes, space, ...asks, memoryTrial, 'say end'],
  ].join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

const common = `
exec 3>&1
groups=/sys/fs/cgroup
say() { echo "carrel-limit $*" >&3; }
first() {
  for at in "$@"; do
    if [ -r "$at" ] && read -r line < "$at"; then echo "$line"; return; fi
  done
  echo none
}
field() {
  if [ -r "$1" ]; then
    while read -r name value _; do
      if [ "$name" = "$2" ]; then echo "$value"; return; fi
    done < "$1"
  fi
  echo none
}
either() { if [ "$1" = none ]; then echo "$2"; else echo "$1"; fi; }
`

const openFiles = `
hard=$(ulimit -Hn)
raised=no
case $hard in
  *[!0-9]*) ;;
  *) if (ulimit -n $((hard + 1))) 2> /dev/null; then raised=yes; fi ;;
esac
say files "$(ulimit -Sn)" "$hard" "$raised"
`

/** Several programs want all cores for two seconds. What they have got, the kernel's account of the server says. */
const cores = `
count=0
while read -r name _; do if [ "$name" = processor ]; then count=$((count + 1)); fi; done < /proc/cpuinfo
used() {
  micro=$(field $groups/cpu.stat usage_usec)
  nano=$(first $groups/cpuacct/cpuacct.usage)
  if [ "$micro" != none ]; then echo "$micro"; elif [ "$nano" != none ]; then echo $((nano / 1000)); else echo none; fi
}
throttled() { either "$(field $groups/cpu.stat nr_throttled)" "$(field $groups/cpu/cpu.stat nr_throttled)"; }
centis() { read -r up _ < /proc/uptime; echo "\${up%.*}\${up#*.}"; }
before="$(used) $(centis) $(throttled)" burners= i=0
while [ $i -lt $BURNERS ]; do
  (while :; do :; done) &
  burners="$burners $!"
  i=$((i + 1))
done
sleep 2
say cores "$count" $before "$(used)" "$(centis)" "$(throttled)"
if [ -n "$burners" ]; then kill -9 $burners; fi
wait 2> /dev/null
say quota $(first $groups/cpu.max) "$(first $groups/cpu/cpu.cfs_quota_us)" "$(first $groups/cpu/cpu.cfs_period_us)"
`

/** A shell of its own starts programs until it is refused, which ends it; what it has started, it ends then. */
const processes = `
pids=$(first $groups/pids.max $groups/pids/pids.max)
say pids "$pids"
case $pids in
  *[!0-9]* | '') ;;
  *)
    if [ "$pids" -le $MOST_PIDS ]; then
      sh -c '
        trap "echo carrel-limit forked \\$i; kill -9 \\$all; wait" EXIT
        i=0 all=
        while [ $i -lt '"$pids"' ]; do
          sleep 20 &
          all="$all $!"
          i=$((i + 1))
        done
      ' 2> /dev/null
    fi
    ;;
esac
`

const space = `
room() {
  name=$1 path=$2 limit=$3 patience=$4
  set -- $(df -P -k "$path" 2> /dev/null | { read -r _; read -r _ total _ free _; echo "$total $free"; })
  total=\${1:-none} free=\${2:-none} code=none bytes=0
  case $total$free in
    *[!0-9]*) ;;
    *)
      if [ $limit -le $MOST ] && { [ $total -le $((limit + limit / 5)) ] || [ $free -gt $((limit * 2 + 262144)) ]; }; then
        dd if=/dev/zero of="$path/.carrel-doctor" bs=64k count=$((limit / 64 + limit / 640 + 16)) 2> /dev/null
        code=$?
        if [ -f "$path/.carrel-doctor" ]; then bytes=$(wc -c < "$path/.carrel-doctor"); fi
        say room $name $total $free $code $bytes
        i=0
        while [ $code -eq 0 ] && [ $i -lt $patience ]; do sleep 1; i=$((i + 1)); done
        rm -f "$path/.carrel-doctor"
      fi
      ;;
  esac
  say kept $name $total $free $code $bytes
}
`

/**
 * Each part of a pipe reads zeros into its memory and then waits. The next one begins when the other end has the first byte,
 * so all of them hold what they were to take, also on a slow machine. The kernel ends one of them, or, where it ends all
 * programs of a container together, the server: so this comes last.
 */
const memoryTrial = `
kills() { either "$(field $groups/memory.events oom_kill)" "$(field $groups/memory/memory.oom_control oom_kill)"; }
hold() {
  {
    dd if=/dev/zero bs="\${CHUNK}k" count=1 2> /dev/null
    code=$?
    case $code in 0 | 141) ;; *) say died $code ;; esac
  } | {
    dd of=/dev/null bs=1 count=1 2> /dev/null
    exec sleep 60 > /dev/null
  } &
  echo $!
}
free=$(field /proc/meminfo MemAvailable:)
say memory "$(first $groups/memory.max $groups/memory/memory.limit_in_bytes)" "$free"
if [ $CHUNKS -gt 0 ] && [ "$free" != none ] && [ "$free" -gt $NEEDED ]; then
  before=$(kills) holders= i=0
  say takes $CHUNKS
  while [ $i -lt $CHUNKS ] && [ "$(kills)" = "$before" ]; do
    holders="$holders $(hold)"
    i=$((i + 1))
  done
  say held $i "$before" "$(kills)"
  kill -9 $holders 2> /dev/null
fi
`
