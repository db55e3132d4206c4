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
  // A repository of this machine may be a course, as in examples/git. All servers are processes of this machine anyway.
  git: { hosts: ['127.0.0.1'] },
  // The people of a list get into it by `carrel user import LIST.csv --group demo-class`.
  groups: { 'demo-class': [] },
  courses: {
    // A notebook, and nothing else. With `spares: 1` a server would wait for the next click, which takes 100 MB of memory.
    demo: {
      title: 'Welcome to Carrel',
      image: join(import.meta.dirname, 'demo'),
      start: 'welcome.ipynb',
    },
    // A line above the notebook: saved or not, memory, and help. People with an account can share a copy by it.
    'demo-plots': {
      title: 'Drawing with text',
      image: join(import.meta.dirname, 'demo-plots'),
      start: 'plots.ipynb',
      landing: 'notebook',
      strip: true,
    },
    // What a learner chooses and answers before a start, and what the server finds of it.
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
    // A course for the people of a group, whose files last.
    'demo-class': {
      title: 'For a class, with files that last',
      image: join(import.meta.dirname, 'demo-class'),
      start: 'homework.ipynb',
      landing: 'notebook',
      strip: true,
      open: ['group:demo-class'],
      home: { path: '/home/jovyan/work', from: 'image' },
    },
  },
})
