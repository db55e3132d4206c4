import type { Catalogue } from './catalogue.ts'
import { frenchAdmin } from './french/admin.ts'
import { frenchAnnouncements } from './french/announcements.ts'
import { frenchCourseSettings } from './french/course-settings.ts'
import { frenchCourses } from './french/courses.ts'
import { frenchFiles } from './french/files.ts'
import { frenchLaunch } from './french/launch.ts'
import { frenchNotebooks } from './french/notebooks.ts'
import { frenchPages } from './french/pages.ts'
import { frenchPeople } from './french/people.ts'
import { frenchProxy } from './french/proxy.ts'
import { frenchRepositories } from './french/repositories.ts'
import { frenchRequests } from './french/requests.ts'
import { frenchRoster } from './french/roster.ts'
import { frenchStaff } from './french/staff.ts'
import { frenchStrip } from './french/strip.ts'
import type { Language } from './language.ts'
import { unbroken } from './unbroken.ts'

/** The texts of each language. English needs none: it stands in the code. */
export const catalogues: Readonly<Record<Language, Catalogue>> = {
  en: {},
  fr: unbroken({
    ...frenchAdmin,
    ...frenchAnnouncements,
    ...frenchCourseSettings,
    ...frenchCourses,
    ...frenchFiles,
    ...frenchLaunch,
    ...frenchNotebooks,
    ...frenchPages,
    ...frenchPeople,
    ...frenchProxy,
    ...frenchRepositories,
    ...frenchRequests,
    ...frenchRoster,
    ...frenchStaff,
    ...frenchStrip,
  }),
}
