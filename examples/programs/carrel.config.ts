// Runs other programs than JupyterLab in containers of this machine's Docker Engine: the classic Notebook, Notebook 7, and one
// course with dashboards, apps and an editor of its own:
//
//   CARREL_IMAGES=registry.example.org/statistics npm start -- --config examples/programs/carrel.config.ts
//
// A link to /launch/statistics opens JupyterLab, and one to /launch/statistics?app=voila the dashboard.
//
// Hub and servers are two names of this machine, by default; docs/hosts.md describes public names.
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { dockerSpawner } from 'carrel/spawners/docker'

// Where the images lie. What is in each of them says docs/programs.md.
const images = process.env.CARREL_IMAGES ?? 'registry.example.org/statistics'

export default defineConfig({
  spawner: dockerSpawner({ writable: ['/home/jovyan'] }),
  authenticators: [temporary()],
  courses: {
    // Notebook 7, from an image whose own program takes Jupyter's options and passes them on.
    notebook: {
      title: 'Notebook 7',
      image: `${images}/jupyter:1`,
      command: ['start-notebook.py'],
      landing: 'notebook',
      start: 'welcome.ipynb',
    },

    // The classic Notebook, which nothing but old extensions need.
    classic: {
      title: 'Classic Notebook',
      image: `${images}/classic:1`,
      program: 'notebook-6',
      start: 'welcome.ipynb',
    },

    // JupyterLab, and beside it other programs on the same files.
    statistics: {
      title: 'Statistics',
      image: `${images}/jupyter:1`,
      start: 'welcome.ipynb',
      limits: { memory: '2G' },
      apps: {
        // Notebooks without their code. Links may name any notebook of the course.
        voila: {
          title: 'Dashboards',
          image: `${images}/apps:1`,
          program: {
            command: [
              'voila',
              '--no-browser',
              '--Voila.ip={ip}',
              '--port={port}',
              '--Voila.port_retries=0',
              '--base_url={prefix}/',
            ],
            prefix: 'kept',
          },
          start: '/voila/render/dashboard.ipynb',
          fileAt: '/voila/render/{file}',
        },

        streamlit: {
          title: 'App',
          image: `${images}/apps:1`,
          program: {
            command: [
              ...['streamlit', 'run', '{start}', '--server.address={ip}', '--server.port={port}'],
              ...['--server.baseUrlPath={prefix}', '--server.headless=true', '--browser.gatherUsageStats=false'],
              // Otherwise it asks the internet for the machine's own address.
              '--browser.serverAddress=localhost',
            ],
            prefix: 'kept',
            ready: '/_stcore/health',
          },
          start: 'app.py',
        },

        // marimo accepts WebSockets of every origin, so it gets a password, which only the proxy knows: the token of each run.
        marimo: {
          title: 'Reactive notebook',
          image: `${images}/apps:1`,
          env: { MARIMO_PASSWORD: '{token}' },
          program: {
            command: [
              ...['sh', '-c', 'printf %s "$MARIMO_PASSWORD" | exec marimo edit "$@"', 'marimo', '{start}'],
              ...['--host={ip}', '--port={port}', '--base-url={prefix}', '--headless', '--skip-update-check'],
              ...['--token', '--token-password-file=-'],
            ],
            prefix: 'kept',
            ready: '/health',
            authorization: 'basic',
          },
          start: 'sliders.py',
        },

        // VS Code. It knows no prefix, and names all its files by relative addresses.
        code: {
          title: 'Editor',
          image: `${images}/code:1`,
          program: {
            command: [
              ...['code-server', '--auth=none', '--bind-addr={ip}:{port}', '--disable-telemetry'],
              ...['--disable-update-check', '--disable-workspace-trust', '--ignore-last-opened', '{folder}'],
            ],
            prefix: 'stripped',
            ready: '/healthz',
          },
        },

        // RStudio Server, by its documentation: no test starts one.
        rstudio: {
          title: 'RStudio',
          image: `${images}/rstudio:1`,
          env: { USER: 'rstudio' },
          program: {
            command: [
              ...[
                '/usr/lib/rstudio-server/bin/rserver',
                '--server-daemonize=0',
                '--auth-none=1',
                '--server-user=rstudio',
              ],
              ...['--www-address={ip}', '--www-port={port}', '--www-root-path={prefix}/', '--www-frame-origin=same'],
              ...[
                '--www-verify-user-agent=0',
                '--server-data-dir=/tmp/rstudio',
                '--secure-cookie-key-file=/tmp/rstudio-key',
              ],
            ],
            prefix: 'stripped',
          },
        },
      },
    },
  },
})
