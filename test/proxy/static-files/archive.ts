import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/** The files that tests of static files have. */
export const main = 'static/lab/main.efd36b46f3b45eb8.js'
export const theme = 'lab/api/themes/@jupyterlab/theme-dark-extension/index.css'
export const icon = 'static/lab/0123456789abcdef.svg'
export const script = 'console.log("hello");\n'.repeat(5000)

/** Returns an archive as hubs send them to proxies. */
export async function staticArchive(more: Record<string, string | Buffer> = {}): Promise<Buffer> {
  const packing = pack()
  const files = {
    [`br/${main}`]: brotliCompressSync(script),
    [`gzip/${main}`]: gzipSync(script),
    [`plain/${theme}`]: 'body { color: white }',
    [`plain/${icon}`]: '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    ...more,
  }
  for (const [name, content] of Object.entries(files)) packing.entry({ name }, content)
  packing.finalize()
  return buffer(packing)
}
