// Runs courses as containers of this machine's Docker Engine (or DOCKER_HOST's). Every visitor of a link gets a server:
//
//   CARREL_IMAGE=registry.example.org/course:1 npm start -- --config examples/docker/carrel.config.ts
//
// Hub and servers are two names of this machine, by default; docs/hosts.md describes public names.
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { dockerSpawner } from 'carrel/spawners/docker'

export default defineConfig({
  // Servers may write to their learner's files and to nothing else of the image.
  spawner: dockerSpawner({ writable: ['/home/jovyan'] }),
  authenticators: [temporary()],
  // The hub can also build images of repositories: docs/images.md. A course then says image: '@python'.
  // builds: { images: { python: { git: 'https://git.example.org/courses/python' } } },
  courses: {
    demo: {
      title: 'A first notebook',
      image: process.env.CARREL_IMAGE ?? 'quay.io/jupyter/minimal-notebook:latest',
      limits: { cpu: 1, memory: '1G' },
    },
  },
})
