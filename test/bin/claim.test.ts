import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { claimRunDir } from '../../bin/start/claim.ts'
import { identifyProcess } from '../../net/machine/process-identity.ts'

describe('the claim on a data folder', () => {
  let folder: string
  let runDir: string
  const children: ChildProcess[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-claim-'))
    runDir = join(folder, 'run')
    await mkdir(runDir)
  })

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(folder, { recursive: true })
  })

  async function sleeper(seconds: number) {
    const child = spawn('sleep', [String(seconds)])
    children.push(child)
    await once(child, 'spawn')
    return { child, pid: child.pid ?? 0 }
  }

  const file = () => join(runDir, 'supervisor.json')
  const identityOf = async (pid: number) => (await identifyProcess(pid)) ?? assert.fail(`process ${pid} has ended`)
  const write = (supervisor: object, living: object[]) =>
    writeFile(file(), JSON.stringify({ supervisor, children: living }))

  it('belongs to one supervisor as long as it lives', async () => {
    const { pid } = await sleeper(100)
    await write(await identityOf(pid), [])
    await assert.rejects(claimRunDir(runDir, '/the/data'), new RegExp(`/the/data .*process ${pid}`))
  })

  it('is free when the supervisor has ended, even if its pid is in use again', async () => {
    const { pid } = await sleeper(100)
    await write({ pid, born: 'in another life' }, [])
    const claim = await claimRunDir(runDir, 'data')
    assert.equal(JSON.parse(await readFile(file(), 'utf8')).supervisor.pid, process.pid)
    await claim.release()
  })

  it('waits until the children of a killed supervisor have left', async () => {
    const { child, pid } = await sleeper(100)
    const ended = once(child, 'exit')
    await write({ pid: 999_999, born: 'gone' }, [await identityOf(pid)])
    const claiming = claimRunDir(runDir, 'data')
    const first = await Promise.race([claiming.then(() => 'claimed'), sleep(300, 'waited')])
    assert.equal(first, 'waited')
    child.kill()
    assert.deepEqual(await ended, [null, 'SIGTERM'])
    await claiming
  })

  it('lists living children, and removes only its own files', async () => {
    const { pid } = await sleeper(100)
    const claim = await claimRunDir(runDir, 'data')
    await Promise.all([claim.note([pid]), claim.note([pid, 999_999])])
    const { children } = JSON.parse(await readFile(file(), 'utf8'))
    assert.deepEqual(children, [await identityOf(pid)])
    await mkdir(join(runDir, 'server-1'))
    await claim.release()
    assert.deepEqual(await readdir(runDir), ['server-1'])
    const another = await claimRunDir(runDir, 'data')
    await rm(join(runDir, 'server-1'), { recursive: true })
    await another.release()
    assert.deepEqual(await readdir(folder), [])
  })
})
