// Runs two courses of an Open edX site. Each learner's server is a container of this machine's Docker Engine. The
// README beside this file says what to type in Studio, and what an unsigned link is worth. Start it with the public
// names:
//
//   CARREL_LMS=https://lms.example.org CARREL_STUDIO=https://studio.example.org \
//     npm start -- --config examples/open-edx/carrel.config.ts \
//     --hub-url https://nb.example.org --servers-url https://nbuser.example.org
//
// All servers share one host, since all users are learners; docs/hosts.md says when to give each server its own.
import { lms } from 'carrel/authenticators/lms'
import { defineConfig } from 'carrel/config'
import { dockerSpawner } from 'carrel/spawners/docker'

const image = process.env.CARREL_IMAGE ?? 'quay.io/jupyter/scipy-notebook:latest'

// Pages of the LMS and of Studio, where teachers look at their pages.
const pages = [
  process.env.CARREL_LMS ?? 'https://lms.example.org',
  process.env.CARREL_STUDIO ?? 'https://studio.example.org',
]

export default defineConfig({
  // Servers may write to their learner's files and to nothing else of the image.
  spawner: dockerSpawner({ writable: ['/home/jovyan'] }),
  // Only the learners' ids in links on these pages are believed.
  authenticators: [lms({ issuer: 'edx', courses: ['python-mooc', 'bioinformatics'], pages, signed: false })],

  // Only these sites may frame a notebook. A site that may only frame is added here and not above.
  embed: { ancestors: pages },

  courses: {
    'python-mooc': {
      title: 'Python: from the basics to advanced',
      image: process.env.CARREL_IMAGE_PYTHON ?? image,
      // A frame of some 600 pixels has room for one document.
      landing: 'notebook',
      limits: { memory: '1G', cpu: 1 },
    },
    bioinformatics: {
      title: 'Bioinformatics: algorithms and genomes',
      image: process.env.CARREL_IMAGE_BIOINFORMATICS ?? image,
      landing: 'notebook',
      limits: { memory: '2G', cpu: 2 },
    },
  },

  // Learners of a MOOC may read for long between two cells, so servers are kept longer than in a workshop.
  culler: { idleSeconds: 7200, maxAgeSeconds: 86_400 },
})
