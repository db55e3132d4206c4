import type { Catalogue } from '../catalogue.ts'

/** Texts of the strip above a notebook, and of the line above that of another person. */
export const frenchStrip: Catalogue = {
  'Newer version': 'Nouvelle version',
  Newer: 'Nouveau',
  Menu: 'Menu',
  Versions: 'Versions',
  Reset: 'Réinitialiser',
  'Share a copy': 'Partager une copie',
  'Open in a tab': 'Ouvrir dans un onglet',
  'Full height': 'Pleine hauteur',
  'Your server is about to stop': 'Votre serveur va s’arrêter',
  'Keep my server': 'Garder mon serveur',
  'Save now': 'Enregistrer maintenant',
  Message: 'Message',
  OK: 'OK',
  'Show the course’s line': 'Afficher le bandeau du cours',
  'version {0}': 'version {0}',
  Saved: 'Enregistré',
  'Not saved': 'Non enregistré',
  'Memory {0}': 'Mémoire {0}',
  'One moment …': 'Un instant …',
  Cancel: 'Annuler',
  'Carrel does not answer at the moment. Your notebook goes on; try this again a little later.':
    'Carrel ne répond pas pour le moment. Votre notebook continue ; réessayez un peu plus tard.',
  'Carrel gave an answer that this page does not understand. Save your notebook, then reload the page.':
    'Carrel a donné une réponse que cette page ne comprend pas. Enregistrez votre notebook, puis rechargez la page.',

  'Take the course’s notebook again?': 'Reprendre le notebook du cours ?',
  'You get {0} as the course has it now. What you have is kept, and you find it under “Versions”.':
    'Vous obtenez {0} tel que le cours le donne maintenant. Ce que vous avez est gardé, et vous le retrouvez sous « Versions ».',
  'Take it again': 'Le reprendre',
  'This is the course’s notebook. Yours is kept as a version.':
    'Voici le notebook du cours. Le vôtre est gardé comme version.',
  'Nothing was changed, because your notebook could not be saved first. Look whether it asks something, save it, then try again.':
    'Rien n’a été changé, car votre notebook n’a pas pu être enregistré d’abord. Regardez s’il demande quelque chose, enregistrez-le, puis réessayez.',
  'Save your notebook first: this page cannot see whether it is saved, and shows it anew.':
    'Enregistrez d’abord votre notebook : cette page ne peut pas voir s’il est enregistré, et elle le recharge.',
  'The file is replaced, but you have typed meanwhile, so the editor still has your text. To keep that too, copy it; then use “Reload from Disk” in the menu File.':
    'Le fichier est remplacé, mais vous avez écrit entre-temps, et l’éditeur a encore votre texte. Pour le garder aussi, copiez-le ; utilisez ensuite « Reload from Disk » dans le menu File.',
  'The file is replaced, but the editor does not show it yet. Use “Reload from Disk” in the menu File.':
    'Le fichier est remplacé, mais l’éditeur ne le montre pas encore. Utilisez « Reload from Disk » dans le menu File.',

  'Your server has stopped. What was saved is kept.':
    'Votre serveur s’est arrêté. Ce qui était enregistré est conservé.',
  'Your server has stopped. What was saved is kept. Text that is not saved is still in the notebook below: copy it before you go on.':
    'Votre serveur s’est arrêté. Ce qui était enregistré est conservé. Le texte qui n’est pas enregistré est encore dans le notebook ci-dessous : copiez-le avant de continuer.',
  'Your server {0}.': 'Votre serveur {0}.',
  'Your server {0}. Save your work, and download what you need elsewhere.':
    'Votre serveur {0}. Enregistrez votre travail, et téléchargez ce dont vous avez besoin ailleurs.',
  'may stop at any moment': 'peut s’arrêter à tout moment',
  'stops in {0}': 's’arrête dans {0}',
  '{0} because no notebook server runs longer than {1} here': '{0} car un serveur fonctionne ici {1} au plus',
  '{0} if nothing happens until then': '{0} si rien ne se passe d’ici là',
  '{0} because nothing has happened for {1}': '{0} car il ne s’y passe rien depuis {1}',
  'a minute': 'une minute',
  'an hour': 'une heure',
  '{0} and {1}': '{0} et {1}',
  'In {0}': 'Dans {0}',
  Now: 'Maintenant',
  '{0} min': '{0} min',
  'Your server goes on.': 'Votre serveur continue.',
  'Your server goes on, for {0} at least.': 'Votre serveur continue, pendant au moins {0}.',
  'Your work is saved, as far as the notebook says.': 'Votre travail est enregistré, d’après le notebook.',

  'This notebook is yours. It is saved in your server of this course, and waits there when you come back.':
    'Ce notebook est à vous. Il est enregistré sur votre serveur de ce cours, et vous y attend quand vous revenez.',
  'If it hangs, restart the kernel in its menu, or the whole server by “Restart”.':
    'S’il est bloqué, redémarrez le noyau dans son menu, ou tout le serveur avec « Redémarrer ».',
  '“Reset” gives you the course’s notebook again. What you had is kept under “Versions”.':
    '« Réinitialiser » vous redonne le notebook du cours. Ce que vous aviez est gardé sous « Versions ».',
  Version: 'Version',
  'Time left': 'Temps restant',
  '{0}. Your server {1}.': '{0}. Votre serveur {1}.',
  'Ask: {0}': 'Pour toute question : {0}',
  'Help of this site': 'Aide de ce site',
  'Tell a support code to those who help you, so that they find your server.':
    'Donnez un code d’assistance à ceux qui vous aident, pour qu’ils trouvent votre serveur.',
  'Show my support code': 'Afficher mon code d’assistance',
  'Your support code is {0}. It is good until {1}.': 'Votre code d’assistance est {0}. Il est valable jusqu’au {1}.',

  'You have the course’s newer version of this notebook now. What you had is kept as a version.':
    'Vous avez maintenant la nouvelle version de ce notebook du cours. Ce que vous aviez est gardé comme version.',
  'A newer version of {0}': 'Une nouvelle version de {0}',
  'Decide later': 'Décider plus tard',
  'The course has a newer version of this notebook. Whatever you take, what you have now is kept as a version.':
    'Le cours a une nouvelle version de ce notebook. Quel que soit votre choix, ce que vous avez maintenant est gardé comme version.',
  'The course has a newer version of this notebook, and you have changed yours. Whatever you take, what you have now is kept as a version.':
    'Le cours a une nouvelle version de ce notebook, et vous avez modifié le vôtre. Quel que soit votre choix, ce que vous avez maintenant est gardé comme version.',
  'What has changed': 'Ce qui a changé',
  'No cell has another text. What is new is in what the file says of itself, such as its version.':
    'Le texte des cellules est le même. Ce qui est nouveau se trouve dans ce que le fichier dit de lui-même, comme sa version.',
  'And {0} more cell.': 'Et {0} autre cellule.',
  'And {0} more cells.': 'Et {0} autres cellules.',
  '{0} cell was changed by you and by the course. Merged, your notebook has both, with a note above them.':
    '{0} cellule a été modifiée par vous et par le cours. Après la fusion, votre notebook contient les deux, avec une note au-dessus.',
  '{0} cells were changed by you and by the course. Merged, your notebook has both, with a note above them.':
    '{0} cellules ont été modifiées par vous et par le cours. Après la fusion, votre notebook contient les deux, avec une note au-dessus.',
  'Merge it into mine': 'La fusionner avec le mien',
  'The new version is merged into your notebook.': 'La nouvelle version est fusionnée avec votre notebook.',
  'Take the course’s': 'Prendre celui du cours',
  'You have the course’s new version. Yours is kept as a version.':
    'Vous avez la nouvelle version du cours. Votre notebook est gardé comme version.',
  'Stay with mine': 'Garder le mien',
  'You stay with your notebook. You find the new version again under “Versions”.':
    'Vous gardez votre notebook. Vous retrouverez la nouvelle version sous « Versions ».',
  'Both of you have changed this cell, each in another way':
    'Le cours et vous avez modifié cette cellule, chacun à sa façon',
  'You have added a cell': 'Vous avez ajouté une cellule',
  'You have removed a cell': 'Vous avez supprimé une cellule',
  'You have changed a cell': 'Vous avez modifié une cellule',
  'You have moved a cell': 'Vous avez déplacé une cellule',
  'The course has added a cell': 'Le cours a ajouté une cellule',
  'The course has removed a cell': 'Le cours a supprimé une cellule',
  'The course has changed a cell': 'Le cours a modifié une cellule',
  'The course has moved a cell': 'Le cours a déplacé une cellule',
  'You and the course have added a cell': 'Le cours et vous avez ajouté une cellule',
  'You and the course have removed a cell': 'Le cours et vous avez supprimé une cellule',
  'You and the course have changed a cell': 'Le cours et vous avez modifié une cellule',
  'You and the course have moved a cell': 'Le cours et vous avez déplacé une cellule',
  Before: 'Avant',
  Yours: 'La vôtre',
  'The course’s': 'Celle du cours',

  'Show it now': 'L’afficher maintenant',
  'This is to read. Your notebook is opening.': 'Ceci est à lire. Votre notebook s’ouvre.',

  'Share a copy of {0}': 'Partager une copie de {0}',
  'Your notebook could not be saved, so nothing is shared. Look whether it asks something.':
    'Votre notebook n’a pas pu être enregistré, donc rien n’est partagé. Regardez s’il demande quelque chose.',
  'Shared until {0}. This is the link:': 'Partagé jusqu’au {0}. Voici le lien :',
  'Anyone who has the link can read the copy, without signing in: your text, your code and its outputs, as they are now.':
    'Toute personne qui a le lien peut lire la copie, sans se connecter : votre texte, votre code et ses résultats, tels qu’ils sont maintenant.',
  'What you change later is not in it, until you share again: the link stays the same.':
    'Ce que vous modifiez ensuite n’y figure pas, tant que vous ne partagez pas de nouveau : le lien reste le même.',
  'Save your notebook first: this page cannot see whether it is saved.':
    'Enregistrez d’abord votre notebook : cette page ne peut pas voir s’il est enregistré.',
  'a day': 'un jour',
  'a year': 'un an',
  'The link': 'Le lien',
  'Copied.': 'Copié.',
  'The link is selected: copy it with the keyboard.': 'Le lien est sélectionné : copiez-le avec le clavier.',
  'All that I share': 'Tout ce que je partage',

  'Versions of {0}': 'Versions de {0}',
  'There are none yet. When your notebook is replaced, what you had is kept here.':
    'Il n’y en a pas encore. Quand votre notebook est remplacé, ce que vous aviez est gardé ici.',
  'What you had before your notebook was replaced. Putting one back keeps what you have now.':
    'Ce que vous aviez avant que votre notebook ne soit remplacé. En remettre une garde aussi ce que vous avez maintenant.',
  'See what the course has changed': 'Voir ce que le cours a changé',
  'Look at it: version {0}': 'Regarder : version {0}',
  'Put it back': 'La remettre',
  'Put it back: version {0}': 'La remettre : version {0}',
  'Version {0} is back. What you had is kept as a version.':
    'La version {0} est remise. Ce que vous aviez est gardé comme version.',
  'Download version {0}': 'Télécharger la version {0}',
  'Version {0}': 'Version {0}',

  '{0} bytes': '{0} octets',
  '{0} kB': '{0} ko',
  '{0} MB': '{0} Mo',
  '{0} GB': '{0} Go',
  '{0} TB': '{0} To',
  '{0} out of {1}': '{0} sur {1}',

  'Notebook of another person': 'Notebook d’une autre personne',
  'You are in {0} notebook': 'Vous êtes dans le notebook {0}',
  'another person’s': 'd’une autre personne',
  '{0}’s': 'de {0}',
  '{0}’s:': '{0} :',
  'What you change and run here is done in that person’s files.':
    'Ce que vous changez et exécutez ici se fait dans les fichiers de cette personne.',
  Leave: 'Quitter',
  'The notebook {0}.': 'Le notebook {0}.',
}
