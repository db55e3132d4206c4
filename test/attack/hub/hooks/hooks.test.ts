/** Attacks by what hooks of the config throw and return, some of which learners or other systems have written. */
import { StartRefused } from '../../../../config/config.ts'
import { redeem } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { allThatIsKept, demo, type GivenHooks, type HookHub, startHookHub } from '../../../hub/hooks/hook-hub.ts'
import { type Attack, attacks } from '../../table.ts'

describe('attack: what comes back from a hook', () => {
  let opened: HookHub | undefined
  afterEach(async () => {
    await opened?.close()
    opened = undefined
  })

  const start = async (hooks: GivenHooks): Promise<HookHub> => {
    await opened?.close()
    opened = await startHookHub(undefined, hooks)
    return opened
  }
  const failureBy = async (beforeStart: NonNullable<GivenHooks['beforeStart']>) => {
    const { browser, world, isIn } = await start({ beforeStart, timeoutSeconds: 0.3 })
    const { message } = await browser.follow(await browser.open(demo))
    await isIn('failed')
    return [world.made.length, message.replace(/ Try again\. If.*$/, '')]
  }
  const unprepared = [0, 'The site could not prepare your notebook.']
  const secret = 'hunter2-of-the-hook'

  const table: Attack[] = [
    {
      name: 'a refusal with markup, line ends, control characters, turned letters and no end: one line of plain text',
      rule: 'hooks',
      attempt: async () => {
        const { browser, row } = await start({
          beforeStart() {
            throw new StartRefused(`<script>alert(1)</script>\u202e\r\nX: y\0 ${'a'.repeat(9000)}`)
          },
        })
        const launch = await browser.open(demo)
        const { message } = await browser.follow(launch)
        const page = await browser.navigate(`/hub/launches/${launch}`)
        const home = await browser.navigate('/hub/home')
        return [
          /^<script>alert\(1\)<\/script> X: y a+$/.test(message),
          message.length <= 400,
          String((await row()).failure).length,
          [page, home].map(({ text }) => text.includes('<script>alert') || text.includes('\u202e')),
        ]
      },
      expected: [true, true, 300, [false, false]],
    },
    {
      name: 'a refusal whose message is an object, or whose name alone says so',
      rule: 'hooks',
      attempt: async () => [
        await failureBy(() => {
          throw Object.assign(new StartRefused(), { message: { toString: () => '<b>' } })
        }),
        await failureBy(() => {
          throw { name: 'StartRefused', message: 'let me speak' }
        }),
      ],
      expected: [[0, '<b>'], unprepared],
    },
    {
      name: 'throws null, undefined, a symbol, and what has no words; never ends; returns a function',
      rule: 'hooks',
      attempt: async () => {
        const thrown = [null, undefined, Symbol('x'), { toString: () => assertNever() }, Object.create(null)]
        const ends = []
        for (const one of thrown) ends.push(await failureBy(() => Promise.reject(one)))
        ends.push(await failureBy(() => new Promise(() => undefined)))
        ends.push(await failureBy(() => (() => undefined) as never))
        return ends.every((end) => JSON.stringify(end) === JSON.stringify(unprepared))
      },
      expected: true,
    },
    {
      name: 'variables by which the hub speaks to servers, with other letters, and names and values that are none',
      rule: 'hooks',
      attempt: async () => {
        const names = ['JUPYTER_TOKEN', 'jupyter_token', 'JUPYTERHUB_API_TOKEN', 'JUPYTERHUB_HOST', 'JPY_API_TOKEN']
        const others = ['JUPYTER_CONFIG_PATH', 'JUPYTER_RUNTIME_DIR', 'CARREL_X', 'A=B', 'A B', '', 'É', '1A']
        const all = [...names, ...others].map((name): unknown => ({ [name]: secret }))
        const values = [
          { A: 1 },
          { A: null },
          { A: `${secret}\0` },
          { A: '\ud800' },
          { A: 'x'.repeat(40_000) },
          [secret],
        ]
        const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`A${at}`, secret]))
        const ends = new Set<string>()
        for (const env of [...all, ...values, many]) {
          ends.add(JSON.stringify(await failureBy(() => ({ env }) as never)))
          if (opened !== undefined && (await allThatIsKept(opened)).includes(secret)) ends.add('the secret was kept')
        }
        return [...ends]
      },
      expected: [JSON.stringify(unprepared)],
    },
    {
      name: 'variables with words that stand for the token or the port of a program: they stay as they are',
      rule: 'hooks',
      attempt: async () => {
        const { browser, world } = await start({ beforeStart: () => ({ env: { A: '{token} {port}' } }) })
        await browser.enter(demo)
        return [...world.objects.values()].map(({ env }) => env.A)
      },
      expected: ['{token} {port}'],
    },
    {
      name: 'a place to open at another origin, above the server, or at addresses of the proxy: it opens as usual',
      rule: 'hooks',
      attempt: async () => {
        const paths = [
          'https://evil.example/',
          '//evil.example/',
          '/\\evil.example',
          '/../../user/other/demo/',
          '/%2e%2e/x',
        ]
        const others = [
          '/_carrel/seat',
          'lab',
          '/lab\r\nX: y',
          '/a/%2e%2E/b',
          '/#x',
          `/${'a'.repeat(3000)}`,
          '',
          '/%zz',
        ]
        const landings = new Set<string>()
        for (const path of [...paths, ...others]) {
          const { browser, hub } = await start({ whenReady: () => ({ path }) })
          const { ticket } = await browser.enter(demo)
          const { to } = (await redeem(hub, ticket)).json()
          landings.add(to.replace(/^\/user\/[^/]+\/demo\//, ''))
        }
        return [...landings]
      },
      expected: ['lab/workspaces/demo/tree/welcome.ipynb'],
    },
    {
      name: 'a message with markup, before the notebook opens',
      rule: 'hooks',
      attempt: async () => {
        const { browser } = await start({
          whenReady: () => ({ message: `<img src=x onerror=alert(1)>${'a'.repeat(9000)}` }),
        })
        const launch = await browser.open(demo)
        const { told = '' } = await browser.follow(launch)
        const page = await browser.navigate(`/hub/launches/${launch}`)
        const home = await browser.navigate('/hub/home')
        return [told.length, [page, home].map(({ text }) => text.includes('<img src=x'))]
      },
      expected: [500, [false, false]],
    },
    {
      name: 'the error of a request with the token in its fields: log, rows and history have its words only',
      rule: 'hooks',
      attempt: async () => {
        const fault = () =>
          Object.assign(new Error('the service is away'), { config: { headers: { authorization: secret } } })
        const { browser, hub, isIn } = await start({
          beforeStart: () => ({ env: { TOKEN: secret } }),
          whenReady: () => Promise.reject(fault()),
          afterStop: () => Promise.reject(fault()),
        })
        await browser.enter(demo)
        const { id } = await hub.db('servers').first()
        await browser.submit(`/hub/servers/${id}/stop`)
        await isIn('stopped')
        await until(async () => (await hub.db('untold').first())?.reason)
        const kept = await allThatIsKept(opened as HookHub)
        return [kept.includes('the service is away'), kept.includes(secret)]
      },
      expected: [true, false],
    },
  ]

  attacks(table)
})

function assertNever(): never {
  throw new Error('it has no words')
}
