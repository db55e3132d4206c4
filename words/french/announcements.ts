import type { Catalogue } from '../catalogue.ts'

/** Texts of the pages on which admins and staff announce something. */
export const frenchAnnouncements: Catalogue = {
  'is a time like 2026-12-01T14:00:00Z': 'doit être une date comme 2026-12-01T14:00:00Z',
  'is empty': 'est vide',
  'has more than 500 characters': 'a plus de 500 caractères',
  'has characters that are none of a text': 'contient des caractères qui ne sont pas du texte',
  'comes before it begins': 'vient avant le début',
  'The end is over already.': 'La fin est déjà passée.',
  'There are {0} already. Remove one that is not needed any more.':
    'Il y en a déjà {0}. Supprimez-en une qui ne sert plus.',
  'There is no such announcement any more.': 'Cette annonce n’existe plus.',
  'The announcements of a course are for the people who look after the course.':
    'Les annonces d’un cours sont réservées aux personnes qui s’occupent du cours.',
  It: 'Cela',
  'It is announced.': 'L’annonce est publiée.',
  'The announcement is removed.': 'L’annonce est supprimée.',
  'The text': 'Le texte',
  'The kind': 'Le genre',
  'The beginning': 'Le début',
  'The end': 'La fin',
  'An announcement stands on every page of this site, and in the line above notebooks. People see it within a minute or two, without a restart.':
    'Une annonce figure sur toutes les pages de ce site, et dans le bandeau au-dessus des notebooks. On la voit en une minute ou deux, sans redémarrage.',
  'An announcement stands on the pages that open {0}, and in the line above notebooks. People see it within a minute or two, without a restart.':
    'Une annonce figure sur les pages qui ouvrent {0}, et dans le bandeau au-dessus des notebooks. On la voit en une minute ou deux, sans redémarrage.',
  'Announcements of {0}': 'Annonces de {0}',
  'There is none. Write one below.': 'Il n’y en a pas. Écrivez-en une ci-dessous.',
  'Another one': 'Nouvelle annonce',
  'Up to 500 characters. Addresses that begin with https:// become links.':
    '500 caractères au plus. Les adresses qui commencent par https:// deviennent des liens.',
  Kind: 'Genre',
  'To know': 'Information',
  Important: 'Important',
  'From ({0}; empty: at once)': 'Du ({0} ; vide : aussitôt)',
  'Until ({0}; empty: until it is removed)': 'Jusqu’au ({0} ; vide : jusqu’à sa suppression)',
  'Announce it': 'Publier l’annonce',
  'until it is removed': 'jusqu’à sa suppression',
  'until {0}': 'jusqu’au {0}',
  'from {0} until it is removed': 'du {0} jusqu’à sa suppression',
  'from {0} until {1}': 'du {0} au {1}',
}
