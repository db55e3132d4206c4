import type { Catalogue } from '../catalogue.ts'

/** Why notebooks, pulls and builds have failed, and how starts go, as it is kept in English and told to learners and staff. */
export const frenchFailures: Catalogue = {
  // What the hub finds out about a start or a run.
  'The notebook could not be started.': 'Le notebook n’a pas pu démarrer.',
  'The account or the key that this notebook was started with is gone.':
    'Le compte ou la clé avec laquelle ce notebook a été démarré n’existe plus.',
  'The course was not open to you when it was your turn.':
    'Le cours ne vous était pas ouvert quand votre tour est venu.',
  'The program of this course cannot be reached here.': 'Le programme de ce cours ne peut pas être atteint ici.',
  'The files of this course cannot be put into a notebook here.':
    'Les fichiers de ce cours ne peuvent pas être mis dans un notebook ici.',
  'The notebook cannot be started with the settings that it has.':
    'Le notebook ne peut pas démarrer avec les réglages qu’il a.',
  'This course is no longer offered here.': 'Ce cours n’est plus proposé ici.',
  "The course's software was not fetched within {0} seconds.":
    'Les logiciels du cours n’ont pas été récupérés en {0} secondes.',
  'The notebook did not answer within {0} seconds.': 'Le notebook n’a pas répondu en {0} secondes.',
  'The notebook disappeared while it was starting.': 'Le notebook a disparu pendant son démarrage.',
  'The notebook has disappeared.': 'Le notebook a disparu.',
  'The notebook did not answer any more, so it was ended.': 'Le notebook ne répondait plus : il a été arrêté.',
  'The notebook needed {0}, so it was ended. {1}': 'Le notebook avait besoin {0} : il a été arrêté. {1}',
  'Your notebook needed {0}, so a program in it was ended, most likely a kernel. Its variables are lost; saved files are not. {1}':
    'Votre notebook avait besoin {0} : un de ses programmes a été arrêté, sans doute un noyau. Ses variables sont perdues ; les fichiers enregistrés ne le sont pas. {1}',
  'more memory than there is': 'de plus de mémoire qu’il n’y en a',
  'more than the {0} of memory of this course': 'de plus que les {0} de mémoire de ce cours',
  'Work with less data at once, and shut down kernels that you do not need. If that is not enough, ask your teacher for more memory.':
    'Travaillez avec moins de données à la fois, et arrêtez les noyaux dont vous n’avez pas besoin. Si cela ne suffit pas, demandez plus de mémoire à votre enseignant.',
  "The notebook's program ended because no more files could be written: your files, or the disk, take all the room that there is. What is saved is safe.":
    'Le programme du notebook s’est arrêté parce qu’il ne pouvait plus écrire de fichiers : vos fichiers, ou le disque, prennent toute la place. Ce qui est enregistré n’est pas perdu.',
  "The notebook's program ended.": 'Le programme du notebook s’est arrêté.',
  "The notebook's program ended ({0}).": 'Le programme du notebook s’est arrêté ({0}).',
  'Your files take {0} of the {1} that they may have in this course, so saving may fail without saying why. Delete files that you do not need, in the list of files or in a terminal: there is no trash, so that makes room at once.':
    'Vos fichiers prennent {0} des {1} auxquels ils ont droit dans ce cours : l’enregistrement peut échouer sans dire pourquoi. Supprimez des fichiers dont vous n’avez pas besoin, dans la liste des fichiers ou dans un terminal : il n’y a pas de corbeille, la place est donc libérée aussitôt.',
  'A spare did not answer when it was wanted.': 'Un serveur de réserve n’a pas répondu quand on en avait besoin.',
  'A spare did not answer while it waited.': 'Un serveur de réserve n’a pas répondu pendant qu’il attendait.',
  'The site prepares your notebook.': 'Le site prépare votre notebook.',
  'This notebook may not be started now.': 'Ce notebook ne peut pas être démarré maintenant.',
  'The site could not prepare your notebook.': 'Le site n’a pas pu préparer votre notebook.',
  'The files of this notebook could not be made ready.': 'Les fichiers de ce notebook n’ont pas pu être préparés.',
  'Files of this course could not be fetched.': 'Des fichiers de ce cours n’ont pas pu être récupérés.',
  'Files of this course are missing.': 'Des fichiers de ce cours manquent.',
  // What spawners say.
  'Your notebook could not be started.': 'Votre notebook n’a pas pu être démarré.',
  'Your notebook could not be started: something else has its name.':
    'Votre notebook n’a pas pu démarrer : autre chose porte son nom.',
  'Your notebook ended as soon as it had started.': 'Votre notebook s’est arrêté aussitôt démarré.',
  'The start of your notebook was ended.': 'Le démarrage de votre notebook a été interrompu.',
  'The machine that runs the notebooks does not answer.': 'La machine qui exécute les notebooks ne répond pas.',
  'The disk of the machine that runs the notebooks is full.':
    'Le disque de la machine qui exécute les notebooks est plein.',
  'Another notebook server is in the place of this one.': 'Un autre serveur de notebooks est à la place de celui-ci.',
  "Something else is in this notebook server's place.": 'Autre chose est à la place de ce serveur de notebooks.',
  "Something else is in the place of this course's files.": 'Autre chose est à la place des fichiers de ce cours.',
  'The notebook server could not be started on this machine.':
    'Le serveur de notebooks n’a pas pu démarrer sur cette machine.',
  'The notebook server could not be started on its machine.':
    'Le serveur de notebooks n’a pas pu démarrer sur sa machine.',
  'The notebook server was stopped while it was starting.':
    'Le serveur de notebooks a été arrêté pendant son démarrage.',
  'The notebook server was removed while it was starting.':
    'Le serveur de notebooks a été supprimé pendant son démarrage.',
  'The notebook server was being removed just now.':
    'Le serveur de notebooks était justement en train d’être supprimé.',
  'The notebook server of this course could not be made ready.':
    'Le serveur de notebooks de ce cours n’a pas pu être préparé.',
  'The place where this server was to answer is taken by another program.':
    'La place où ce serveur devait répondre est prise par un autre programme.',
  'The program {0} that this course needs is not installed here.':
    'Le programme {0} dont ce cours a besoin n’est pas installé ici.',
  'The settings of this course do not fit any more.': 'Les réglages de ce cours ne conviennent plus.',
  'A secret of this course cannot be read.': 'Un secret de ce cours ne peut pas être lu.',
  'The files of this notebook are not there.': 'Les fichiers de ce notebook n’y sont pas.',
  'The files of this notebook could not be given to its user.':
    'Les fichiers de ce notebook n’ont pas pu être donnés à son utilisateur.',
  'The files of this course are not there.': 'Les fichiers de ce cours n’y sont pas.',
  'Files of this course are not there.': 'Des fichiers de ce cours n’y sont pas.',
  'Files of this course have been removed in the midst of this start.':
    'Des fichiers de ce cours ont été supprimés au milieu de ce démarrage.',
  'The files of this course could not be unpacked.': 'Les fichiers de ce cours n’ont pas pu être décompressés.',
  'The files of this course could not be put into the notebook server.':
    'Les fichiers de ce cours n’ont pas pu être mis dans le serveur de notebooks.',
  'The files of this course have no place in its notebooks.':
    'Les fichiers de ce cours n’ont pas de place dans ses notebooks.',
  "The files of this course are too many for the cluster's own store.":
    'Les fichiers de ce cours sont trop nombreux pour le stockage du cluster.',
  "Files of this course lie in the learner's own folder, where nothing is put.":
    'Des fichiers de ce cours sont dans le dossier de l’apprenant, où rien n’est mis.',
  "The learner's files are not there.": 'Les fichiers de l’apprenant n’y sont pas.',
  'The image of this course has no user.': 'L’image de ce cours n’a pas d’utilisateur.',
  'The image of this course is not there.': 'L’image de ce cours n’est pas là.',
  'The image of this course could not be fetched.': 'L’image de ce cours n’a pas pu être récupérée.',
  'The image of this course cannot be pulled.': 'L’image de ce cours ne peut pas être récupérée.',
  "The name of this course's image is not valid.": 'Le nom de l’image de ce cours n’est pas valable.',
  "This course's server cannot be made from its image and settings.":
    'Le serveur de ce cours ne peut pas être fait avec son image et ses réglages.',
  "The program of this course's server cannot be started.": 'Le programme du serveur de ce cours ne peut pas démarrer.',
  'A program that prepares the notebooks of this course has failed.':
    'Un programme qui prépare les notebooks de ce cours a échoué.',
  'A program that the notebooks of this course need beside them does not keep running.':
    'Un programme dont les notebooks de ce cours ont besoin à côté d’eux ne tient pas.',
  'A program that the notebooks of this course need cannot be started.':
    'Un programme dont les notebooks de ce cours ont besoin ne peut pas démarrer.',
  'The cluster is too old to start notebook servers safely.':
    'Le cluster est trop ancien pour démarrer des serveurs de notebooks en toute sécurité.',
  'The cluster is too old for what the notebooks of this course need beside them.':
    'Le cluster est trop ancien pour ce dont les notebooks de ce cours ont besoin à côté d’eux.',
  'The cluster that runs notebook servers does not answer.':
    'Le cluster qui exécute les serveurs de notebooks ne répond pas.',
  'The cluster refused to start the notebook server.': 'Le cluster a refusé de démarrer le serveur de notebooks.',
  'All places for notebook servers are taken.': 'Toutes les places de serveurs de notebooks sont prises.',
  // How a start goes.
  'The cluster does not answer. Trying again.': 'Le cluster ne répond pas. Nouvel essai.',
  'The first try failed. Trying once more.': 'Le premier essai a échoué. Nouvel essai.',
  'Looking for a machine with room.': 'Recherche d’une machine qui a de la place.',
  'No machine has room, so another one is being started. This takes some minutes.':
    'Aucune machine n’a de place : une autre démarre. Cela prend quelques minutes.',
  'No machine has room at the moment. Waiting for one.': 'Aucune machine n’a de place en ce moment. Il faut attendre.',
  'Fetching the course to the machine. The first time takes longest.':
    'Le cours est amené sur la machine. La première fois est la plus longue.',
  'Waiting for your files, which another machine still has.':
    'En attente de vos fichiers, qu’une autre machine a encore.',
  // Why a pull or a build has failed.
  'The content could not be read: {0}': 'Le contenu n’a pas pu être lu : {0}',
  'The hub has ended {0} times while it was fetched.': 'Le hub s’est arrêté {0} fois pendant la récupération.',
  'It was not here within {0} minutes. Make the repository smaller, or split the course.':
    'Il n’est pas arrivé en {0} minutes. Rendez le dépôt plus petit, ou divisez le cours.',
  'The pull was cancelled.': 'La mise à jour a été annulée.',
  'The hub has ended {0} times while it was made.': 'Le hub s’est arrêté {0} fois pendant la fabrication.',
  'It was not made within {0} minutes. Make it smaller, or raise timeoutMinutes of the build.':
    'Elle n’a pas été faite en {0} minutes. Rendez-la plus petite, ou augmentez timeoutMinutes de la construction.',
  'The image could not be made: {0}': 'L’image n’a pas pu être faite : {0}',
  'The build was cancelled.': 'La construction a été annulée.',
  '{0} showed another host key ({1}) than the known one ({2}). Ask its operator whether the key was changed. If so, give the new one.':
    '{0} a montré une autre clé d’hôte ({1}) que celle qui est connue ({2}). Demandez à son opérateur si la clé a changé. Si oui, donnez la nouvelle.',
  'The host key of {0} is not among the known ones. Give the lines that ssh-keyscan {1} prints, once you have compared them.':
    'La clé d’hôte de {0} n’est pas parmi celles qui sont connues. Donnez les lignes qu’affiche ssh-keyscan {1}, après les avoir comparées.',
  'The deploy key cannot be read, or has a passphrase. Make one without: ssh-keygen -t ed25519 -N "".':
    'La clé de déploiement ne peut pas être lue, ou a une phrase secrète. Faites-en une sans : ssh-keygen -t ed25519 -N "".',
  '{0} refused the deploy key. Add its public half to the repository there.':
    '{0} a refusé la clé de déploiement. Ajoutez sa partie publique au dépôt là-bas.',
  'The repository holds something that takes more memory than the hub allows. Remove the largest files from it.':
    'Le dépôt contient quelque chose qui demande plus de mémoire que le hub n’en permet. Retirez-en les plus gros fichiers.',
  'The disk of the hub is full. Make room there.': 'Le disque du hub est plein. Faites-y de la place.',
  'The repository does not hand out that commit. Perhaps it is gone after a forced push: take a newer one.':
    'Le dépôt ne donne pas ce commit. Il a peut-être disparu après un push forcé : prenez-en un plus récent.',
  'The repository holds an object that git finds unsafe or damaged. Look at it with git fsck, and remove it from the history.':
    'Le dépôt contient un objet que git trouve dangereux ou abîmé. Examinez-le avec git fsck, et retirez-le de l’historique.',
  '{0} refused the token. It may have expired, or not be for this repository.':
    '{0} a refusé le jeton. Il a peut-être expiré, ou n’est pas pour ce dépôt.',
  '{0} does not show the repository. Either it is private, or the address is wrong. Give a token for it, make it public, or correct the address.':
    '{0} ne montre pas le dépôt. Ou bien il est privé, ou bien l’adresse est fausse. Donnez un jeton, rendez le dépôt public, ou corrigez l’adresse.',
  '{0} has no repository at this address, or does not show it{1}. Correct the address.':
    '{0} n’a pas de dépôt à cette adresse, ou ne le montre pas{1}. Corrigez l’adresse.',
  'The address leads to plain files, not to a server of git. Use the address that the host shows for cloning.':
    'L’adresse mène à de simples fichiers, et non à un serveur de git. Prenez l’adresse que l’hébergeur montre pour cloner.',
  "The certificate of {0} could not be verified. Its operator must correct it, or the hub's machine must know its authority.":
    'Le certificat de {0} n’a pas pu être vérifié. Son opérateur doit le corriger, ou la machine du hub doit connaître son autorité.',
  '{0} did not answer on port {1}. Try again later.': '{0} n’a pas répondu sur le port {1}. Réessayez plus tard.',
  '{0} failed while it answered. Try again later.': '{0} a échoué en répondant. Réessayez plus tard.',
  'What {0} answered is not the answer of a repository. Correct the address.':
    'Ce que {0} a répondu n’est pas la réponse d’un dépôt. Corrigez l’adresse.',
  "There is no host {0}. Correct the name in the repository's address.":
    'Il n’y a pas d’hôte {0}. Corrigez le nom dans l’adresse du dépôt.',
  'The address of {0} could not be found out: the name service did not answer.':
    'L’adresse de {0} n’a pas pu être trouvée : le service de noms n’a pas répondu.',
  'The repository is empty, or there is none at this address. Push a commit, or correct the address.':
    'Le dépôt est vide, ou il n’y en a pas à cette adresse. Poussez un commit, ou corrigez l’adresse.',
  'The repository does not say which branch is its main one. Name a branch or tag.':
    'Le dépôt ne dit pas quelle est sa branche principale. Nommez une branche ou une étiquette.',
  'The repository was not there within {0} seconds. Try again later, or have the operator allow more.':
    'Le dépôt n’est pas arrivé en {0} secondes. Réessayez plus tard, ou demandez plus de temps à l’opérateur.',
  '{0} is not in the repository.': '{0} n’est pas dans le dépôt.',
  'It could not be built: {0} When that is mended, try again: carrel images build {1}':
    'Elle n’a pas pu être construite : {0} Une fois que c’est réparé, réessayez : carrel images build {1}',
  'It was not built yet. Have it built: carrel images build {0}':
    'Elle n’a pas encore été construite. Faites-la construire : carrel images build {0}',
  'It is being built.': 'Elle est en construction.',
  'It could not be built anew: {0}': 'Elle n’a pas pu être reconstruite : {0}',
  'The commit has no {0}, to which links of the course should lead. There are none.':
    'Le commit n’a pas {0}, où des liens du cours devraient mener. Il n’y en a donc pas.',
  'Servers cannot have {0}: a path leads into the repository, without .. and :.':
    'Les serveurs ne peuvent pas avoir {0} : un chemin mène dans le dépôt, sans .. ni :.',
  'The links of the course lead to {0} folders, and {1} is the most. Put some into one folder.':
    'Les liens du cours mènent à {0} dossiers, et {1} est le maximum. Réunissez-en quelques-uns dans un seul.',
  "The repository has {0}, and one of which learners get all files (content.copies: 'all') has {1} at most (limits.contentFolder). Make it smaller, let learners get the notebooks that they open (content.copies: 'lazy'), or ask the people who run this site for a disk.":
    "Le dépôt a {0}, et un dépôt dont les apprenants reçoivent tous les fichiers (content.copies: 'all') en a au plus {1} (limits.contentFolder). Rendez-le plus petit, donnez aux apprenants les notebooks qu’ils ouvrent (content.copies: 'lazy'), ou demandez un disque aux responsables de ce site.",
  '{0} has {1}, and a folder of a course has {2} at most (limits.contentFolder). Make it smaller, or ask the people who run this site for a disk.':
    '{0} a {1}, et un dossier d’un cours en a au plus {2} (limits.contentFolder). Rendez-le plus petit, ou demandez un disque aux responsables de ce site.',
  'The repository has {0} files that may be notebooks, which is more than {1}. Keep programs and texts that are no notebooks in another repository, or split the course.':
    'Le dépôt a {0} fichiers qui pourraient être des notebooks, plus que les {1} permis. Gardez les programmes et les textes qui n’en sont pas dans un autre dépôt, ou divisez le cours.',
  'The notebook {0} has {1}, which is more than {2}. Clear its outputs, or keep its data in files beside it.':
    'Le notebook {0} a {1}, plus que les {2} permis. Effacez ses sorties, ou gardez ses données dans des fichiers à côté.',
  'The repository has more than {0} notebooks. Split the course, or keep the others in another repository.':
    'Le dépôt a plus de {0} notebooks. Divisez le cours, ou gardez les autres dans un autre dépôt.',
  'The notebooks of the repository have more than {0} together. Clear their outputs, or split the course.':
    'Les notebooks du dépôt ont ensemble plus de {0}. Effacez leurs sorties, ou divisez le cours.',
  'The course has no content any more, or opens to no one.': 'Le cours n’a plus de contenu, ou ne s’ouvre à personne.',
  // What is to be mended in a repository: it stands after the name of a file.
  'has a path of more than {0} characters, and is left out: shorten it':
    'a un chemin de plus de {0} caractères, et est laissé de côté : raccourcissez-le',
  'is kept by Git LFS, and its content could not be fetched: push it (git lfs push), or keep it in the repository itself':
    'est gardé par Git LFS, et son contenu n’a pas pu être récupéré : poussez-le (git lfs push), ou gardez-le dans le dépôt lui-même',
  'takes too long to be read, or too much memory: make it smaller':
    'demande trop de temps ou de mémoire pour être lu : rendez-le plus petit',
  'cannot be read as a notebook: open it in Jupyter and save it anew, or restore it':
    'ne peut pas être lu comme un notebook : ouvrez-le dans Jupyter et enregistrez-le de nouveau, ou restaurez-le',
  'has the same name as {0} but for capitals: rename one, since some disks hold only one of them':
    'a le même nom que {0} aux majuscules près : renommez l’un des deux, car certains disques n’en gardent qu’un',
  'It ran, but neither the hub nor a proxy ({0}) got an answer in two looks, at least {1} s apart, and nothing passed in between.':
    'Il tournait, mais ni le hub ni un proxy ({0}) n’a reçu de réponse à deux essais, à {1} s d’écart au moins, et rien n’est passé entre les deux.',
  "The key of the notebook's last start is not in use any more.":
    'La clé du dernier démarrage du notebook n’est plus utilisée.',
  // What a server does at the moment, as a support code tells it.
  'nothing passes, and its program tells nothing of what it does':
    'rien ne passe, et son programme ne dit rien de ce qu’il fait',
  'nothing passes, and busy kernels do not count here': 'rien ne passe, et les noyaux occupés ne comptent pas ici',
  'a proxy has never told of its traffic': 'un proxy n’a jamais parlé de son trafic',
  'a proxy has not told of its traffic lately': 'un proxy n’a pas parlé de son trafic dernièrement',
  'its traffic is not known yet': 'son trafic n’est pas encore connu',
  'it was not asked yet what it is doing': 'on ne lui a pas encore demandé ce qu’il fait',
  'it was not asked lately what it is doing': 'on ne lui a pas demandé dernièrement ce qu’il fait',
  'kernel {0} is {1}': 'le noyau {0} est dans l’état {1}',
  'no kernel is busy': 'aucun noyau n’est occupé',
  'no kernel is busy, and its terminals are quiet': 'aucun noyau n’est occupé, et ses terminaux sont calmes',
  'the server did not say what it is doing: {0}': 'le serveur n’a pas dit ce qu’il fait : {0}',
  'its key is gone': 'sa clé n’existe plus',
  'it answered {0}': 'il a répondu {0}',
  // Why files that last are to be removed.
  'not used for {0} days': 'pas utilisés depuis {0} jours',
  'its temporary user was removed': 'leur utilisateur temporaire a été supprimé',
  'its course was deleted': 'leur cours a été supprimé',
  'removed by staff': 'supprimés par l’équipe',
  // Why a mail was not sent.
  'The mail could not be made.': 'L’e-mail n’a pas pu être préparé.',
  'The person has a password already, or is gone.': 'La personne a déjà un mot de passe, ou n’est plus là.',
  'The hub stopped.': 'Le hub s’est arrêté.',
  'The mail server took too long.': 'Le serveur de messagerie a mis trop de temps.',
}
