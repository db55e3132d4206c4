import assert from 'node:assert/strict'

describe('the script for times', () => {
  it('leaves what only looks like a time as it is, and shows all others', async () => {
    const made = (day: string) => ({
      dateTime: `${day}T08:00:00Z`,
      textContent: `until ${day} 08:00 UTC`,
      title: '',
    })
    const [odd, sound] = [made('2027-13-45'), made('2027-01-18')]
    const found: Record<string, object[]> = { 'time[data-local]': [odd, sound] }
    const document = { documentElement: { lang: 'en' }, querySelectorAll: (which: string) => found[which] ?? [] }
    Object.assign(globalThis, { document })
    try {
      const { inReadersZone } = await import('../../../../hub/static/times.js')
      assert.equal(odd.textContent, 'until 2027-13-45 08:00 UTC')
      assert.doesNotMatch(sound.textContent, /UTC/)
      assert.match(sound.title, /2027/)
      assert.match(inReadersZone('2027-13-45 99:00 UTC, 2027-01-18 08:00 UTC'), /^2027-13-45 99:00 UTC, \D/)
    } finally {
      Reflect.deleteProperty(globalThis, 'document')
    }
  })
})
