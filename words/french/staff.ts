import type { Catalogue } from '../catalogue.ts'

/** Texts of pages for the staff of courses. */
export const frenchStaff: Catalogue = {
  'You look after this course, and can see why: {0}': 'Vous vous occupez de ce cours et pouvez voir pourquoi : {0}',
}
