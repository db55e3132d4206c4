/** Starts nginx with the example of `docs/gateways.md`, which is so tried as it stands there. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { projectDir } from '../carrel.ts'
import { selfSigned } from '../certificate.ts'
import { until } from '../until.ts'

const nginx = ['nginx', '/usr/sbin/nginx'].find((one) => spawnSync(one, ['-v']).status === 0)

/** Returns why there is no nginx, for `requirePart`, or undefined when there is one. */
export function missingNginx(): string | undefined {
  return nginx === undefined ? 'no nginx is installed (Debian: nginx)' : undefined
}

export interface WebServer {
  /** The unix socket on which it takes TLS connections. */
  socket: string
  stop(): Promise<void>
}

/** Starts nginx, which takes the ports of Carrel and of oauth2-proxy from its caller. */
export async function startNginx(ports: { carrel: number; program: number }): Promise<WebServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'carrel-nginx-'))
  const { cert, key } = selfSigned()
  const at = (name: string) => path.join(folder, name)
  await writeFile(at('cert.pem'), cert)
  await writeFile(at('key.pem'), key)
  await writeFile(at('nginx.conf'), main(folder, await example(folder, ports)))
  const child = spawn(nginx ?? 'nginx', ['-c', at('nginx.conf'), '-p', folder, '-e', at('error.log')], {
    stdio: 'ignore',
  })
  try {
    await until(() => existsSync(at('socket')) || child.exitCode !== null)
    if (child.exitCode !== null) throw new Error(`nginx has ended:\n${await readFile(at('error.log'), 'utf8')}`)
  } catch (error) {
    await end(child, folder)
    throw error
  }
  return { socket: at('socket'), stop: () => end(child, folder) }
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
}

/** Returns the example with this test's names, ports and files in it. */
async function example(folder: string, { carrel, program }: { carrel: number; program: number }): Promise<string> {
  const text = await readFile(path.join(projectDir, 'docs/gateways.md'), 'utf8')
  const block = /^```nginx\n(.*?)^```$/ms.exec(text)?.[1]
  if (block === undefined) throw new Error('docs/gateways.md has no example for nginx')
  return block
    .replace('listen 443 ssl', `listen unix:${folder}/socket ssl`)
    .replaceAll('/etc/nginx/tls/', `${folder}/`)
    .replaceAll('*.nbuser.example.org', '*.nb.localhost')
    .replaceAll('nb.example.org', 'hub.localhost')
    .replaceAll('127.0.0.1:8000', `127.0.0.1:${carrel}`)
    .replaceAll('127.0.0.1:4180', `127.0.0.1:${program}`)
}

function main(folder: string, servers: string): string {
  return `daemon off;
master_process off;
worker_processes 1;
pid ${folder}/pid;
events { worker_connections 1000; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${servers}
}
`
}
