/** What a config file gets of the factories of plug-ins, as far as it can be told from anything else. */
import { z } from 'zod'
import type { Authenticator } from '../../authenticators/authenticator.ts'
import type { SpawnerPlugin } from '../../spawners/spawner.ts'
import { isRecord } from '../sound.ts'

export const spawner = z.custom<SpawnerPlugin>(
  (value) => isRecord(value) && typeof value.name === 'string' && typeof value.open === 'function',
  {
    message: 'a spawner is what a factory returns: dockerSpawner({ … }) imported from carrel/spawners/docker',
    abort: false,
  },
)

export const authenticator = z.custom<Authenticator>(
  (value) =>
    isRecord(value) &&
    typeof value.name === 'string' &&
    ['password', 'redirect', 'header', 'launch', 'temporary'].includes(String(value.kind)) &&
    (value.kind !== 'header' || (Array.isArray(value.from) && Array.isArray(value.headers))) &&
    (value.kind !== 'launch' || (Array.isArray(value.pages) && Array.isArray(value.courses))),
  {
    message: 'an authenticator is what a factory returns: temporary() imported from carrel/authenticators/temporary',
    abort: false,
  },
)
