import type { Catalogue } from '../catalogue.ts'

/** Texts on the way from a link to a notebook. */
export const frenchLaunch: Catalogue = {
  'Another course': 'Un autre cours',
  '{0} has replaced {1}.': '{0} a remplacé {1}.',
  'Sign in as staff': 'Se connecter en tant que membre de l’équipe',
  'This link says {0}= more than once. Say it once, or leave it out.':
    'Ce lien dit {0}= plus d’une fois. Ne le dites qu’une fois, ou omettez-le.',
  'This course does not offer you {0}={1}. Leave that out, and the course opens as it is.':
    'Ce cours ne vous propose pas {0}={1}. Omettez cela, et le cours s’ouvrira tel quel.',
  'Choose how to go on': 'Choisir comment continuer',
  'Notebooks cannot be opened just now, because of maintenance. What you have open goes on.':
    'Une maintenance est en cours : aucun notebook ne peut être ouvert pour le moment. Ce que vous avez ouvert continue.',
  'Your files are in use just now ({0}). Your notebook starts by itself afterwards.':
    'Vos fichiers sont utilisés en ce moment ({0}). Votre notebook démarrera ensuite de lui-même.',
  'Your files are in use just now. Your notebook starts by itself afterwards.':
    'Vos fichiers sont utilisés en ce moment. Votre notebook démarrera ensuite de lui-même.',
  'Your earlier session still has your files. Your notebook starts by itself when it has ended.':
    'Votre session précédente utilise encore vos fichiers. Votre notebook démarrera de lui-même quand elle sera terminée.',
  'Your files are open in {0}. Your notebook starts by itself once that has stopped.':
    'Vos fichiers sont ouverts dans {0}. Votre notebook démarrera de lui-même quand ce dernier sera arrêté.',
  'Your files are open in {0}. Stop that notebook first, then open this one again.':
    'Vos fichiers sont ouverts dans {0}. Arrêtez d’abord ce notebook, puis rouvrez celui-ci.',
  'Stop {0}': 'Arrêter {0}',
  'Name the course: /hub/spawn/USER/COURSE.': 'Indiquez le cours : /hub/spawn/USER/COURSE.',
  'This course asks for no file {0}. Leave it out.': 'Ce cours ne demande pas de fichier {0}. Omettez-le.',
  'You have no such notebook.': 'Vous n’avez pas de tel notebook.',
  'This link asks for a fresh copy of a notebook that you have.':
    'Ce lien demande une nouvelle copie d’un notebook que vous avez déjà.',
  '{0} Stop one first.': '{0} Arrêtez-en d’abord un.',
  '{0} lets you choose first what your notebook has.':
    '{0} vous laisse d’abord choisir ce que contient votre notebook.',
  'You ask for {0}, and your notebook runs with something else.':
    'Vous demandez {0}, mais votre notebook fonctionne avec autre chose.',
  'This address opens no notebook. Open the link once more.':
    'Cette adresse n’ouvre aucun notebook. Ouvrez le lien une nouvelle fois.',
  'Open it without a restart': 'L’ouvrir sans redémarrer',
  'Restart my notebook': 'Redémarrer mon notebook',
  'Open it in my notebook': 'L’ouvrir dans mon notebook',
  'Keep my notebook and open it': 'Garder mon notebook et l’ouvrir',
  'This link starts over with an empty notebook. {0}': 'Ce lien recommence tout avec un notebook vide. {0}',
  'Start over': 'Tout recommencer',
  'This link opens the notebook of another account. {0}': 'Ce lien ouvre le notebook d’un autre compte. {0}',
  'Go on': 'Continuer',
  'This link opens "{0}" in your notebook. Go on only if you trust whoever gave it to you.':
    'Ce lien ouvre « {0} » dans votre notebook. Ne continuez que si vous faites confiance à la personne qui vous l’a donné.',
  'The notebooks that you have here now end with that, and there is no way back to them. Download what you want to keep first.':
    'Les notebooks que vous avez ici prennent fin avec cela, sans retour possible. Téléchargez d’abord ce que vous voulez garder.',
  'You are signed out here with that ({0}), and what you have open closes. Your notebooks stay as they are for when you come back.':
    'Cela vous déconnecte ici ({0}) et ferme ce que vous avez ouvert. Vos notebooks restent tels quels pour votre retour.',
  'Your notebook server did not make this notebook: the folder may not be writable, or the disk full. Make one in the list of files.':
    'Votre serveur n’a pas créé ce notebook : le dossier est peut-être protégé en écriture, ou le disque plein. Créez-en un dans la liste des fichiers.',
  'There are {0} notebooks already that are to be replaced when you open yours next. Open it first, so that this is done, and ask for others then.':
    'Il y a déjà {0} notebooks à remplacer à votre prochaine ouverture. Ouvrez d’abord le vôtre pour que ce soit fait, puis demandez-en d’autres.',
  'You look at many versions at once. Wait a moment, and try again.':
    'Vous regardez beaucoup de versions à la fois. Attendez un instant, puis réessayez.',
  'The course has no notebook of this name any more.': 'Le cours n’a plus de notebook de ce nom.',
  'You ask for many notebooks at once. Wait a moment, and try again.':
    'Vous demandez beaucoup de notebooks à la fois. Attendez un instant, puis réessayez.',
  'There is no such course among yours.': 'Ce cours n’est pas parmi les vôtres.',
  'You have no such earlier version.': 'Vous n’avez pas de telle version précédente.',
  'Open the course as it is': 'Ouvrir le cours tel quel',
  'Tell your teacher.': 'Signalez-le à votre enseignant.',
  'Tell your teacher, who may mean {0}.': 'Signalez-le à votre enseignant, qui pense peut-être à {0}.',
  'Did you mean one of these?': 'Vouliez-vous dire l’un de ceux-ci ?',
  'Check the link, or ask whoever gave it to you.': 'Vérifiez le lien, ou demandez à la personne qui vous l’a donné.',
  '{0} Some courses show only once you have signed in.':
    '{0} Certains cours n’apparaissent qu’une fois que vous êtes connecté.',
  'Many pages are waiting for this notebook already. This one goes on soon.':
    'Beaucoup de pages attendent déjà ce notebook. Celle-ci continuera bientôt.',
  'Sign in first; your notebook opens afterwards.': 'Connectez-vous d’abord ; votre notebook s’ouvrira ensuite.',
  'This button was used already, or its page was open for too long. Reload the page of your course and press the button there once more.':
    'Ce bouton a déjà été utilisé, ou sa page était ouverte depuis trop longtemps. Rechargez la page de votre cours et appuyez-y encore une fois sur le bouton.',
  'This notebook opens inside a course page of your school only. Open it from there; if you did, {0}':
    'Ce notebook ne s’ouvre que dans une page de cours de votre établissement. Ouvrez-le de là ; si vous l’avez fait, {0}',
  'the page may forbid browsers to say where a link comes from, so tell your teacher.':
    'la page interdit peut-être aux navigateurs de dire d’où vient un lien : signalez-le à votre enseignant.',
  'In a course page {0}': 'Dans une page de cours, {0}',
  'it cannot work yet: this site is reached by http, and so browsers keep no cookies in a frame and may not say which page a link stands on. Tell your teacher that the site needs https.':
    'cela ne peut pas encore marcher : ce site est atteint par http, si bien que les navigateurs ne gardent pas de cookies dans un cadre et ne peuvent pas dire de quelle page vient un lien. Dites à votre enseignant que le site a besoin de https.',
  "This site does not take this course's links any more. Tell your teacher.":
    'Ce site n’accepte plus les liens de ce cours. Signalez-le à votre enseignant.',
  'This page is too old to start from. Open the link once more.':
    'Cette page est trop ancienne pour démarrer. Ouvrez le lien une nouvelle fois.',
  'Your browser keeps no cookies for this page, so it cannot be told whose notebook this is. Open it in a tab of its own, or allow cookies for this site.':
    'Votre navigateur ne garde pas de cookies pour cette page, si bien qu’on ne peut pas savoir à qui est ce notebook. Ouvrez-le dans un onglet à part, ou autorisez les cookies pour ce site.',
  'Your session has ended. Open the page of your course again: this notebook opens there, with all that was saved.':
    'Votre session est terminée. Rouvrez la page de votre cours : ce notebook s’y ouvre, avec tout ce qui était enregistré.',
  'Your session has ended, and the notebook belonged to it. You can start the course anew; the earlier work cannot be reached from this browser any more.':
    'Votre session est terminée, et le notebook lui appartenait. Vous pouvez recommencer le cours ; le travail précédent n’est plus accessible depuis ce navigateur.',
  'Start {0} anew': 'Recommencer {0}',
  'This link does not say which course it means. Choose a course first.':
    'Ce lien ne dit pas de quel cours il s’agit. Choisissez d’abord un cours.',
  'A notebook takes no such options here ({0}): its course says what it is made of. Leave them out.':
    'Un notebook n’accepte pas ces options ici ({0}) : c’est son cours qui dit de quoi il est fait. Omettez-les.',
  'Open this course from a page of your LMS first.': 'Ouvrez d’abord ce cours depuis une page de votre plateforme.',
  'Show the files of the course': 'Afficher les fichiers du cours',
  '"{0}" came to the files of {1} after your notebook was started. A restart brings it.':
    '« {0} » est arrivé dans les fichiers de {1} après le démarrage de votre notebook. Un redémarrage l’apportera.',
  'The notebooks of {0} have not come here yet. Open the link again in a few minutes. If they stay away, ask {1}.':
    'Les notebooks de {0} ne sont pas encore arrivés ici. Rouvrez le lien dans quelques minutes. S’ils n’arrivent pas, demandez à {1}.',
  'your teacher': 'votre enseignant',
  'There is no "{0}" among the files of {1}. If a link of your course has brought you here, tell your teacher.':
    'Il n’y a pas de « {0} » parmi les fichiers de {1}. Si un lien de votre cours vous a amené ici, signalez-le à votre enseignant.',
  'Start my notebook and look there': 'Démarrer mon notebook et y regarder',
  'Make a new notebook of that name': 'Créer un nouveau notebook de ce nom',
  'Open my notebook': 'Ouvrir mon notebook',
  'Notebook {0}': 'Notebook {0}',
  Progress: 'Progression',
  'Press the button, and wait here until your notebook is ready.':
    'Appuyez sur le bouton, puis attendez ici que votre notebook soit prêt.',
  'It does not open? {0}': 'Il ne s’ouvre pas ? {0}',
  'Open in a new tab': 'Ouvrir dans un nouvel onglet',
  'This address opens no notebook. Check the link, or ask whoever gave it to you.':
    'Cette adresse n’ouvre aucun notebook. Vérifiez le lien, ou demandez à la personne qui vous l’a donné.',
  'This link is too long to be one of ours. Check how it was made.':
    'Ce lien est trop long pour être l’un des nôtres. Vérifiez comment il a été fait.',
  'This link shares a copy of a notebook. Open it in a browser.':
    'Ce lien partage une copie d’un notebook. Ouvrez-le dans un navigateur.',
  'This link needs a course, a notebook and a learner: /ipythonExercice/COURSE/NOTEBOOK/LEARNER. Check the exercise in the LMS.':
    'Ce lien a besoin d’un cours, d’un notebook et d’un apprenant : /ipythonExercice/COURSE/NOTEBOOK/LEARNER. Vérifiez l’exercice dans la plateforme.',
  'This link needs a course, a learner, and then tree or lab: /ipythonForward/COURSE/LEARNER/tree. Check it in the LMS.':
    'Ce lien a besoin d’un cours, d’un apprenant, puis de tree ou de lab : /ipythonForward/COURSE/LEARNER/tree. Vérifiez-le dans la plateforme.',
  'This link needs a course and a learner: /containerKill/COURSE/NOTEBOOK/LEARNER or /containerKill/COURSE/LEARNER. Check it in the LMS.':
    'Ce lien a besoin d’un cours et d’un apprenant : /containerKill/COURSE/NOTEBOOK/LEARNER ou /containerKill/COURSE/LEARNER. Vérifiez-le dans la plateforme.',
  'This is not the address of a page in a notebook. Open it from your list of notebooks.':
    'Ce n’est pas l’adresse d’une page dans un notebook. Ouvrez-la depuis votre liste de notebooks.',
  "The learner's id in this link is not usable. Check the exercise in the LMS.":
    'L’identifiant de l’apprenant dans ce lien n’est pas utilisable. Vérifiez l’exercice dans la plateforme.',
  'This link has a broken % in it. Encode special characters once, and % itself as %25.':
    'Ce lien contient un % mal formé. Encodez une seule fois les caractères spéciaux, et % lui-même en %25.',
  'This link says {0}= more than once. Say it once.': 'Ce lien dit {0}= plus d’une fois. Ne le dites qu’une fois.',
  'What {0}= says is not proper UTF-8. Encode it once.':
    'Ce que dit {0}= n’est pas de l’UTF-8 correct. Encodez-le une seule fois.',
  '{0}= is 1 or nothing.': '{0}= vaut 1 ou rien.',
  'This link does not say what to open ({0}=…). Check the link, or ask whoever gave it to you.':
    'Ce lien ne dit pas quoi ouvrir ({0}=…). Vérifiez le lien, ou demandez à la personne qui vous l’a donné.',
  'fresh= is not offered in a link of an LMS. Leave it out.':
    'fresh= n’est pas proposé dans un lien d’une plateforme. Omettez-le.',
  'This link names a file outside of the course, or one with characters that no file has. Name it as it lies in the course, like week1/intro.ipynb.':
    'Ce lien nomme un fichier hors du cours, ou avec des caractères qu’aucun fichier n’a. Nommez-le comme il se trouve dans le cours, par exemple week1/intro.ipynb.',
  'This notebook has been removed.': 'Ce notebook a été supprimé.',
  'You are next.': 'C’est bientôt votre tour.',
  'You are number {0} in the queue.': 'Vous êtes numéro {0} dans la file d’attente.',
  "Fetching the course's software.": 'Récupération des logiciels du cours.',
  'Starting your notebook.': 'Démarrage de votre notebook.',
  'Making room for your notebook.': 'Préparation d’une place pour votre notebook.',
  'Your notebook is ready.': 'Votre notebook est prêt.',
  'Your earlier session is ending; a new one starts right after.':
    'Votre session précédente se termine ; une nouvelle démarre juste après.',
  'Your notebook was stopped.': 'Votre notebook a été arrêté.',
  'Your notebook could not be started.': 'Votre notebook n’a pas pu être démarré.',
  'Your notebook is being stopped.': 'Votre notebook est en cours d’arrêt.',
  '{0} Trying again does not help. Tell your teacher the reference below.':
    '{0} Réessayer ne sert à rien. Communiquez à votre enseignant la référence ci-dessous.',
  '{0} Try again. If it happens again, tell your teacher the reference below.':
    '{0} Réessayez. Si cela se reproduit, communiquez à votre enseignant la référence ci-dessous.',
  'Start it again': 'Le redémarrer',
  'This is a link to open in a browser.': 'C’est un lien à ouvrir dans un navigateur.',
  'This launch is not well formed: {0}': 'Cette demande d’ouverture est mal formée : {0}',
  'Your notebook opens in a tab of its own, after you have signed in.':
    'Votre notebook s’ouvrira dans un onglet à part, une fois que vous serez connecté.',
  'Sign in in a new tab': 'Se connecter dans un nouvel onglet',
  'Your earlier session had ended, so a new notebook is made for you.':
    'Votre session précédente était terminée : un nouveau notebook est donc créé pour vous.',
  'This page belongs to another browser, or your session has ended. Open the link once more.':
    'Cette page appartient à un autre navigateur, ou votre session est terminée. Ouvrez le lien une nouvelle fois.',
  'This launch is over. Open the link once more.': 'Cette ouverture est terminée. Ouvrez le lien une nouvelle fois.',
  'Please open this in a new tab': 'Merci d’ouvrir ceci dans un nouvel onglet',
  'Your browser keeps no cookies for your notebook in this frame. In a tab of its own it will.':
    'Votre navigateur ne garde pas de cookies pour votre notebook dans ce cadre. Dans un onglet à part, il le fera.',
  'The notebook is not ready yet. Wait a moment.': 'Le notebook n’est pas encore prêt. Attendez un instant.',
  'Rooms that several people enter by a name are not there any more. All who knew the name could run programs in such a room, read and change its files, and act in the name of the others. You can open a notebook of your own, and hand files to others by downloading them.':
    'Les salles où plusieurs personnes entrent par un nom n’existent plus. Toute personne qui connaissait le nom pouvait y exécuter des programmes, lire et changer les fichiers, et agir au nom des autres. Vous pouvez ouvrir un notebook à vous, et transmettre des fichiers aux autres en les téléchargeant.',
  'Open a notebook of my own': 'Ouvrir un notebook à moi',
  'Open a notebook': 'Ouvrir un notebook',
  'This course does not take the answer for {0}: {1}': 'Ce cours n’accepte pas la réponse à {0} : {1}',
  'This course asks first, and needs an answer: {0}. Open it in a browser, which shows the form.':
    'Ce cours pose d’abord des questions et attend une réponse : {0}. Ouvrez-le dans un navigateur, qui affiche le formulaire.',
  'Show the form': 'Afficher le formulaire',
  'There is no course named "{0}" here.': 'Il n’y a pas de cours nommé « {0} » ici.',
  'For others it closed on {0}.': 'Pour les autres, il a fermé le {0}.',
  'For others it opens on {0}.': 'Pour les autres, il ouvre le {0}.',
  'Only staff see it here.': 'Seule l’équipe le voit ici.',
  'your teacher or the person who gave you the link': 'votre enseignant ou la personne qui vous a donné le lien',
  '{0} is not open to visitors without an account. Sign in with an account that may open it. If you have none, ask {1}.':
    '{0} n’est pas ouvert aux visiteurs sans compte. Connectez-vous avec un compte qui peut l’ouvrir. Si vous n’en avez pas, demandez à {1}.',
  '{0} is not open to you. Ask {1} if you should be able to open it.':
    '{0} ne vous est pas ouvert. Demandez à {1} si vous devriez pouvoir l’ouvrir.',
  '{0} is not open yet. It opens on {1}. Come back then.':
    '{0} n’est pas encore ouvert. Il ouvre le {1}. Revenez à ce moment-là.',
  '{0} is archived: it opens no more, and what you saved in it is kept. Ask {1} if you still need it.':
    '{0} est archivé : il ne s’ouvre plus, et ce que vous y avez enregistré est conservé. Demandez à {1} si vous en avez encore besoin.',
  '{0} does not open just now, since its settings go beyond what this site allows. Ask {1} to mend them.':
    '{0} ne s’ouvre pas pour le moment, car ses réglages dépassent ce que ce site permet. Demandez à {1} de les corriger.',
  '{0} closed on {1}. Ask {2} if you still need your work in it.':
    '{0} a fermé le {1}. Demandez à {2} si vous avez encore besoin de votre travail.',
  'This course does not offer you {0}. Leave that out, and the course opens as it is.':
    'Ce cours ne vous propose pas {0}. Omettez cela, et le cours s’ouvrira tel quel.',
  'This is the notebook of the course, to read meanwhile. Your own copy, with all that you have changed, opens as soon as it is ready.':
    'Voici le notebook du cours, à lire en attendant. Votre propre copie, avec tout ce que vous avez changé, s’ouvrira dès qu’elle sera prête.',
  'You can read the notebook all the same.': 'Vous pouvez quand même lire le notebook.',
  'You can read the notebook meanwhile. It opens for you to work in as soon as it is ready.':
    'Vous pouvez lire le notebook en attendant. Il s’ouvrira pour que vous y travailliez dès qu’il sera prêt.',
  'To read: {0}': 'À lire : {0}',
  'The notebook to read': 'Le notebook à lire',
  'Read it in a new tab': 'Le lire dans un nouvel onglet',
  'Go on in the page of your course': 'Continuez dans la page de votre cours',
  'Your notebook of {0} does not run any more, and this tab cannot start it: it does not know whose notebook it is. Only the page in which you worked knows that.':
    'Votre notebook de {0} ne fonctionne plus, et cet onglet ne peut pas le démarrer : il ne sait pas à qui il est. Seule la page dans laquelle vous travailliez le sait.',
  'Close this tab. Leave the page with your notebook as it is, with all that you typed.':
    'Fermez cet onglet. Laissez la page de votre notebook telle quelle, avec tout ce que vous avez saisi.',
  'Open the same page of your course once more, in another tab of this browser. Your notebook starts there.':
    'Ouvrez encore une fois la même page de votre cours, dans un autre onglet de ce navigateur. Votre notebook y démarre.',
  'Go back to the first page and save. It is connected to your notebook again.':
    'Revenez à la première page et enregistrez. Elle est de nouveau reliée à votre notebook.',
  'Was everything saved already? Then just reload the page of your course.':
    'Tout était déjà enregistré ? Alors rechargez simplement la page de votre cours.',
  "In this tab you are signed in as {0}, and the notebook is not that user's. {1}":
    'Dans cet onglet, vous êtes connecté en tant que {0}, et le notebook n’est pas le sien. {1}',
  'Was your notebook in a tab of its own?': 'Votre notebook était-il dans un onglet à part ?',
  'Then your session has ended, and what you had cannot be reached any more. {0}':
    'Alors votre session est terminée, et ce que vous aviez n’est plus accessible. {0}',
  'Which course?': 'Quel cours ?',
  'You have a notebook of your own in each course, and this link does not say which one it means.':
    'Vous avez un notebook à vous dans chaque cours, et ce lien ne dit pas duquel il s’agit.',
  'You have no notebooks yet. Open one from a page of your course first.':
    'Vous n’avez pas encore de notebooks. Ouvrez-en d’abord un depuis une page de votre cours.',
  'The hub does not answer just now. Trying again.': 'Le hub ne répond pas pour le moment. Nouvel essai en cours.',
  'This page goes on by itself when that is over.': 'Cette page continuera d’elle-même une fois que ce sera terminé.',
  'Opening your notebook.': 'Ouverture de votre notebook.',
  'Many pages are waiting for this notebook. This one goes on soon.':
    'Beaucoup de pages attendent ce notebook. Celle-ci continuera bientôt.',
  'The connection was lost. Try again.': 'La connexion a été perdue. Réessayez.',
  'The hub did not answer. Check your connection and try again.':
    'Le hub n’a pas répondu. Vérifiez votre connexion et réessayez.',
  'You are signed in, but your browser keeps no cookies for this page inside another one. Open your notebook in a new tab.':
    'Vous êtes connecté, mais votre navigateur ne garde pas de cookies pour cette page à l’intérieur d’une autre. Ouvrez votre notebook dans un nouvel onglet.',
  'Sign in to open your notebook.': 'Connectez-vous pour ouvrir votre notebook.',
  'Signing in inside a page needs https. Open your notebook in a new tab.':
    'Se connecter à l’intérieur d’une page demande https. Ouvrez votre notebook dans un nouvel onglet.',
  'If a window has opened, go on there. If none has, allow pop-ups for this page and press the button again.':
    'Si une fenêtre s’est ouverte, continuez là. Sinon, autorisez les fenêtres surgissantes pour cette page et appuyez de nouveau sur le bouton.',
  'Sign in in the window that has opened. Your notebook then opens here.':
    'Connectez-vous dans la fenêtre qui s’est ouverte. Votre notebook s’ouvrira ensuite ici.',
  'The sign-in is not finished here. Go on in its window, or press the button to begin again.':
    'La connexion n’est pas terminée ici. Continuez dans sa fenêtre, ou appuyez sur le bouton pour recommencer.',
  'The sign-in did not reach this page. Press the button once more.':
    'La connexion n’est pas parvenue à cette page. Appuyez encore une fois sur le bouton.',
  '{0} so far.': '{0} jusqu’ici.',
  'Usually ready in about {0}.': 'Prêt d’habitude en {0} environ.',
  'This takes longer than usual, which is {0}.': 'C’est plus long que d’habitude ({0}).',
  'a second': 'une seconde',
  '{0} min {1} s': '{0} min {1} s',
  'If you need help, ask {0}.': 'Si vous avez besoin d’aide, adressez-vous à {0}.',
  'If you need help, write to {0}.': 'Si vous avez besoin d’aide, écrivez à {0}.',
  'If you need help: {0}': 'Si vous avez besoin d’aide : {0}',
}
