import type { Catalogue } from '../catalogue.ts'

/** Texts of pages for the staff of courses. */
export const frenchStaff: Catalogue = {
  'You look after this course, and can see why: {0}': 'Vous vous occupez de ce cours et pouvez voir pourquoi : {0}',
  'A function of this site’s config has failed. Tell the people who run it, with the reference.':
    'Une fonction de la configuration de ce site a échoué. Prévenez les personnes qui le gèrent, avec la référence.',
  'A rule of this site has refused it. The people who run this site know which.':
    'Une règle de ce site l’a refusé. Les personnes qui gèrent ce site savent laquelle.',
  All: 'Tous',
  'Before that: {0}': 'Avant cela : {0}',
  'Details for staff': 'Détails pour l’équipe',
  Ended: 'Fin',
  'Files of learners': 'Fichiers des apprenants',
  'Give the course more memory (limits.memory), or have learners work with less data at a time.':
    'Donnez plus de mémoire au cours (limits.memory), ou faites travailler les apprenants avec moins de données à la fois.',
  'Have the image fetched before learners come: {0}': 'Faites récupérer l’image avant l’arrivée des apprenants : {0}',
  'How often': 'Fréquence',
  'Image {0}': 'Image {0}',
  'Image {0}, which is not the one of the course any more': 'Image {0}, qui n’est plus celle du cours',
  'Images of courses': 'Images des cours',
  'It has printed nothing.': 'Il n’a rien affiché.',
  'It was there and answered nothing. As a rule its machine had too much to do. Tell the people who run this site if it comes again.':
    'Il était là et ne répondait plus. En général, sa machine avait trop à faire. Si cela se reproduit, prévenez les personnes qui gèrent ce site.',
  'Its last lines could not be read, or were not to be kept.':
    'Ses dernières lignes n’ont pas pu être lues, ou ne devaient pas être gardées.',
  'Its owner is told when you open it.': 'Son propriétaire en est informé quand vous l’ouvrez.',
  'Its program began and was not up in time. Read its last lines: it may wait for something, or need more time (startTimeoutSeconds).':
    'Son programme a commencé et n’a pas été prêt à temps. Lisez ses dernières lignes : il attend peut-être quelque chose, ou a besoin de plus de temps (startTimeoutSeconds).',
  'Keep them running': 'Les laisser tourner',
  'Last active': 'Dernière activité',
  'Last lines': 'Dernières lignes',
  'Last lines and details': 'Dernières lignes et détails',
  Learner: 'Apprenant',
  Made: 'Créé',
  'Make room: a learner’s files have grown to what they may take, or the disk behind them is full.':
    'Faites de la place : les fichiers d’un apprenant ont atteint leur limite, ou le disque qui les porte est plein.',
  'No learner has opened this course yet.': 'Aucun apprenant n’a encore ouvert ce cours.',
  'No notebook is stopped.': 'Aucun notebook n’est arrêté.',
  'No notebook of the course was opened yet.': 'Aucun notebook du cours n’a encore été ouvert.',
  'No notebook of this course has ended yet.': 'Aucun notebook de ce cours ne s’est encore arrêté.',
  'No owner named like “{0}” has a notebook in this list. {1}':
    'Aucun propriétaire du nom de « {0} » n’a de notebook dans cette liste. {1}',
  'No past start is like this. {0}': 'Aucun démarrage passé ne correspond. {0}',
  'None has ended yet.': 'Aucun ne s’est encore terminé.',
  Notebook: 'Notebook',
  'Notebooks of the course that the learner has': 'Notebooks du cours que l’apprenant possède',
  'Notebooks of {0}': 'Notebooks de {0}',
  'Notebooks that were started and have ended, the last one first.':
    'Notebooks qui ont été démarrés et se sont terminés, le dernier en premier.',
  'Nothing has stopped after a problem.': 'Rien ne s’est arrêté après un problème.',
  'Nothing is running here, and nothing has stopped after a problem.':
    'Rien ne tourne ici, et rien ne s’est arrêté après un problème.',
  'Nothing is running here.': 'Rien ne tourne ici.',
  'Of {0}.': 'De {0}.',
  'Only those with one reason are shown. {0}': 'Seuls ceux d’une même cause sont affichés. {0}',
  'Open now': 'Ouvert en ce moment',
  'Owner’s name contains': 'Le nom du propriétaire contient',
  'Pages of the course': 'Pages du cours',
  'Past starts': 'Démarrages passés',
  'Past starts of the course': 'Démarrages passés du cours',
  'Past starts of {0}': 'Démarrages passés de {0}',
  'Problems of the last {0}': 'Problèmes des derniers {0}',
  'Ran for': 'Durée',
  'Read its last lines. As a rule a package is missing in the image, or a file of the course is wrong.':
    'Lisez ses dernières lignes. En général, il manque un paquet dans l’image, ou un fichier du cours est erroné.',
  'Read the details of one of them.': 'Lisez les détails de l’un d’eux.',
  'Read the details of one of them: they say what the engine answered.':
    'Lisez les détails de l’un d’eux : ils disent ce que le moteur a répondu.',
  'Reasons for which notebooks have failed': 'Causes pour lesquelles des notebooks ont échoué',
  Running: 'En marche',
  'Running, or with a problem': 'En marche, ou avec un problème',
  Show: 'Afficher',
  'Show all notebooks of the course': 'Afficher tous les notebooks du cours',
  'Show all past starts': 'Afficher tous les démarrages passés',
  'Show those with any': 'Afficher ceux de toutes les causes',
  'Something other than Carrel has removed it, such as a machine that went away. Tell the people who run this site if it comes again.':
    'Autre chose que Carrel l’a supprimé, comme une machine qui a disparu. Si cela se reproduit, prévenez les personnes qui gèrent ce site.',
  State: 'État',
  'Stop the chosen ones': 'Arrêter ceux qui sont choisis',
  'Stop them': 'Les arrêter',
  'Stop them, and lose the files': 'Les arrêter, et perdre les fichiers',
  'Stop {0} of {1}?': 'Arrêter {0} de {1} ?',
  Stopped: 'Arrêté',
  'Stopped after a problem': 'Arrêté après un problème',
  'Stopped by {0}': 'Arrêté par {0}',
  'That never started': 'Qui n’ont jamais démarré',
  'That were ready': 'Qui ont été prêts',
  'The start was refused.': 'Le démarrage a été refusé.',
  'The image of this course is missing, so that the next learner waits until it is fetched. {0}':
    'L’image de ce cours manque : le prochain apprenant attendra qu’elle soit récupérée. {0}',
  'The last {0} of {1}. {2}': 'Les {0} derniers sur {1}. {2}',
  'Their owners are not asked.': 'Leurs propriétaires ne sont pas consultés.',
  'They are kept for {0}, with the last lines that each notebook’s program has printed.':
    'Ils sont gardés {0}, avec les dernières lignes que le programme de chaque notebook a affichées.',
  'This is a fault of Carrel’s. Tell the people who run this site, with the reference.':
    'C’est une erreur de Carrel. Prévenez les personnes qui gèrent ce site, avec la référence.',
  'This link opens it: {0}': 'Ce lien l’ouvre : {0}',
  'This site keeps nothing of them.': 'Ce site n’en garde rien.',
  'Told to its owner {0}: {1}': 'Dit à son propriétaire {0} : {1}',
  'Try it yourself': 'Essayez vous-même',
  'Until something is changed, every start ends like this.':
    'Tant que rien n’est changé, chaque démarrage finit ainsi.',
  'What happened': 'Ce qui s’est passé',
  'What is known': 'Ce que l’on sait',
  'What is running in them ends. All files in them are gone for good, the saved ones too.':
    'Ce qui y tourne s’arrête. Tous leurs fichiers sont perdus pour de bon, même ceux qui sont enregistrés.',
  'What is running in them ends. All files of {0} are gone for good, the saved ones too. The saved files of the others stay.':
    'Ce qui y tourne s’arrête. Tous les fichiers de {0} sont perdus pour de bon, même ceux qui sont enregistrés. Les fichiers enregistrés des autres restent.',
  'What is running in them ends. What is not saved is lost. The saved files stay.':
    'Ce qui y tourne s’arrête. Ce qui n’est pas enregistré est perdu. Les fichiers enregistrés restent.',
  'What to do': 'Que faire',
  Which: 'Lesquels',
  'With a problem': 'Avec un problème',
  'You are staff of this course. Its notebooks are open to their owners only, since they show files of other courses too.':
    'Vous êtes de l’équipe de ce cours. Ses notebooks ne sont ouverts qu’à leurs propriétaires, car ils montrent aussi des fichiers d’autres cours.',
  'You are staff of this course. Opening a learner’s notebook is noted down, and its owner is told.':
    'Vous êtes de l’équipe de ce cours. L’ouverture du notebook d’un apprenant est notée, et son propriétaire en est informé.',
  'asked for {0}': 'demandé {0}',
  'changed by the learner': 'modifié par l’apprenant',
  'changed by the learner; the course has a newer one': 'modifié par l’apprenant ; le cours en a un plus récent',
  'did not start': 'n’a pas démarré',
  'ended after a problem': 'terminé après un problème',
  'ended {0}': 'terminé {0}',
  'never ready': 'jamais prêt',
  'of those where: {0}': 'de ceux où : {0}',
  'of {0}': 'de {0}',
  'started {0}': 'démarré {0}',
  'stopped when idle': 'arrêté pour inactivité',
  'the course has a newer one': 'le cours en a un plus récent',
  'the last of {0}': 'la dernière du {0}',
  'the notebook of {0}': 'le notebook de {0}',
  '{0} in {1}': '{0} dans {1}',
  '{0} to {1} of {2}': '{0} à {1} sur {2}',
  '{0}, last {1}': '{0}, le dernier {1}',
  '{0}: this opens a notebook of your own in the course, as learners open theirs.':
    '{0} : cela ouvre un notebook à vous dans le cours, comme les apprenants ouvrent le leur.',
}
