import assert from 'node:assert/strict'
import { coversServers } from '../../seats/host.ts'

describe("names of learners' servers", () => {
  const cases: [servers: string, origin: string, covers: boolean][] = [
    ['https://nb.example.org', 'https://nb.example.org', true],
    ['https://nb.example.org', 'https://*.example.org', true],
    ['https://nb.example.org', 'https://*.nb.example.org', false],
    ['https://nb.example.org', 'https://lms.example.org', false],
    ['https://nb.example.org', 'https://*.example.net', false],
    ['https://*.nb.example.org', 'https://label0001.nb.example.org', true],
    ['https://*.nb.example.org', 'https://*.nb.example.org', true],
    ['https://*.nb.example.org', 'https://*.example.org', true],
    ['https://*.nb.example.org', 'https://*.label0001.nb.example.org', true],
    ['https://*.nb.example.org', 'https://nb.example.org', false],
    ['https://*.nb.example.org', 'http://*.example.org', false],
    ['https://*.nb.example.org', 'https://*.lms.example.org', false],
  ]
  for (const [servers, origin, covers] of cases) {
    it(`${covers ? 'are' : 'are not'} covered by ${origin} where they are ${servers}`, () => {
      assert.equal(coversServers(servers, origin), covers)
    })
  }
})
