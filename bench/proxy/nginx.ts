/** Starts nginx with the same routes, where it is installed. It shows what a proxy in C needs. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { choosePort } from '../../bin/start/port.ts'
import { openFileLimit } from '../../net/open-files.ts'
import { endProcess, megabytes, pin, processorMilliseconds } from '../proxy-process.ts'
import type { Contender } from './contenders.ts'

const programs = ['nginx', '/usr/sbin/nginx']

/** Starts nginx as one process, with a route for each target. Rejects where it is not installed. */
export async function startNginx(
  routes: { path: string; target: string }[],
  opened: AsyncDisposableStack,
  { signal, core }: { signal: AbortSignal; core: number },
): Promise<Contender> {
  const program = programs.find((one) => spawnSync(one, ['-v']).status === 0)
  if (program === undefined) throw new Error('nginx is not installed')
  const dir = await mkdtemp(join(tmpdir(), 'carrel-nginx-'))
  opened.defer(() => rm(dir, { recursive: true, force: true }))
  const port = await choosePort(0)
  const file = join(dir, 'nginx.conf')
  await writeFile(file, settings(dir, port, routes))
  const child = spawn(program, ['-c', file, '-p', dir, '-e', join(dir, 'error.log')], { stdio: 'ignore' })
  pin(child, core)
  opened.defer(() => endProcess(child))
  const probe = `http://127.0.0.1:${port}${routes[0]?.path ?? '/'}x`
  for (let tries = 0; !(await fetch(probe, { signal }).catch(() => undefined))?.ok; tries += 1) {
    if (child.exitCode !== null || tries === 100) throw new Error('nginx did not start')
    await sleep(20, undefined, { signal })
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

function settings(dir: string, port: number, routes: { path: string; target: string }[]): string {
  const upstreams = routes.map(
    ({ target }, index) =>
      `upstream server${index} { server ${new URL(target).host}; keepalive 256; keepalive_requests 1000000000; }`,
  )
  const locations = routes.map(({ path }, index) => `location ${path} { proxy_pass http://server${index}; }`)
  return `daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile ${Math.min(openFileLimit(), 65_536)};
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
  ${upstreams.join('\n  ')}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_http_version 1.1;
    proxy_request_buffering off;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $wanted;
    ${locations.join('\n    ')}
  }
}
`
}
