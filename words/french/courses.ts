import type { Catalogue } from '../catalogue.ts'

/** Texts about making and changing courses, their repositories, keys and images. */
export const frenchCourses: Catalogue = {
  'This course is not there any more.': 'Ce cours n’existe plus.',
  'The page for a new course is "{0}": take another name.':
    'La page pour un nouveau cours est « {0} » : prenez un autre nom.',
  'This is no name of a course: {0}.': 'Ce n’est pas un nom de cours : {0}.',
  'The course was changed meanwhile by {0}, so nothing was done.':
    'Le cours a été modifié entre-temps par {0}, donc rien n’a été fait.',
  'The course was changed meanwhile, so nothing was done.':
    'Le cours a été modifié entre-temps, donc rien n’a été fait.',
  'It has version {0} now.': 'Il en est maintenant à la version {0}.',
  'Look at it, and make your change to what is there.':
    'Regardez-le, et faites votre modification sur ce qui s’y trouve.',
  'You were signed out meanwhile, so nothing was done. Sign in and try again.':
    'Vous avez été déconnecté entre-temps, donc rien n’a été fait. Connectez-vous et réessayez.',
  'A course has the name "{0}", or had it: take another one.':
    'Un cours porte ou a porté le nom « {0} » : prenez-en un autre.',
  'You have made {0} courses, which is the most: change one of them, or ask the operator.':
    'Vous avez créé {0} cours, le maximum : modifiez l’un d’eux, ou demandez à l’opérateur.',
  'Learners have or had files or notebooks of an earlier course "{0}": take another name, or ask the operator to make it.':
    'Des apprenants ont ou avaient des fichiers ou des notebooks d’un ancien cours « {0} » : prenez un autre nom, ou demandez à l’opérateur de le créer.',
  'You may not make courses here. The operator says who may, by courseMaking of the config: ask to be added there.':
    'Vous n’avez pas le droit de créer des cours ici. L’opérateur dit qui l’a, par courseMaking de la configuration : demandez à y être ajouté.',
  '{0} stands in the config file, and is changed there.':
    '{0} figure dans le fichier de configuration, et c’est là qu’il se modifie.',
  'There is no course "{0}" that you may change here.': 'Il n’y a pas de cours « {0} » que vous puissiez modifier ici.',

  "{0} has no content from git. Say content: { git: 'https://…' } in its definition.":
    "{0} n’a pas de contenu venant de git. Indiquez content: { git: 'https://…' } dans sa définition.",
  '{0} opens to no one at the moment, so its content is not fetched.':
    '{0} ne s’ouvre à personne pour le moment, donc son contenu n’est pas récupéré.',
  'The content of {0} is not being fetched.': 'Le contenu de {0} n’est pas en cours de récupération.',
  'The address is asked by SSH, which takes no token: make a deploy key.':
    'L’adresse est demandée par SSH, qui n’accepte pas de jeton : créez une clé de déploiement.',
  'A deploy key is for SSH. Write the address as ssh://git@{0}/path, or give a token.':
    'Une clé de déploiement est faite pour SSH. Écrivez l’adresse sous la forme ssh://git@{0}/path, ou donnez un jeton.',
  'The key was changed meanwhile, so nothing was done. Look at it again.':
    'La clé a été modifiée entre-temps, donc rien n’a été fait. Regardez-la de nouveau.',
  'The repository has a key already. Look at it before you replace it.':
    'Le dépôt a déjà une clé. Regardez-la avant de la remplacer.',
  'There is no such key for this repository. Give one first.':
    'Il n’y a pas de telle clé pour ce dépôt. Donnez-en d’abord une.',
  'There is no such address for this course. Make one first.':
    'Il n’y a pas de telle adresse pour ce cours. Créez-en d’abord une.',
  'The secret of this address was sealed with a key of the installation that is gone. Make a new address.':
    'Le secret de cette adresse a été scellé avec une clé de l’installation qui n’existe plus. Créez une nouvelle adresse.',

  'The config names no image "{0}" to be built.': 'La configuration ne nomme pas d’image « {0} » à construire.',
  'The config names no image "{0}" to be built{1}': 'La configuration ne nomme pas d’image « {0} » à construire{1}',
  'The image {0} is not being built.': 'L’image {0} n’est pas en cours de construction.',
  'The software of this course could not be put together, so it cannot be opened yet.':
    'Les logiciels de ce cours n’ont pas pu être assemblés, donc il ne peut pas encore être ouvert.',
  '{0} Tell your teacher, who can see why and have it tried again.':
    '{0} Signalez-le à votre enseignant, qui peut voir pourquoi et faire réessayer.',
  'Show what has happened': 'Voir ce qui s’est passé',
  'The software of this course is being put together.': 'Les logiciels de ce cours sont en cours d’assemblage.',
  'It begins soon.': 'Cela commence bientôt.',
  'Its files are being fetched.': 'Leurs fichiers sont en cours de récupération.',
  'It has begun.': 'Cela a commencé.',
  'This is step {0} of {1}.': 'C’est l’étape {0} sur {1}.',
  'It is almost there.': 'C’est presque prêt.',
  'That can take some minutes. This page goes on by itself.':
    'Cela peut prendre quelques minutes. Cette page continue d’elle-même.',
  'The {0} spawner starts servers from no images.': 'Le spawner {0} ne démarre pas de serveurs à partir d’images.',

  'Whether it opens the repository is not known yet: it could not be asked, or did not answer in time.':
    'On ne sait pas encore si le dépôt s’ouvre avec cela : il n’a pas pu être interrogé, ou n’a pas répondu à temps.',
  'It opens the repository.': 'Le dépôt s’ouvre avec cela.',
  'It does not open the repository.': 'Le dépôt ne s’ouvre pas avec cela.',
  '{0} shows {1}, and not the fingerprint that you have confirmed.':
    '{0} présente {1}, et non l’empreinte que vous avez confirmée.',
  'The token of this repository was sealed with the key {0} of this installation, which the hub has no more, or the database was changed. Give the token again.':
    'Le jeton de ce dépôt a été scellé avec la clé {0} de cette installation, que le hub n’a plus, ou la base de données a été modifiée. Donnez de nouveau le jeton.',
  'The deploy key of this repository was sealed with the key {0} of this installation, which the hub has no more, or the database was changed. Make a new one, and add its public half to the repository.':
    'La clé de déploiement de ce dépôt a été scellée avec la clé {0} de cette installation, que le hub n’a plus, ou la base de données a été modifiée. Créez-en une nouvelle, et ajoutez sa partie publique au dépôt.',
  "The host key of {0} is not confirmed yet. Compare its fingerprint with what the host's operator publishes, and confirm it where the deploy key was made.":
    'La clé d’hôte de {0} n’est pas encore confirmée. Comparez son empreinte avec ce que publie l’opérateur de l’hébergeur, et confirmez-la là où la clé de déploiement a été créée.',
  'This key is for {0}, and the repository is {1} now. It is not used, and was not sent there. Give one for the new address, or remove this one.':
    'Cette clé est pour {0}, et le dépôt est maintenant {1}. Elle n’est pas utilisée, et n’y a pas été envoyée. Donnez-en une pour la nouvelle adresse, ou retirez celle-ci.',
  'This key is for the host {0}, and the repository is at {1} now. It is not used, and was not sent there. Give one for the new address, or remove this one.':
    'Cette clé est pour l’hébergeur {0}, et le dépôt est maintenant à {1}. Elle n’est pas utilisée, et n’y a pas été envoyée. Donnez-en une pour la nouvelle adresse, ou retirez celle-ci.',
  'The config has a hook before starts, which makes each server for its own user.':
    'La configuration a un hook avant les démarrages, qui fait chaque serveur pour son propre utilisateur.',
  'The course needs an answer before each start.': 'Le cours a besoin d’une réponse avant chaque démarrage.',
  'There are none at this hour, or the course is not open, or there is maintenance.':
    'Il n’y en a pas à cette heure, ou le cours n’est pas ouvert, ou une maintenance est en cours.',
}
