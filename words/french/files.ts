import type { Catalogue } from '../catalogue.ts'

/** Texts about learners’ files: their homes, and their copies of notebooks. */
export const frenchFiles: Catalogue = {
  '"{0}" is not replaced by the course’s. {1}': '« {0} » n’est pas remplacé par celui du cours. {1}',
  '"{0}" has not got its earlier version back. {1}': '« {0} » n’a pas retrouvé sa version précédente. {1}',
  'They cannot be compared or merged here, because they are too large. Clear the outputs of yours and save it, and look again.':
    'Ils ne peuvent pas être comparés ni fusionnés ici, car ils sont trop grands. Effacez les résultats du vôtre, enregistrez-le, et regardez de nouveau.',
  'They cannot be merged, because a file of this kind cannot hold all cells of both as they are. Take the course’s, and copy what you need from your version.':
    'Ils ne peuvent pas être fusionnés, car un fichier de ce type ne peut pas contenir toutes les cellules des deux telles quelles. Prenez celui du cours, et copiez ce qu’il vous faut de votre version.',
  'They cannot be merged, because your notebook cannot be read: {0}.':
    'Ils ne peuvent pas être fusionnés, car votre notebook ne peut pas être lu : {0}.',
  'They cannot be merged, because the course’s notebook cannot be read: {0}.':
    'Ils ne peuvent pas être fusionnés, car le notebook du cours ne peut pas être lu : {0}.',
  'They cannot be merged, because the notebook of which yours was made cannot be read: {0}.':
    'Ils ne peuvent pas être fusionnés, car le notebook à partir duquel le vôtre a été fait ne peut pas être lu : {0}.',
  'This notebook was not made of one of the course.': 'Ce notebook n’a pas été fait à partir d’un notebook du cours.',
  'The course has no newer version of this notebook than yours.':
    'Le cours n’a pas de version de ce notebook plus récente que la vôtre.',
  'Your server has no file of this name any more. Open the notebook again.':
    'Votre serveur n’a plus de fichier de ce nom. Rouvrez le notebook.',
  'Your notebook server did not hand out the notebook. Try once more.':
    'Votre serveur n’a pas remis le notebook. Essayez encore une fois.',
  'This notebook cannot be shown before it is open. Wait a moment.':
    'Ce notebook ne peut pas être affiché avant d’être ouvert. Attendez un instant.',
  'Its user has the page open and was not warned yet; nothing was stopped.':
    'Son utilisateur a la page ouverte et n’a pas encore été averti ; rien n’a été arrêté.',

  '{0} has never signed in, so nobody knows yet whose files these would be. The notebook can start once {1} has.':
    '{0} ne s’est jamais connecté, donc on ne sait pas encore à qui seraient ces fichiers. Le notebook pourra démarrer après la première connexion de {1}.',
  'Your earlier files of this course are being removed just now, as it was decided some time ago. Try again in a minute.':
    'Vos anciens fichiers de ce cours sont en cours de suppression, comme décidé il y a quelque temps. Réessayez dans une minute.',
  'Several sets of your files were found, and no record of which is the right one. Ask your teacher for help.':
    'Plusieurs ensembles de vos fichiers ont été trouvés, et rien ne dit lequel est le bon. Demandez de l’aide à votre enseignant.',
  'The course {0} gives no homes.': 'Le cours {0} ne donne pas d’espaces de fichiers.',
  'No course whose image is there has the home {0}. Say which course’s image is to do it: --course COURSE.':
    'Aucun cours dont l’image est présente n’a l’espace de fichiers {0}. Dites l’image de quel cours doit le faire : --course COURSE.',
  'The home {0} has lost its row. Adopt it first.':
    'L’espace de fichiers {0} a perdu son enregistrement. Adoptez-le d’abord.',
  'A notebook has these files open. Stop it first.': 'Un notebook a ces fichiers ouverts. Arrêtez-le d’abord.',
  'An errand has these files ({0}). Wait for its end.': 'Une tâche utilise ces fichiers ({0}). Attendez sa fin.',
  'An errand has these files. Wait for its end.': 'Une tâche utilise ces fichiers. Attendez sa fin.',
  'The {0} spawner runs no errands.': 'Le spawner {0} n’exécute pas de tâches.',
  'This account has the home {0} in this course. Remove that one first, or import what the other one holds.':
    'Ce compte a l’espace de fichiers {0} dans ce cours. Supprimez d’abord celui-là, ou importez ce que contient l’autre.',
  'The home {0} is not lost: it belongs to {1}. Only one that was found without its record can be adopted, or with --for one that nothing uses and whose account was removed.':
    'L’espace de fichiers {0} n’est pas perdu : il appartient à {1}. Seul un espace trouvé sans son enregistrement peut être adopté, ou, avec --for, un espace que rien n’utilise et dont le compte a été supprimé.',
  'an account': 'un compte',
  'Nothing has this home.': 'Rien n’utilise cet espace de fichiers.',
  'Its files are being copied. Wait for the end of that.':
    'Ses fichiers sont en cours de copie. Attendez qu’elle soit terminée.',
  'A notebook uses it. Stop that first.': 'Un notebook l’utilise. Arrêtez-le d’abord.',
  'These files have been used meanwhile, so they stay.': 'Ces fichiers ont été utilisés entre-temps, donc ils restent.',
  'This home is not going to be removed, or is gone.':
    'Cet espace de fichiers ne va pas être supprimé, ou n’existe plus.',
  'There is no home {0}.': 'Il n’y a pas d’espace de fichiers {0}.',
  'Its files are being copied or measured. Stop that first, or wait for its end.':
    'Ses fichiers sont en cours de copie ou de mesure. Arrêtez d’abord cela, ou attendez la fin.',
  'A notebook uses it. Stop that first, or wait for its end.':
    'Un notebook l’utilise. Arrêtez-le d’abord, ou attendez sa fin.',
  'The {0} spawner keeps no homes.': 'Le spawner {0} ne garde pas d’espaces de fichiers.',
}
