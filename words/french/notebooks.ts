import type { Catalogue } from '../catalogue.ts'

/** Texts about learners' own notebooks: choices, files, versions, guests. */
export const frenchNotebooks: Catalogue = {
  'Earlier versions': 'Versions précédentes',
  'Delete all earlier versions of {0}?': 'Supprimer toutes les versions précédentes de {0} ?',
  '{0} They cannot be brought back. The notebook itself stays as it is.':
    '{0} Il n’y aura pas de retour possible. Le notebook lui-même reste tel quel.',
  'There is one.': 'Il y en a une.',
  'There are {0}.': 'Il y en a {0}.',
  'Delete them all': 'Les supprimer toutes',
  'Keep them': 'Les garder',
  'it is too large': 'sa taille est trop grande',
  'Delete an earlier version of {0}?': 'Supprimer une version précédente de {0} ?',
  'It cannot be brought back. The notebook itself, and its other versions, stay as they are.':
    'Il n’y aura pas de retour possible. Le notebook lui-même et ses autres versions restent tels quels.',
  'Delete this version': 'Supprimer cette version',
  'Keep it': 'La garder',
  'One answer is not right yet. The others are kept.':
    'Une réponse n’est pas encore correcte. Les autres sont gardées.',
  '{0} answers are not right yet. The others are kept.':
    '{0} réponses ne sont pas encore correctes. Les autres sont gardées.',
  '(may be left out)': '(facultatif)',
  '{0} is kept. Choose another file only to replace it.':
    '{0} est gardé. Ne choisissez un autre fichier que pour le remplacer.',
  'Up to {0}.': '{0} au plus.',
  'Up to {0}, with a name that ends in {1}.': '{0} au plus, avec un nom qui finit par {1}.',
  'Take this file away': 'Retirer ce fichier',
  'the notebooks of this course': 'des notebooks de ce cours',
  'This link asks for a fresh copy of {0}, in the place of yours.':
    'Ce lien demande une nouvelle copie à la place de la vôtre : {0}.',
  'That is not possible here: this site keeps your files and replaces none of them. You can open what you have. If you need the original beside it, ask your teacher for the file.':
    'Ce n’est pas possible ici : ce site garde vos fichiers et n’en remplace aucun. Vous pouvez ouvrir ce que vous avez. S’il vous faut l’original à côté, demandez le fichier à votre enseignant.',
  'Open what I have': 'Ouvrir ce que j’ai',
  'Here you get one only by starting over with all files of this course: {0}, in other notebooks too, and what runs there ends. Download first what you want to keep.':
    'Ici, vous n’en obtenez une qu’en recommençant avec tous les fichiers de ce cours : {0}, dans les autres notebooks aussi, et ce qui y tourne prend fin. Téléchargez d’abord ce que vous voulez garder.',
  'everything that you have written in {0} is deleted': 'tout ce que vous avez écrit dans {0} est supprimé',
  'Keep my files and open them': 'Garder mes fichiers et les ouvrir',
  'Delete everything and start over': 'Tout supprimer et recommencer',
  'This link asks for a fresh copy of "{0}" from the course, in the place of yours.':
    'Ce lien demande une nouvelle copie de « {0} » du cours, à la place de la vôtre.',
  'What you have now is kept as an earlier version, which you can download or put back: {0}. Save the notebook first where it is open in another tab.':
    'Ce que vous avez est gardé comme version précédente, que vous pourrez télécharger ou remettre : {0}. Enregistrez d’abord le notebook s’il est ouvert dans un autre onglet.',
  'A notebook is being stopped. Yours opens right after.':
    'Un notebook est en cours d’arrêt. Le vôtre s’ouvrira juste après.',
  '{0} Stop one to open this one.': '{0} Arrêtez-en un pour ouvrir celui-ci.',
  Open: 'Ouvrir',
  Stop: 'Arrêter',
  'What runs in a notebook that you stop ends; its saved files stay for the next time.':
    'Ce qui tourne dans un notebook que vous arrêtez prend fin ; ses fichiers enregistrés restent pour la prochaine fois.',
  'What runs in a notebook that you stop ends, and all files in it are deleted. Download first what you want to keep.':
    'Ce qui tourne dans un notebook que vous arrêtez prend fin, et tous ses fichiers sont supprimés. Téléchargez d’abord ce que vous voulez garder.',
  'What runs in a notebook that you stop ends, and all files of {0} are deleted. Download first what you want to keep.':
    'Ce qui tourne dans un notebook que vous arrêtez prend fin, et tous les fichiers de {0} sont supprimés. Téléchargez d’abord ce que vous voulez garder.',
  'You have {0} notebook open, which is the most at once.': 'Vous avez {0} notebook ouvert, le maximum à la fois.',
  'You have {0} notebooks open, and {1} is the most at once.':
    'Vous avez {0} notebooks ouverts, et le maximum à la fois est {1}.',
  'Take the fresh copy': 'Prendre la nouvelle copie',
  'You can change it whenever your notebook starts.': 'Vous pourrez le changer à chaque démarrage de votre notebook.',
  'You can change it later on {0}.': 'Vous pourrez le changer plus tard dans {0}.',
  'your list of notebooks': 'votre liste de notebooks',
  'Say what your notebook has. You are asked only once: your answers are kept for the next time.':
    'Dites ce que doit avoir votre notebook. La question n’est posée qu’une fois : vos réponses sont gardées pour la prochaine fois.',
  'Say what your notebook has. Your answers are kept for the next time.':
    'Dites ce que doit avoir votre notebook. Vos réponses sont gardées pour la prochaine fois.',
  'Choose what your notebook has. You are asked only once: your choice is kept for the next time.':
    'Choisissez ce que doit avoir votre notebook. La question n’est posée qu’une fois : votre choix est gardé pour la prochaine fois.',
  'Choose what your notebook has. Your choice is kept for the next time.':
    'Choisissez ce que doit avoir votre notebook. Votre choix est gardé pour la prochaine fois.',
  'What you had chosen before is not offered to you any more ({0}).':
    'Ce que vous aviez choisi ne vous est plus proposé ({0}).',
  'without it': 'sans cela',
  'with {0}': 'avec {0}',
  'You ask for {0}. Your notebook {1} {2} now, and only a restart changes that.':
    'Vous demandez {0}. Votre notebook {1} {2} actuellement, et seul un redémarrage y change quelque chose.',
  runs: 'fonctionne',
  'is starting': 'démarre',
  'Open it as it is': 'L’ouvrir tel quel',
  'Restart it with {0}': 'Le redémarrer avec {0}',
  'It has not started yet. Nothing is lost by a restart, but its place in the queue.':
    'Il n’a pas encore démarré. Un redémarrage ne fait rien perdre, sauf sa place dans la file d’attente.',
  Change: 'Changer',
  'Choose otherwise': 'Choisir autre chose',
  'From its next start: {0}.': 'À partir du prochain démarrage : {0}.',
  '{0}; from its next start: {1}.': '{0} ; à partir du prochain démarrage : {1}.',
  Code: 'Code',
  Text: 'Texte',
  'Raw text': 'Texte brut',
  'An earlier version of {0}': 'Une version précédente de {0}',
  '{0}, kept {1}. {2}': '{0}, gardée le {1}. {2}',
  'All earlier versions': 'Toutes les versions précédentes',
  Download: 'Télécharger',
  'Put back': 'Remettre',
  'This version cannot be shown here: {0}. Download it to look at it.':
    'Cette version ne peut pas être affichée ici : {0}. Téléchargez-la pour la regarder.',
  'It has no cells.': 'Elle n’a pas de cellules.',
  'Earlier versions: {0}': 'Versions précédentes : {0}',
  'There are no earlier versions. When a notebook of yours is replaced by a fresh copy of the course’s, what you had is kept here.':
    'Il n’y a pas de versions précédentes. Quand l’un de vos notebooks est remplacé par une nouvelle copie de celui du cours, ce que vous aviez est gardé ici.',
  'What you had in notebooks before they were replaced. To put one back keeps what is there now as a version, too.':
    'Ce que vous aviez dans des notebooks avant qu’ils ne soient remplacés. En remettre une garde aussi comme version ce qui est là maintenant.',
  'To be done': 'À faire',
  'the course’s own notebook takes its place': 'le notebook du cours prendra sa place',
  'the version is put back': 'la version sera remise',
  'the version of {0} is put back': 'la version du {0} sera remise',
  '{0}: {1} when you open your notebook next.': '{0} : {1} à la prochaine ouverture de votre notebook.',
  '{0}: {1} when you open your notebook in {2} next.': '{0} : {1} à la prochaine ouverture de votre notebook dans {2}.',
  'Open it now': 'L’ouvrir maintenant',
  'Do not': 'Ne pas le faire',
  '{0} stayed as it was. {1}': '{0} est resté tel quel. {1}',
  'Remove this note': 'Retirer cette note',
  'Take the course’s notebook': 'Prendre le notebook du cours',
  'in the place of {0}': 'à la place de {0}',
  'Delete all': 'Tout supprimer',
  'versions of {0}': 'les versions de {0}',
  'this version of {0}': 'cette version de {0}',
  'Look at it': 'Regarder',
  Delete: 'Supprimer',
  'When this notebook stops, its files are gone. It also stops by itself when it is not used for a while. Download what you want to keep.':
    'Quand ce notebook s’arrête, ses fichiers disparaissent. Il s’arrête aussi de lui-même s’il reste inutilisé un certain temps. Téléchargez ce que vous voulez garder.',
  'A restart ends all programs in your notebook, and what is not saved is lost.':
    'Un redémarrage met fin à tous les programmes de votre notebook, et ce qui n’est pas enregistré est perdu.',
  '{0} The saved files stay.': '{0} Les fichiers enregistrés restent.',
  '{0} All files in it are gone for good, the saved ones too. Download what you want to keep first.':
    '{0} Tous ses fichiers disparaissent définitivement, même ceux qui sont enregistrés. Téléchargez d’abord ce que vous voulez garder.',
  'Its files are gone. A new one begins as the course has it.':
    'Ses fichiers ont disparu. Un nouveau commencera tel que le cours le donne.',
  'Open a new one': 'En ouvrir un nouveau',
  '{0}: the notebook of {1}': '{0} : le notebook de {1}',
  'You may open this notebook as staff of the course. Its owner is told when you do.':
    'Vous pouvez ouvrir ce notebook en tant que membre de l’équipe du cours. Son propriétaire en est averti.',
  '{0} shares this notebook with you.': '{0} partage ce notebook avec vous.',
  'The link opens {0} there. Go on only if you trust whoever gave it to you.':
    'Le lien y ouvre {0}. Ne continuez que si vous faites confiance à la personne qui vous l’a donné.',
  'Open as staff': 'Ouvrir en tant qu’équipe',
  'Open it': 'L’ouvrir',
  'It is {0} just now. Only its owner can start it.':
    'Il est {0} en ce moment. Seul son propriétaire peut le démarrer.',
  'What you change in somebody else’s notebook changes that person’s files, and what you run there runs as that person.':
    'Ce que vous changez dans le notebook d’une autre personne change les fichiers de cette personne, et ce que vous y exécutez s’exécute en son nom.',
  'This copy is not there': 'Cette copie n’est pas là',
  'It was deleted, its time is over, or it is not shared any more. If you have typed the address, look whether it is complete. Otherwise ask the one from whom you have the link.':
    'Elle a été supprimée, son délai est passé, ou elle n’est plus partagée. Si vous avez saisi l’adresse, vérifiez qu’elle est complète. Sinon, demandez à la personne de qui vous tenez le lien.',
  'Wait {0} s, then load this page again.': 'Attendez {0} s, puis rechargez cette page.',
  'Copies of notebooks of this course are not shared here.':
    'Les copies des notebooks de ce cours ne se partagent pas ici.',
  'A copy stays {0} days at most here. Choose a shorter time.':
    'Une copie reste ici {0} jours au plus. Choisissez une durée plus courte.',
  'Open your notebook first, then share it.': 'Ouvrez d’abord votre notebook, puis partagez-le.',
  'Your access has ended meanwhile, so nothing is shared.': 'Votre accès a pris fin entre-temps : rien n’est partagé.',
  'You share very often. Try again in {0} s.': 'Vous partagez très souvent. Réessayez dans {0} s.',
  'Copies are being made just now, perhaps one of yours. Try again in a moment.':
    'Des copies sont en train d’être faites, peut-être l’une des vôtres. Réessayez dans un instant.',
  'This notebook takes too long to be made a page. Nothing is shared.':
    'Il faut trop de temps pour faire une page de ce notebook. Rien n’est partagé.',
  'This file is no notebook that can be read. Nothing is shared.':
    'Ce fichier n’est pas un notebook lisible. Rien n’est partagé.',
  'This notebook is too large to be shared: it may have {0} MB. Clear large outputs, save it, and try again.':
    'Ce notebook est trop gros pour être partagé : il peut avoir {0} Mo. Effacez les grosses sorties, enregistrez-le, et réessayez.',
  'this notebook': 'ce notebook',
  'the pictures of this notebook': 'les images de ce notebook',
  'Your server did not hand over {0}. Nothing is shared; try once more.':
    'Votre serveur n’a pas donné {0}. Rien n’est partagé ; réessayez.',
  'A copy to read, as this notebook was on {0}. A user of this site has written and shared it; the site itself says none of this.':
    'Une copie à lire : ce notebook tel qu’il était le {0}. Un utilisateur de ce site l’a écrit et partagé ; le site lui-même ne dit rien de tout cela.',
  'You have no notebook of this name. Save it first, then share it.':
    'Vous n’avez pas de notebook de ce nom. Enregistrez-le d’abord, puis partagez-le.',
  'You share {0} copies, which is the most. Delete one that is not needed any more.':
    'Vous partagez {0} copies, le maximum. Supprimez-en une dont vous n’avez plus besoin.',
  'Your shared copies take all the room that there is for them. Delete one, or clear large outputs.':
    'Vos copies partagées occupent toute la place prévue pour elles. Supprimez-en une, ou effacez de grosses sorties.',
  'The shared copies of this course take all the room that there is for them. Tell those who run it.':
    'Les copies partagées de ce cours occupent toute la place prévue pour elles. Dites-le à ses responsables.',
  'Show my shared copies': 'Afficher mes copies partagées',
}
