import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { launch } from '../bin/world.ts'
import { type Carrel, startCarrel } from '../helpers/carrel.ts'
import { docker, dockerMissing, loadedImage, removeNetworks } from '../helpers/engines/docker.ts'
import { freeSubnet } from '../helpers/engines/free-subnet.ts'
import { testInstallation } from '../helpers/engines/started.ts'
import { requirePart } from '../helpers/require.ts'

/** Sends requests as a learner's code would, with the settings in its environment. */
const program = `
import json, os, urllib.error, urllib.request
api, token, user = (os.environ['JUPYTERHUB_' + name] for name in ('API_URL', 'API_TOKEN', 'USER'))
def ask(path, token=token, body=None):
    headers = {'Authorization': 'token ' + token, 'Content-Type': 'application/json'}
    request = urllib.request.Request(api + path, body and json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer: return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error: return error.code, ''
now = {'last_activity': '2026-01-01T10:00:00Z'}
who = ask('/user')
print(json.dumps({
  'user': json.loads(who[1])['name'] == user and list(json.loads(who[1])['servers']),
  'own': ask('/users/' + user + '/activity', body={'servers': {os.environ['JUPYTERHUB_SERVER_NAME']: now}})[0],
  'other': ask('/users/somebody/activity', body={'servers': {'demo': now}})[0],
  'forged': ask('/user', token[:-3] + 'AAA')[0],
  'users': ask('/users')[0],
  'seats': ask('/seats', body={'ticket': 'A' * 43})[0],
}))`

describe("a learner's code and the hub", function () {
  this.timeout(300_000)
  const installation = testInstallation()
  let carrel: Carrel | undefined

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    const subnet = await freeSubnet()
    carrel = await startCarrel({
      config: `
        import { temporary } from 'carrel/authenticators/temporary'
        import { defineConfig } from 'carrel/config'
        import { dockerSpawner } from 'carrel/spawners/docker'
        export default defineConfig({
          installation: '${installation}',
          hub: { internal: { ip: '${subnet}.1', port: 0 } },
          spawner: dockerSpawner({ pull: 'never', subnet: '${subnet}.0/24', writable: ['/home/jovyan'] }),
          authenticators: [temporary()],
          courses: { demo: { image: '${await loadedImage('jupyter')}' } },
        })`,
    })
  })

  after(async () => {
    await carrel?.stop()
    await removeNetworks([`carrel.installation=${installation}`])
  })

  it('meet at the internal listener, where the token of the server shows only that server’s data', async () => {
    assert.ok(carrel)
    const { id, run } = await launch(carrel, 'demo')
    const container = docker.getContainer(`carrel-${id}-${run}`)
    const exec = await container.exec({
      Cmd: ['python3', '-c', program],
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
    })
    const said = await text(await exec.start({ Tty: true }))
    assert.deepEqual(JSON.parse(said), {
      user: ['demo'],
      own: 200,
      other: 404,
      forged: 403,
      users: 404,
      seats: 404,
    })
  })
})
