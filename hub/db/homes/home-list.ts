import type { Knex } from 'knex'
import { learnerPrefix } from '../../../net/machine/account-names.ts'
import type { Database } from '../dialect.ts'
import { likeForStaff, likeOf, nameForStaff } from '../users.ts'
import { type Home, type HomeRow, type HomeState, toHome } from './homes.ts'

export interface HomeFilter {
  /** `removing`: those that are to be removed; else as `HomeState` says. Default: all. */
  state?: HomeState | 'removing'
  course?: string
  account?: string
  /** Only homes that nobody has used since this time. */
  usedBefore?: number
  /** Part of the user's name or of the account's key, in any case. */
  search?: string
  /** Part of the user's name as staff know it, in any case. */
  searchOfStaff?: string
  offset: number
  limit: number
}

/** Returns one page of the homes, those that were used longest ago first, and how many there are in all. */
export async function listHomes(db: Database, filter: HomeFilter): Promise<{ total: number; homes: Home[] }> {
  const { state, course, account, usedBefore, search = '', searchOfStaff = '', offset, limit } = filter
  const matching = () => {
    const query = db('homes')
    if (state === 'removing') query.whereNotNull('remove_at')
    else if (state !== undefined) query.where({ state })
    if (course !== undefined) query.where({ course })
    if (account !== undefined) query.where({ account })
    if (usedBefore !== undefined) query.where('last_used', '<', usedBefore)
    const pattern = likeOf(search)
    if (search !== '')
      query.whereRaw("(lower(name) like ? escape '\\' or lower(account) like ? escape '\\')", [pattern, pattern])
    if (searchOfStaff !== '') query.where((row) => ofOwnerForStaff(row, db, searchOfStaff))
    return query
  }
  const [counted] = await matching().count({ count: '*' })
  const rows: HomeRow[] = await matching().orderBy('last_used').orderBy('id').offset(offset).limit(limit)
  return { total: Number(counted?.count), homes: rows.map(toHome) }
}

/** Asks for homes whose owners staff know by such a name. The names of an LMS's learners are not for staff. */
function ofOwnerForStaff(row: Knex.QueryBuilder, db: Database, search: string): void {
  const learners = db('users').whereRaw('users.name = homes.name').where({ kind: 'learner' })
  row
    .whereRaw("lower(name) like ? escape '\\' and lower(name) not like ?", [likeOf(search), `${learnerPrefix}%`])
    .orWhereExists(learners.whereRaw(`${nameForStaff} like ? escape '\\'`, [likeForStaff(search)]))
}
