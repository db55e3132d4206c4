// Runs throw-away notebooks on one machine with Docker, as tmpnb did: http, one host name, no DNS entry of its own, no TLS.
//
//   CARREL_HOST=workshop.example.org npm start -- --config examples/tmpnb/carrel.config.ts --ip 0.0.0.0 --port 8000
//
// Hub and servers share that name, which gives up a good deal: the start says what, and so does the README beside this file.
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { dockerSpawner } from 'carrel/spawners/docker'

/** The address that people type, with the port of `--port`. */
const url = `http://${process.env.CARREL_HOST ?? 'localhost'}:8000`

export default defineConfig({
  hub: { url, insecureHttp: true },
  servers: { url, shareHubOrigin: true },

  // Images come by `docker load`, or from their registry at the first start.
  spawner: dockerSpawner({ writable: ['/home/jovyan'] }),
  authenticators: [temporary()],

  courses: {
    workshop: {
      title: 'Workshop',
      image: process.env.CARREL_IMAGE ?? 'quay.io/jupyter/minimal-notebook:latest',
      landing: 'notebook',
      limits: { cpu: 1, memory: '512M' },
      // Two servers run before their visitors come, and open at once.
      spares: 2,
    },
  },

  // tmpnb's pool_size, for a machine with 8 GB of memory and 4 processors.
  limits: { servers: 10, startsAtOnce: 2 },
  // tmpnb's cull_timeout and cull_max.
  culler: { idleSeconds: 3600, maxAgeSeconds: 4 * 3600 },

  tmpnb: {
    course: 'workshop',
    front: true,
    // Programs get servers by POST /api/spawn once this is set, and DELETE /api/pool is there with the other one.
    apiToken: process.env.API_AUTH_TOKEN,
    adminToken: process.env.ADMIN_AUTH_TOKEN,
  },
})
