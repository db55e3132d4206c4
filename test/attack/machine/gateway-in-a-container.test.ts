import { type Carrel, startCarrel } from '../../helpers/carrel.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { docker, dockerMissing, loadedImage, removeNetworks } from '../../helpers/engines/docker.ts'
import { testInstallation } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { ask } from '../../proxy/world.ts'
import { attacks } from '../table.ts'

const [host, origin] = ['hub.test:9443', 'https://hub.test:9443']
const headers = {
  ...{ origin, 'remote-user': 'root', 'x-forwarded-for': '127.0.0.1' },
  'content-type': 'application/x-www-form-urlencoded',
}
const body = 'next=/hub/home'

describe('attack: a program in a learner’s container, beside a gateway on the same machine', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  const installation = testInstallation()
  let carrel: Carrel
  let image: string

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('jupyter')
    cleanup.defer(() => removeNetworks([`carrel.installation=${installation}`]))
    // Every address of this machine takes connections, as containers need it to reach the port.
    carrel = await startCarrel({
      config: `
import { header } from 'carrel/authenticators/header'
import { defineConfig } from 'carrel/config'
import { dockerSpawner } from 'carrel/spawners/docker'
export default defineConfig({
  installation: '${installation}',
  spawner: dockerSpawner({ pull: 'never' }),
  authenticators: [header({ from: ['127.0.0.1'], headers: { user: 'Remote-User' } })],
  courses: { demo: { image: '${image}' } },
})`,
      args: ['--ip', '0.0.0.0', '--hub-url', origin, '--servers-url', 'https://*.nb.test:9443'],
    })
    cleanup.defer(() => carrel.stop())
  })

  const program = () => `
import http.client, socket, struct
for line in open('/proc/net/route').read().splitlines()[1:]:
    fields = line.split()
    if fields[1] == '00000000': machine = socket.inet_ntoa(struct.pack('<L', int(fields[2], 16)))
connection = http.client.HTTPConnection(machine, ${carrel.port}, timeout=30)
connection.request('POST', '/hub/login/header', '${body}', ${JSON.stringify({ host, ...headers })})
answer = connection.getresponse()
print(answer.status, b'has not said who you are' in answer.read())
`

  async function tryInContainer(): Promise<string> {
    const box = await docker.createContainer({
      Image: image,
      Entrypoint: ['python3', '-c', program()],
      Cmd: [],
      Tty: true,
    })
    try {
      await box.start()
      await box.wait()
      return String(await box.logs({ stdout: true, stderr: true })).trim()
    } finally {
      await box.remove({ force: true })
    }
  }

  attacks([
    {
      name: 'names a person at the proxy’s port, as the gateway itself would',
      rule: 'gateways',
      attempt: async () => {
        const inside = await tryInContainer()
        const users = await carrel.query('select name from users')
        const beside = await ask(`http://127.0.0.1:${carrel.port}`, '/hub/login/header', {
          ...{ method: 'POST', host, headers, body },
        })
        return [inside, users, beside.status]
      },
      expected: ['403 True', [], 303],
    },
  ])
})
