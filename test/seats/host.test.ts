import assert from 'node:assert/strict'
import { areNeighbours, coversServers } from '../../seats/host.ts'

describe("names of learners' servers", () => {
  const pairs: [string, string, boolean][] = [
    ['https://hub.example.org', 'https://nb.example.org', true],
    ['https://example.org', 'https://a1b2.nb.example.org', true],
    ['https://hub.example.org', 'https://hub.example.org:8443', true],
    ['https://hub.example.org', 'http://nb.example.org', false],
    ['https://hub.example.org', 'https://nb.example.net', false],
    ['https://hub.example.org', 'https://hubexample.org', false],
    ['http://127.0.0.1:8000', 'http://localhost:8000', false],
    ['http://10.0.0.1', 'http://10.1.0.1', false],
    ['http://[::1]', 'http://[::1]:8000', false],
    ['http://hub', 'http://nb', false],
  ]
  for (const [one, other, are] of pairs) {
    it(`${are ? 'share' : 'do not share'} a site where they are ${one} and ${other}`, () => {
      assert.equal(areNeighbours(one, other), are)
    })
  }

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
