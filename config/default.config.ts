/**
 * The config of `carrel start` without a config file: temporary users, an admin who comes in by a link that the start prints, small
 * courses, servers as processes.
 */
import { join } from 'node:path'
import { password } from '../authenticators/password.ts'
import { temporary } from '../authenticators/temporary.ts'
import { processSpawner } from '../spawners/process/process.ts'
import { defineConfig } from './config.ts'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary(), password()],
  admins: ['admin'],
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
      strip: true,
    },
    'demo-form': {
      title: 'A course that asks first',
      image: join(import.meta.dirname, 'demo-form'),
      start: 'reading.ipynb',
      landing: 'notebook',
      choices: {
        pace: [
          { name: 'slow', title: 'Slow', description: 'Five pages a day.', env: { PAGES: '5' } },
          { name: 'fast', title: 'Fast', description: 'Forty pages a day.', env: { PAGES: '40' } },
        ],
      },
      questions: {
        reader: { kind: 'text', title: 'Your name', description: 'The notebook greets you by it.', env: 'READER' },
      },
    },
  },
})
