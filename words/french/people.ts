import type { Catalogue } from '../catalogue.ts'

/** Texts about accounts, signing in and out, the list of notebooks, and what people share. */
export const frenchPeople: Catalogue = {
  'The name {0} is kept for a person who looks after this site. Choose another name.':
    'Le nom {0} est réservé à une personne qui s’occupe de ce site. Choisissez un autre nom.',
  'The name {0} belongs to another account here. Ask the people who run this site to change one of the two.':
    'Le nom {0} appartient ici à un autre compte. Demandez aux responsables de ce site de changer l’un des deux.',
  'This account is blocked here. Ask the people who run this site why, and what to do.':
    'Ce compte est bloqué ici. Demandez aux responsables de ce site pourquoi, et que faire.',
  'This account is being removed. Try again in a minute.':
    'Ce compte est en cours de suppression. Réessayez dans une minute.',
  'Your account has no name. Ask the people who run this site to give it one.':
    'Votre compte n’a pas de nom. Demandez aux responsables de ce site de lui en donner un.',
  'Your account has a name that means something else here. Ask the people who run this site to give it another.':
    'Votre compte a un nom qui signifie autre chose ici. Demandez aux responsables de ce site de lui en donner un autre.',
  "You have a role at this site, and here learners' notebooks stand on the hub's own address: their code could act with your rights. So nobody with a role can sign in with a browser. Whoever runs this site can change that with a host of its own for notebooks.":
    'Vous avez un rôle sur ce site, et les notebooks des apprenants s’y trouvent à l’adresse même du hub : leur code pourrait agir avec vos droits. Personne ayant un rôle ne peut donc se connecter avec un navigateur. Les responsables du site peuvent changer cela en donnant aux notebooks un hôte à part.',
  'This notebook belongs to somebody else, or to an earlier session of this browser.':
    'Ce notebook appartient à une autre personne, ou à une session précédente de ce navigateur.',
  'This notebook is not running. Only its owner can start it.':
    'Ce notebook n’est pas en marche. Seul son propriétaire peut le démarrer.',
  'You have entered this notebook too many times since it was started. Ask its owner to restart it.':
    'Vous êtes entré trop de fois dans ce notebook depuis son démarrage. Demandez à son propriétaire de le redémarrer.',
  'Too many people have this notebook open. Ask its owner to restart it.':
    'Trop de personnes ont ouvert ce notebook. Demandez à son propriétaire de le redémarrer.',
  'You have signed out meanwhile. Open the link once more.':
    'Vous vous êtes déconnecté entre-temps. Ouvrez le lien une nouvelle fois.',
  'Your session has ended. Sign in again.': 'Votre session est terminée. Reconnectez-vous.',
  'You are not signed in. Sign in to go on.': 'Vous n’êtes pas connecté. Connectez-vous pour continuer.',
  'Sign in as another user': 'Se connecter en tant qu’autre utilisateur',
  'You are here as a temporary visitor.': 'Vous êtes ici en tant que visiteur temporaire.',
  'You are signed in as {0}.': 'Vous êtes connecté en tant que {0}.',
  'A token lives {0} seconds at most here. Ask for a shorter time.':
    'Un jeton vit ici {0} secondes au plus. Demandez une durée plus courte.',
  'This account can have no API tokens.': 'Ce compte ne peut pas avoir de jetons d’API.',
  'You have signed out meanwhile. Sign in again.': 'Vous vous êtes déconnecté entre-temps. Reconnectez-vous.',
  'You have {0} API tokens, which is the most. Revoke one that you do not use any more.':
    'Vous avez {0} jetons d’API, le maximum. Révoquez-en un que vous n’utilisez plus.',
  'Show my tokens': 'Afficher mes jetons',
  'Your notebook server did not take the notebook of the course: the folder may not be writable, or the disk full. Try the link again, or look into the list of files.':
    'Votre serveur n’a pas pris le notebook du cours : le dossier est peut-être protégé en écriture, ou le disque plein. Essayez de nouveau le lien, ou regardez la liste des fichiers.',
  'Your notebook is just being replaced, and your server is slow to do it. Nothing of yours is lost: open the link once more in a minute.':
    'Votre notebook est en train d’être remplacé, et votre serveur est lent à le faire. Rien n’est perdu : ouvrez encore une fois le lien dans une minute.',
  'Many large notebooks are being looked at just now. Try again in a moment.':
    'Beaucoup de gros notebooks sont examinés en ce moment. Réessayez dans un instant.',
  'Your notebook server did not take the other notebook, and yours is as it was: the disk may be full. Try once more.':
    'Votre serveur n’a pas pris l’autre notebook, et le vôtre est tel quel : le disque est peut-être plein. Réessayez.',
  'Your earlier versions of notebooks of this course take all the room that there is for them. Delete some that you do not need, and try again.':
    'Vos versions précédentes de notebooks de ce cours occupent toute la place prévue pour elles. Supprimez-en dont vous n’avez pas besoin, et réessayez.',
  'This notebook was replaced very often just now, and each time a version was kept. Try again in an hour.':
    'Ce notebook vient d’être remplacé très souvent, et chaque fois une version a été gardée. Réessayez dans une heure.',
  'Your notebook, or the one of the course, has changed since you looked at them. Nothing was done: look again.':
    'Votre notebook, ou celui du cours, a changé depuis que vous les avez regardés. Rien n’a été fait : regardez de nouveau.',
  'Something is just being saved in your notebook server, and takes long. Nothing was done, and your notebook is as it was: try once more in a moment.':
    'Un enregistrement est en cours dans votre serveur, et prend du temps. Rien n’a été fait, et votre notebook est tel quel : réessayez dans un instant.',
  'Your notebook has more than 20 MB, so no version of it can be kept, and it stays as it is. Clear its outputs and save it, or rename it, and try again.':
    'Votre notebook dépasse 20 Mo : aucune version ne peut donc en être gardée, et il reste tel quel. Effacez ses sorties et enregistrez-le, ou renommez-le, et réessayez.',
  'There is no such earlier version of this notebook.': 'Il n’y a pas de telle version précédente de ce notebook.',
  'The account of this server is gone.': 'Le compte de ce serveur n’existe plus.',
  'A notebook of yours is still being replaced, as you wanted.':
    'L’un de vos notebooks est encore en train d’être remplacé, comme vous le vouliez.',
  'The proxy does not say whose desk this is.': 'Le proxy ne dit pas à qui est cette page.',
  'This notebook has stopped. Open it again.': 'Ce notebook s’est arrêté. Rouvrez-le.',
  'The access of this browser has ended. Open the notebook again.':
    'L’accès de ce navigateur est terminé. Rouvrez le notebook.',
  'The course of this notebook is not there any more. What you have stays.':
    'Le cours de ce notebook n’existe plus. Ce que vous avez reste.',
  'This notebook is being stopped already. Open it again.': 'Ce notebook est déjà en cours d’arrêt. Rouvrez-le.',
  'You have no such earlier version of a notebook of this course.':
    'Vous n’avez pas de telle version précédente d’un notebook de ce cours.',
  'This page asks very often. Wait a moment, and try again.':
    'Cette page fait de très nombreuses demandes. Attendez un instant, puis réessayez.',
  'This page asks in a form that is not understood: {0}': 'Cette page fait une demande qui n’est pas comprise : {0}',
  'There is nothing to read before this notebook is open.': 'Il n’y a rien à lire avant l’ouverture de ce notebook.',
  '{0} is being stopped.': '{0} est en cours d’arrêt.',
  'The message about {0} is hidden.': 'Le message sur {0} est masqué.',
  '{0} is not running, or has just changed.': '{0} n’est pas en marche, ou vient de changer.',
  'There is no such way to sign in here.': 'Il n’y a pas de telle manière de se connecter ici.',
  'This sign-in was not begun in this browser, or was finished already. Begin again.':
    'Cette connexion n’a pas été commencée dans ce navigateur, ou est déjà terminée. Recommencez.',
  'The password is not right. Try again.': 'Le mot de passe n’est pas correct. Réessayez.',
  'The name or the password is not right. Try again.': 'Le nom ou le mot de passe n’est pas correct. Réessayez.',
  '{0} If you have lost your password, ask the people who run this site for a link to set another one.':
    '{0} Si vous avez perdu votre mot de passe, demandez aux responsables de ce site un lien pour en choisir un autre.',
  'The sign-in service in front of this site has not said who you are. Sign in there, then try again. If you came by another address of this site, use the usual one.':
    'Le service de connexion placé devant ce site n’a pas dit qui vous êtes. Connectez-vous là, puis réessayez. Si vous êtes venu par une autre adresse de ce site, prenez l’adresse habituelle.',
  'Use another account': 'Prendre un autre compte',
  'The password until now is not right. Try again.': 'Le mot de passe actuel n’est pas correct. Réessayez.',
  'Your password is changed. Other browsers are signed out.':
    'Votre mot de passe est changé. Les autres navigateurs sont déconnectés.',
  'The link was used, has ended, or was replaced by a newer one. If you have set your password, sign in. Else ask the people who run this site for another link.':
    'Le lien a été utilisé, a expiré, ou a été remplacé par un plus récent. Si vous avez choisi votre mot de passe, connectez-vous. Sinon, demandez un autre lien aux responsables de ce site.',
  'Your password is not kept here. Change it where you have your account.':
    'Votre mot de passe n’est pas conservé ici. Changez-le là où vous avez votre compte.',
  'You have no password here.': 'Vous n’avez pas de mot de passe ici.',
  'The two new passwords differ. Type them again.':
    'Les deux nouveaux mots de passe diffèrent. Saisissez-les de nouveau.',
  'Shared with {0}.': 'Partagé avec {0}.',
  'Say whom: a user or a group, by name.': 'Dites avec qui : un utilisateur ou un groupe, par son nom.',
  'Not shared with {0} any more.': 'N’est plus partagé avec {0}.',
  'This is no name of a person or a group. Groups are written in small letters, digits, dots, hyphens and underscores.':
    'Ce n’est pas un nom de personne ni de groupe. Les groupes s’écrivent en minuscules, chiffres, points, tirets et tirets bas.',
  'This is your own name. The notebook is yours anyway.':
    'C’est votre propre nom. Le notebook est de toute façon à vous.',
  'A notebook is shared with {0} at most. Remove some first, or share with a group.':
    'Un notebook est partagé avec {0} personnes ou groupes au plus. Retirez-en d’abord, ou partagez avec un groupe.',
  'You have no notebook here that can be shared.': 'Vous n’avez pas ici de notebook qui puisse être partagé.',
  'This window was not opened by a button of ours. Close it and try again.':
    'Cette fenêtre n’a pas été ouverte par l’un de nos boutons. Fermez-la et réessayez.',
  'This request is not well formed.': 'Cette demande est mal formée.',
  'The sign-in did not reach this page: it took longer than a minute, or was used before. Press the button once more.':
    'La connexion n’est pas parvenue à cette page : elle a pris plus d’une minute, ou a déjà servi. Appuyez encore une fois sur le bouton.',
  'A button shares this notebook now. Open {0}{1} in a browser.':
    'C’est désormais un bouton qui partage ce notebook. Ouvrez {0}{1} dans un navigateur.',
  'A copy of {0} is shared. This is its link.': 'Une copie de {0} est partagée. Voici son lien.',
  'You have no notebook of this course of which a copy can be shared.':
    'Vous n’avez pas de notebook de ce cours dont une copie puisse être partagée.',
  'This link says a course and a notebook, in course= and notebook=.':
    'Ce lien doit dire un cours et un notebook, par course= et notebook=.',
  'The copy of {0} is deleted.': 'La copie de {0} est supprimée.',
  'Shared copies of a course are for the people who look after the course.':
    'Les copies partagées d’un cours sont réservées aux personnes qui s’occupent du cours.',
  'There is no such copy any more.': 'Cette copie n’existe plus.',
  'Show the shared copies': 'Afficher les copies partagées',
  'At least 12 characters. Four words that have nothing to do with each other are good.':
    'Au moins 12 caractères. Quatre mots sans rapport entre eux conviennent bien.',
  'Choose your password': 'Choisissez votre mot de passe',
  'For the account {0}. If you were signed in with it somewhere, that ends, and what is open there and not saved is lost.':
    'Pour le compte {0}. Si vous étiez connecté quelque part avec lui, cela prend fin, et ce qui y est ouvert sans être enregistré est perdu.',
  'Set the password': 'Enregistrer le mot de passe',
  'Your password is set': 'Votre mot de passe est enregistré',
  'Sign in as {0} with the new password.': 'Connectez-vous en tant que {0} avec le nouveau mot de passe.',
  'You stay signed in here. Every other browser is signed out, and open notebooks close everywhere: save what you have open first, or what is not saved is lost. API tokens stay valid.':
    'Vous restez connecté ici. Tous les autres navigateurs sont déconnectés, et les notebooks ouverts se ferment partout : enregistrez d’abord ce que vous avez ouvert, sinon ce qui n’est pas enregistré est perdu. Les jetons d’API restent valables.',
  'Your password until now': 'Votre mot de passe actuel',
  'Keep the old one': 'Garder l’ancien',
  'Change the password': 'Changer le mot de passe',
  'New password': 'Nouveau mot de passe',
  'The same again': 'Le même, une seconde fois',
  'Opened as staff by {0}, {1}.': 'Ouvert en tant qu’équipe par {0}, {1}.',
  'Shared with {0} and {1} more.': 'Partagé avec {0} et {1} autres.',
  Share: 'Partager',
  'Shared with me': 'Partagés avec moi',
  'of {0}; {1}': 'de {0} ; {1}',
  'Only its owner can start it': 'Seul son propriétaire peut le démarrer',
  '{0} of {1}': '{0} de {1}',
  'Courses I look after': 'Cours dont je m’occupe',
  'Its image is missing. {0}': 'Son image manque. {0}',
  'These notebooks are temporary: they go some time after you leave, and once you sign out there is no way back to them. Download what you want to keep.':
    'Ces notebooks sont temporaires : ils disparaissent quelque temps après votre départ, et une fois que vous êtes déconnecté, il n’y a plus moyen d’y revenir. Téléchargez ce que vous voulez garder.',
  'You have no notebooks yet. Open one from a course page.':
    'Vous n’avez pas encore de notebooks. Ouvrez-en un depuis une page de cours.',
  'Other courses': 'Autres cours',
  'Choose a course. A notebook of it opens, yours alone.':
    'Choisissez un cours. Un notebook de ce cours s’ouvrira, pour vous seul.',
  'to open {0}': 'pour ouvrir {0}',
  'Its notebooks are on their way. They will be here in a while.':
    'Ses notebooks sont en route. Ils seront là d’ici peu.',
  'This course is not on this site any more. Download what you still need before you stop it.':
    'Ce cours n’est plus sur ce site. Téléchargez ce dont vous avez encore besoin avant de l’arrêter.',
  'A tab in which your notebook is open goes on for now.':
    'Un onglet où votre notebook est ouvert continue pour l’instant.',
  Restart: 'Redémarrer',
  Hide: 'Masquer',
  'the message about {0}': 'le message sur {0}',
  'Share {0}': 'Partager {0}',
  'Whoever you share with can open your notebook while it runs, read and change all your files, and run code as you.':
    'Les personnes avec qui vous partagez peuvent ouvrir votre notebook tant qu’il est en marche, lire et changer tous vos fichiers, et exécuter du code en votre nom.',
  'You share this notebook with nobody yet. Name a person or a group below.':
    'Vous ne partagez encore ce notebook avec personne. Nommez une personne ou un groupe ci-dessous.',
  'Shared with': 'Partagé avec',
  'Share with somebody else': 'Partager avec quelqu’un d’autre',
  With: 'Avec',
  'a person': 'une personne',
  'a group': 'un groupe',
  Name: 'Nom',
  'The name that they sign in with; small and large letters differ. If there is such a person or group, they find your notebook on their own page. This page does not tell whether there is: compare the spelling.':
    'Le nom avec lequel ils se connectent ; majuscules et minuscules comptent. Si cette personne ou ce groupe existe, votre notebook apparaît sur leur propre page. Cette page ne dit pas s’ils existent : vérifiez l’orthographe.',
  'Back to my notebooks': 'Retour à mes notebooks',
  group: 'groupe',
  'Your session has ended. Sign in again, and you go on where you were.':
    'Votre session est terminée. Reconnectez-vous, et vous continuerez là où vous étiez.',
  'Notebooks open from a course page of your school. Go there and follow the link.':
    'Les notebooks s’ouvrent depuis une page de cours de votre établissement. Allez-y et suivez le lien.',
  Password: 'Mot de passe',
  'Open a course without an account': 'Ouvrir un cours sans compte',
  'You are signed in': 'Vous êtes connecté',
  'You can open your notebook in this window.': 'Vous pouvez ouvrir votre notebook dans cette fenêtre.',
  'Open my notebook here': 'Ouvrir mon notebook ici',
  'A name that you choose': 'Un nom que vous choisissez',
  'Take the same name next time, and your notebooks are there again. Others who know the password can open them by this name too.':
    'Reprenez le même nom la prochaine fois, et vos notebooks seront de nouveau là. Les autres personnes qui connaissent le mot de passe peuvent aussi les ouvrir par ce nom.',
  'Your open notebooks will be closed in this browser.': 'Vos notebooks ouverts seront fermés dans ce navigateur.',
  'After that you are led to {0}, if it signs people out too.':
    'Ensuite, vous serez conduit à {0}, si ce service déconnecte lui aussi.',
  'Sign out and lose my work': 'Me déconnecter et perdre mon travail',
  'You are a temporary visitor, so all your work here goes with the sign-out: your notebooks stop, there is no way back to them, and your API tokens end with them. Download what you want to keep first.':
    'Vous êtes un visiteur temporaire : tout votre travail ici disparaît avec la déconnexion. Vos notebooks s’arrêtent sans retour possible, et vos jetons d’API prennent fin avec eux. Téléchargez d’abord ce que vous voulez garder.',
  'Your notebook stops with it: {0}.': 'Votre notebook s’arrête alors : {0}.',
  'Your notebooks stop with it: {0}.': 'Vos notebooks s’arrêtent alors : {0}.',
  '{0} What is running there, and what is not saved, is lost.':
    '{0} Ce qui y tourne et ce qui n’est pas enregistré est perdu.',
  'all files there': 'tous les fichiers qui s’y trouvent',
  'all files of {0}': 'tous les fichiers de {0}',
  '{0} What is running there ends, and {1} are deleted. Download first what you want to keep.':
    '{0} Ce qui y tourne prend fin, et {1} sont supprimés. Téléchargez d’abord ce que vous voulez garder.',
  'Stay and go back to my notebook': 'Rester et revenir à mon notebook',
  'Stay and show my notebooks': 'Rester et afficher mes notebooks',
  'You are signed out everywhere': 'Vous êtes déconnecté partout',
  'You are signed out': 'Vous êtes déconnecté',
  'Your open notebooks are closed in every browser.': 'Vos notebooks ouverts sont fermés dans tous les navigateurs.',
  'Your open notebooks are closed in this browser.': 'Vos notebooks ouverts sont fermés dans ce navigateur.',
  'You went to {0} to sign out there too. If you have stayed signed in there, the next person at this computer can come in as you.':
    'Vous êtes allé à {0} pour vous y déconnecter aussi. Si vous y êtes resté connecté, la prochaine personne à cet ordinateur peut entrer en votre nom.',
  'You are still signed in at {0}, so the next person at this computer can come in as you. Sign out there too, or close all windows of this browser.':
    'Vous êtes encore connecté à {0} : la prochaine personne à cet ordinateur peut donc entrer en votre nom. Déconnectez-vous là aussi, ou fermez toutes les fenêtres de ce navigateur.',
  'To come back, open the page of your course again.': 'Pour revenir, rouvrez la page de votre cours.',
  'You are not signed in here': 'Vous n’êtes pas connecté ici',
  'There is no sign-in to end in this frame. If your notebook is open in a tab of its own, sign out there.':
    'Il n’y a pas de connexion à terminer dans ce cadre. Si votre notebook est ouvert dans un onglet à part, déconnectez-vous là.',
  'To open a notebook here, open the page of your course again.':
    'Pour ouvrir un notebook ici, rouvrez la page de votre cours.',
  'You may still be signed in at {0}.': 'Vous êtes peut-être encore connecté à {0}.',
  'Sign out at {0} too': 'Se déconnecter aussi de {0}',
  'Go to the start page': 'Aller à la page d’accueil',
  'Sign in again': 'Se reconnecter',
  'what runs goes on': 'ce qui est en marche continue',
  'your notebooks stop': 'vos notebooks s’arrêtent',
  'In every browser': 'Dans tous les navigateurs',
  'In every browser and on every page: what is open closes, {0}.':
    'Dans tous les navigateurs et sur toutes les pages : ce qui est ouvert se ferme, {0}.',
  '{0} stay valid until you revoke them.': '{0} : ils restent valables jusqu’à ce que vous les révoquiez.',
  'A part of this site ({0} of {1} proxies) did not answer. What is open there closes when it is back.':
    'Une partie de ce site ({0} proxys sur {1}) n’a pas répondu. Ce qui y est ouvert se fermera à son retour.',
  one: 'un',
  'Copies that I share': 'Copies que je partage',
  'Shared copies of {0}': 'Copies partagées de {0}',
  'Everyone who has the link of a copy can read it.': 'Toute personne qui a le lien d’une copie peut la lire.',
  'To share a newer state, share the notebook again: the link stays.':
    'Pour partager un état plus récent, partagez de nouveau le notebook : le lien reste le même.',
  'Learners have made them of their own notebooks, and you may delete them.':
    'Des apprenants les ont faites de leurs propres notebooks, et vous pouvez les supprimer.',
  'You share none now. “Share a copy” in the line above your notebook makes one.':
    'Vous n’en partagez aucune. « Partager une copie », dans le bandeau au-dessus de votre notebook, en crée une.',
  'None are shared now.': 'Aucune n’est partagée pour le moment.',
  'made {0}, there until {1}': 'faite le {0}, là jusqu’au {1}',
  Link: 'Lien',
  'the link of {0}': 'le lien de {0}',
  'Delete the copy of {0}?': 'Supprimer la copie de {0} ?',
  'Nobody can read it at its link from then on. A copy that is shared later gets another link.':
    'Plus personne ne pourra la lire à son lien. Une copie partagée plus tard aura un autre lien.',
  'Your notebook stays as it is.': 'Votre notebook reste tel quel.',
  'The notebook of {0} stays as it is, and so does the right to share it again.':
    'Le notebook de {0} reste tel quel, de même que le droit de le partager de nouveau.',
  'Delete it': 'La supprimer',
  'Share a copy of {0}?': 'Partager une copie de {0} ?',
  'Everyone who gets the link can read the copy, without signing in: your text, your code and its outputs in {0}, as they were saved last. What you change later is not in it, until you share it again.':
    'Toute personne qui reçoit le lien peut lire la copie sans se connecter : votre texte, votre code et ses sorties dans {0}, tels qu’enregistrés la dernière fois. Ce que vous changerez plus tard n’y sera pas, sauf si vous le partagez de nouveau.',
  'It stays for': 'Elle reste',
  'Share it': 'La partager',
  'Your server has to run for that. Open your notebook, save it, then come back here.':
    'Votre serveur doit être en marche pour cela. Ouvrez votre notebook, enregistrez-le, puis revenez ici.',
  'Stop {0}?': 'Arrêter {0} ?',
  'Its owner is not asked.': 'Son propriétaire n’est pas consulté.',
  'Stop, and lose the files': 'Arrêter, et perdre les fichiers',
  'Keep it running': 'Le laisser en marche',
  'It has not started yet. Its place in the queue is lost, and nothing else.':
    'Il n’a pas encore démarré. Sa place dans la file d’attente est perdue, et rien d’autre.',
  'It has not started yet. Nothing is lost.': 'Il n’a pas encore démarré. Rien n’est perdu.',
  'What is running in it ends.': 'Ce qui y tourne prend fin.',
  '{0} What is not saved is lost. The saved files stay for when you open it again.':
    '{0} Ce qui n’est pas enregistré est perdu. Les fichiers enregistrés restent pour votre prochaine ouverture.',
  '{0} What is not saved is lost. The saved files stay for when its owner opens it again.':
    '{0} Ce qui n’est pas enregistré est perdu. Les fichiers enregistrés restent pour la prochaine ouverture par son propriétaire.',
  '{0} All files in it are gone for good, the saved ones too.':
    '{0} Tous ses fichiers disparaissent définitivement, même ceux qui sont enregistrés.',
  'Download what you want to keep first.': 'Téléchargez d’abord ce que vous voulez garder.',
  'The link was used, has ended, or was replaced by a newer one. The operator of this site makes another one by the command carrel user sign-in.':
    'Le lien a été utilisé, a expiré, ou a été remplacé par un plus récent. L’opérateur de ce site en crée un autre avec la commande carrel user sign-in.',
  'Sign in by a link': 'Se connecter avec un lien',
  'You are signed in as {0} here. That ends, and what is open in this browser closes.':
    'Vous êtes connecté ici en tant que {0}. Cela prend fin, et ce qui est ouvert dans ce navigateur se ferme.',
  'This link signs this browser in as {0}, once. Press the button only if you have made the link yourself, or have asked for it.':
    'Ce lien connecte ce navigateur en tant que {0}, une seule fois. N’appuyez sur le bouton que si vous avez créé le lien vous-même, ou l’avez demandé.',
  'Lose that work and sign in as {0}': 'Perdre ce travail et se connecter en tant que {0}',
  'Sign in as {0}': 'Se connecter en tant que {0}',
  'This browser is a temporary visitor now. There is no way back to the notebooks of that visitor after this. Download first what you want to keep, or open the link in another browser or a private window.':
    'Ce navigateur est en ce moment celui d’un visiteur temporaire. Ensuite, il n’y aura plus moyen de revenir aux notebooks de ce visiteur. Téléchargez d’abord ce que vous voulez garder, ou ouvrez le lien dans un autre navigateur ou une fenêtre privée.',
  'Give the token a name and a lifetime.': 'Donnez au jeton un nom et une durée.',
  '{0} is revoked.': '{0} est révoqué.',
  'Your account comes from a course page of your LMS, and has no API tokens.':
    'Votre compte vient d’une page de cours de votre plateforme, et n’a pas de jetons d’API.',
  'You have no such token any more.': 'Vous n’avez plus ce jeton.',
  'Your new token “{0}”': 'Votre nouveau jeton « {0} »',
  'Copy it now: it is not shown again.': 'Copiez-le maintenant : il ne sera plus affiché.',
  'the token': 'le jeton',
  'Keep it like a password.': 'Gardez-le comme un mot de passe.',
  'A token lets a program of yours open and use your notebook servers as you do: {0}':
    'Un jeton permet à l’un de vos programmes d’ouvrir et d’utiliser vos serveurs de notebooks comme vous : {0}',
  'What it is for': 'À quoi il sert',
  'Make a token': 'Créer un jeton',
  'Your tokens': 'Vos jetons',
  'Revoke {0}?': 'Révoquer {0} ?',
  'Programs that send this token are refused from then on, and what they have open here closes. It was never used.':
    'Les programmes qui envoient ce jeton seront désormais refusés, et ce qu’ils ont ouvert ici se ferme. Il n’a jamais servi.',
  'Programs that send this token are refused from then on, and what they have open here closes. It was last used {0}.':
    'Les programmes qui envoient ce jeton seront désormais refusés, et ce qu’ils ont ouvert ici se ferme. Il a servi pour la dernière fois {0}.',
  'It cannot be given back. You can make another one.': 'Il ne peut pas être rétabli. Vous pouvez en créer un autre.',
  Revoke: 'Révoquer',
  'Keep the token': 'Garder le jeton',
  'Made in your name by {0}, who runs this site and can act as you with it. Revoke it if you do not want that.':
    'Créé en votre nom par {0}, qui gère ce site et peut agir en votre nom avec lui. Révoquez-le si vous ne le voulez pas.',
  'somebody whose account is gone': 'quelqu’un dont le compte n’existe plus',
  'within a day': 'd’ici un jour',
}
