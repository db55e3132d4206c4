/** Starts nginx with the same routes, where it is installed. It shows what a proxy in C needs. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { choosePort } from '../../bin/start/port.ts'
import { endProcess, megabytes, pin, processorMilliseconds } from '../proxy-process.ts'
import type { Contender } from './contenders.ts'

const programs = ['nginx', '/usr/sbin/nginx']

/** Starts nginx as one process. Rejects where it is not installed. */
export async function startNginx(target: string, opened: AsyncDisposableStack, core: number): Promise<Contender> {
  const program = programs.find((one) => spawnSync(one, ['-v']).status === 0)
  if (program === undefined) throw new Error('nginx is not installed')
  const dir = await mkdtemp(join(tmpdir(), 'carrel-nginx-'))
  opened.defer(() => rm(dir, { recursive: true, force: true }))
  const port = await choosePort(0)
  const file = join(dir, 'nginx.conf')
  await writeFile(file, settings(dir, port, target))
  const child = spawn(program, ['-c', file, '-p', dir, '-e', join(dir, 'error.log')], { stdio: 'ignore' })
  pin(child, core)
  opened.defer(() => endProcess(child))
  for (let tries = 0; !(await fetch(`http://127.0.0.1:${port}/x`).catch(() => undefined))?.ok; tries += 1) {
    if (child.exitCode !== null || tries === 100) throw new Error('nginx did not start')
  }
  const pid = child.pid ?? 0
  return {
    name: 'nginx',
    port,
    isSeated: false,
    processorMilliseconds: () => processorMilliseconds(pid).catch(() => undefined),
    megabytes: () => megabytes(pid).catch(() => undefined),
  }
}

function settings(dir: string, port: number, target: string): string {
  return `daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid ${dir}/pid;
events { worker_connections 30000; }
http {
  access_log ${dir}/access.log combined buffer=64k;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  client_max_body_size 0;
  keepalive_requests 1000000000;
  map $http_upgrade $wanted { default upgrade; '' ''; }
  upstream server { server ${target.replace('http://', '')}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://server;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $wanted;
    }
  }
}
`
}
