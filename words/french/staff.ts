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
  'Have the image fetched before learners come: {0}.': 'Faites récupérer l’image avant l’arrivée des apprenants : {0}.',
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
  'The notebook of {0} is being stopped.': 'Le notebook de {0} est en cours d’arrêt.',
  '{0} notebook of {1} is being stopped.': '{0} notebook de {1} est en cours d’arrêt.',
  '{0} notebooks of {1} are being stopped.': '{0} notebooks de {1} sont en cours d’arrêt.',
  '{0} spare is being stopped. Others take their places.':
    '{0} réserve est en cours d’arrêt. D’autres prennent sa place.',
  '{0} spares are being stopped. Others take their places.':
    '{0} réserves sont en cours d’arrêt. D’autres prennent leur place.',
  'The page of a course is for the people who look after the course.':
    'La page d’un cours est réservée aux personnes qui s’occupent du cours.',
  'The notebook of {0} is not running, or has just changed.':
    'Le notebook de {0} n’est pas en marche, ou vient de changer.',
  'Your course has no such notebook.': 'Votre cours n’a pas ce notebook.',
  'The files of {0} are removed in seven days. Until then you can keep them here.':
    'Les fichiers de {0} seront supprimés dans sept jours. D’ici là, vous pouvez les garder ici.',
  'The files of {0} stay.': 'Les fichiers de {0} restent.',
  'Learners of this course have one place for the files of all their courses. The people who run this site look after it.':
    'Les apprenants de ce cours ont un seul espace pour les fichiers de tous leurs cours. Les personnes qui gèrent ce site s’en occupent.',
  'Show the notebooks of the course': 'Afficher les notebooks du cours',
  'Your course has no such files any more.': 'Votre cours n’a plus ces fichiers.',
  'Show the files of learners': 'Afficher les fichiers des apprenants',
  'Support codes are for the people who look after courses.':
    'Les codes d’assistance sont réservés aux personnes qui s’occupent de cours.',
  'To be removed': 'À supprimer',
  'Files of learners in {0}': 'Fichiers des apprenants dans {0}',
  '{0} to {1} of {2}, those first that were used longest ago':
    '{0} à {1} sur {2}, en commençant par ceux utilisés il y a le plus longtemps',
  'This course keeps no files any more. What learners have kept before is still here.':
    'Ce cours ne garde plus de fichiers. Ce que les apprenants ont gardé auparavant est encore là.',
  'What learners save in {0} stays when their notebooks stop.':
    'Ce que les apprenants enregistrent dans {0} reste quand leurs notebooks s’arrêtent.',
  'Each of them may keep {0}.': 'Chacun peut garder {0}.',
  'Files that nobody has used for {0} are removed seven days later, unless they are kept here or their owner opens the course.':
    'Les fichiers que personne n’a utilisés pendant {0} sont supprimés sept jours plus tard, sauf s’ils sont gardés ici ou si leur propriétaire ouvre le cours.',
  'Show all files': 'Afficher tous les fichiers',
  'No owner named like “{0}” has files in this list. {1}':
    'Aucun propriétaire du nom de « {0} » n’a de fichiers dans cette liste. {1}',
  'No files are to be removed. {0}': 'Aucun fichier n’est à supprimer. {0}',
  'No learner has files here yet. They are there once a learner opens the course.':
    'Aucun apprenant n’a encore de fichiers ici. Il y en aura dès qu’un apprenant ouvrira le cours.',
  'the files of {0}': 'les fichiers de {0}',
  Keep: 'Garder',
  'These files are being removed.': 'Ces fichiers sont en cours de suppression.',
  'These files have lost their record. An operator can give it back: {0}':
    'Ces fichiers ont perdu leur fiche. Un opérateur peut la leur rendre : {0}',
  'To be removed on {0}': 'À supprimer le {0}',
  'Remove the files of {0} in {1}?': 'Supprimer les fichiers de {0} dans {1} ?',
  'All files that {0} has kept in this course go in seven days. Last used {1}, {2}.':
    'Tous les fichiers que {0} a gardés dans ce cours disparaîtront dans sept jours. Dernière utilisation {1}, {2}.',
  'Until then you can keep them on the page before this one, and {0} keeps them by opening the course. Afterwards nothing brings them back.':
    'D’ici là, vous pouvez les garder sur la page précédente, et {0} les garde en ouvrant le cours. Ensuite, rien ne les ramène.',
  'The account stays, and so do files in other courses. The owner is not asked.':
    'Le compte reste, de même que les fichiers des autres cours. Le propriétaire n’est pas consulté.',
  'Remove in seven days': 'Supprimer dans sept jours',
  'Keep the files': 'Garder les fichiers',
  'size not known yet': 'taille pas encore connue',
  '{0} before that': '{0} avant cela',
  '{0} of {1} wait for learners': '{0} sur {1} attendent des apprenants',
  '{0}, the oldest made ready {1}': '{0}, la plus ancienne prête {1}',
  '{0}; {1} on the way.': '{0} ; {1} en préparation.',
  'Spares: {0}': 'Réserves : {0}',
  'Starts that have found one: {0}. Starts that have found none: {1}. Starts with other settings than spares have: {2}.':
    'Démarrages qui en ont trouvé une : {0}. Démarrages qui n’en ont pas trouvé : {1}. Démarrages avec d’autres réglages que ceux des réserves : {2}.',
  'To have them start anew, such as after a change of an image that keeps its name, replace them. Learners who click meanwhile wait for a start.':
    'Remplacez-les pour qu’elles redémarrent, par exemple quand une image a changé sans changer de nom. Les apprenants qui cliquent entre-temps attendent un démarrage.',
  'Replace the spares': 'Remplacer les réserves',
  'of this course': 'de ce cours',
  'Spares do not start. {0} starts in a row have failed, the last {1}, and the hub tries again less and less often: {2}':
    'Les réserves ne démarrent pas. Démarrages échoués de suite : {0}, le dernier {1} ; le hub réessaie de moins en moins souvent : {2}',
  'Support code {0}': 'Code d’assistance {0}',
  'A learner reads her code above the notebook, behind “Help”. It names her server, and tells nothing to others.':
    'L’apprenant lit son code au-dessus du notebook, derrière « Aide ». Ce code désigne son serveur, et ne dit rien aux autres.',
  'Support code': 'Code d’assistance',
  'Look up': 'Chercher',
  End: 'Fin prévue',
  Server: 'Serveur',
  'holds until {0}': 'valable jusqu’au {0}',
  'Last failure: {0}': 'Dernier échec : {0}',
  'Show it in the list, to open or stop it': 'L’afficher dans la liste, pour l’ouvrir ou l’arrêter',
  'At the moment': 'En ce moment',
}
