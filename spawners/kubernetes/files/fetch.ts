/** The programs with which an init container gets a bundle that is too big for a ConfigMap. Pure. */

/**
 * Returns a program that fetches an archive and unpacks it to `folder/into`, and ends with 0 only when all is there. The
 * token is the `JUPYTER_TOKEN` of its environment. Takes python3, curl or wget, whichever the image has, and tar or
 * python3. Where a try breaks, the next one goes on.
 */
export function fetchProgram(url: string, folder: string, into: string): string[] {
  return ['sh', '-c', script, 'sh', url, folder, into]
}

/** Returns a program that unpacks the archive that another one, of `handingProgram`, writes beside it. */
export function receivingProgram(folder: string, into: string): string[] {
  return ['sh', '-c', receivingScript, 'sh', folder, into]
}

/** Returns a program that hands its input to the one of `receivingProgram`, in the same container. */
export function handingProgram(folder: string): string[] {
  const script = 'while ! [ -p "$1/archive" ]; do sleep 0.05 2> /dev/null || sleep 1; done; cat > "$1/archive"; :'
  return ['sh', '-c', script, 'sh', folder]
}

const tries = 60

const fetchByPython = `
import os, sys, urllib.request
url, path = sys.argv[1:]
have = os.path.getsize(path) if os.path.exists(path) else 0
headers = {"Authorization": "token " + os.environ["JUPYTER_TOKEN"]}
if have: headers["Range"] = "bytes=%d-" % have
answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30)
left = int(answer.headers["Content-Length"])
with open(path, "ab" if answer.status == 206 else "wb") as archive:
    while left > 0:
        piece = answer.read(min(left, 65536))
        if not piece: sys.exit("the connection ended early")
        archive.write(piece)
        left -= len(piece)
`

const unpackByPython = `
import sys, tarfile
archive = tarfile.open(fileobj=sys.stdin.buffer, mode="r|")
archive.extractall(sys.argv[1], **({"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}))
`

/** tar reads its input, since busybox' tar seeks in a file, which a pipe forbids. */
const common = `
has() { command -v "$1" > /dev/null; }
unpack() {
  if has tar; then tar -x -o -f - -C "$files"; else python3 -c '${unpackByPython}' "$files"; fi < "$archive"
}
`

const receivingScript = `${common}
archive=$1/archive files=$1/$2
mkdir "$files" && mkfifo -m 600 "$archive" && unpack && rm "$archive"
`

/** The hub is reached directly. curl reads the token from its input, since process lists show arguments. */
const script = `${common}
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
url=$1 archive=$2/archive files=$2/$3
get() {
  if has python3; then
    python3 -c '${fetchByPython}' "$url" "$archive"
  elif has curl; then
    echo "header = \\"Authorization: token $JUPYTER_TOKEN\\"" |
      curl --silent --show-error --fail --continue-at - --output "$archive" --config - "$url"
  elif has wget; then
    wget -q -c -O "$archive" --header "Authorization: token $JUPYTER_TOKEN" "$url"
  else
    echo 'the image has neither python3 nor curl nor wget, by which a bundle could be fetched'
    exit 1
  fi
}
tries=${tries}
until get; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || exit 1
  sleep 1
done
mkdir -p "$files" && unpack && rm "$archive"
`
