/** The config of `carrel start` without a config file: temporary users, two small courses, servers as processes. */
import { join } from 'node:path'
import { temporary } from '../authenticators/temporary.ts'
import { processSpawner } from '../spawners/process/process.ts'
import { defineConfig } from './config.ts'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary()],
  courses: {
    demo: {
      title: 'Welcome to Carrel',
      image: join(import.meta.dirname, 'demo'),
      start: 'welcome.ipynb',
    },
    'demo-plots': {
      title: 'Drawing with text',
      image: join(import.meta.dirname, 'demo-plots'),
      start: 'plots.ipynb',
      landing: 'notebook',
    },
  },
})
