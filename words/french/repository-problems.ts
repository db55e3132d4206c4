import type { Catalogue } from '../catalogue.ts'

/** What is to be mended in a repository, at its host or in the key for it, and in the files that make an image. */
export const frenchRepositoryProblems: Catalogue = {
  // carrel.yaml and nbhosting.yaml, behind the name of a setting.
  'take it out here, and set it in the course itself, by its page or `carrel course edit`':
    'retirez-le d’ici, et réglez-le dans le cours lui-même, par sa page ou par `carrel course edit`',
  'is not for a repository to decide, since servers cost the site something: {0}':
    'n’est pas à la décision d’un dépôt, car les serveurs coûtent quelque chose au site : {0}',
  'is not for a repository to decide, since it says who gets at the course and its servers: {0}':
    'n’est pas à la décision d’un dépôt, car cela dit qui accède au cours et à ses serveurs : {0}',
  'is not for a repository to decide, since it opens servers to other sites: {0}':
    'n’est pas à la décision d’un dépôt, car cela ouvre les serveurs à d’autres sites : {0}',
  'is not for a repository to decide, since it says what servers are made of: {0}':
    'n’est pas à la décision d’un dépôt, car cela dit de quoi les serveurs sont faits : {0}',
  'is not for a repository to decide, since it lays files over those of servers: {0}':
    'n’est pas à la décision d’un dépôt, car cela met des fichiers par-dessus ceux des serveurs : {0}',
  'is not for a repository to decide, since it asks something of learners: {0}':
    'n’est pas à la décision d’un dépôt, car cela demande quelque chose aux apprenants : {0}',
  'is not for a repository to decide, since variables may replace those that servers need, and secrets do not belong into a repository: {0}':
    'n’est pas à la décision d’un dépôt, car des variables peuvent remplacer celles dont les serveurs ont besoin, et un secret n’a pas sa place dans un dépôt : {0}',
  "is not for a repository to decide, since it reaches beyond the course's servers: take it out here, and ask the operator":
    'n’est pas à la décision d’un dépôt, car cela va au-delà des serveurs du cours : retirez-le d’ici, et demandez à l’opérateur',
  "is not for a repository to decide, since it says where learners' files lie and how large they grow: {0}":
    'n’est pas à la décision d’un dépôt, car cela dit où sont les fichiers des apprenants et jusqu’où ils grandissent : {0}',
  'is not for a repository to decide, since it says which repository the course has: {0}':
    'n’est pas à la décision d’un dépôt, car cela dit quel dépôt le cours a : {0}',
  "is not for a repository to decide, since learners' files are kept under it: take it out":
    'n’est pas à la décision d’un dépôt, car les fichiers des apprenants sont gardés sous ce nom : retirez-le',
  "is not for a repository to decide, since the site's own pages speak it: {0}":
    'n’est pas à la décision d’un dépôt, car les pages du site la parlent : {0}',
  'has more than {0} KiB and is not read: make it shorter': 'dépasse {0} Kio et n’est pas lu : raccourcissez-le',
  'is no proper YAML here: {0}. Correct it': 'n’est pas du YAML correct ici : {0}. Corrigez-le',
  'is nested too deeply and is not read: write it with fewer levels':
    'est imbriqué trop profondément et n’est pas lu : écrivez-le avec moins de niveaux',
  'says more than is read, with its aliases: make it shorter':
    'dit plus que ce qui est lu, avec ses alias : raccourcissez-le',
  'has the tag {0}, and tags are not allowed: take it out':
    'a l’étiquette {0}, et les étiquettes ne sont pas permises : retirez-la',
  'names *{0}, and there is no &{1} before it': 'nomme *{0}, et il n’y a pas de &{1} avant',
  'has a key that is no word: write a word in front of the colon':
    'a une clé qui n’est pas un mot : écrivez un mot devant les deux-points',
  '`<<` is not read: write out what it would bring': '`<<` n’est pas lu : écrivez en entier ce qu’il apporterait',
  '`{0}` stands here twice, and the last one counts': '`{0}` figure deux fois ici, et c’est le dernier qui compte',
  'is not read: it must be a file of text in UTF-8, neither a link nor kept by Git LFS, and up to 64 KiB long':
    'n’est pas lu : ce doit être un fichier de texte en UTF-8, ni un lien ni gardé par Git LFS, et d’au plus 64 Kio',
  'opens for reading only, and learners get no copy of it: in its place is the link {0} of the static mappings. Move it to another folder, or give the mapping another name':
    's’ouvre en lecture seule, et les apprenants n’en reçoivent pas de copie : à sa place est le lien {0} des mappings. Mettez-le dans un autre dossier, ou donnez un autre nom au mapping',
  "all files of the repository have {0}, and a learner's files of the course have room for {1} (home.size): a part of them is missing in copies. Give the course more room, make the repository smaller, or let learners get the notebooks that they open (content.copies: 'lazy')":
    "tous les fichiers du dépôt ont {0}, et les fichiers d’un apprenant du cours ont la place pour {1} (home.size) : une partie manque dans les copies. Donnez plus de place au cours, rendez le dépôt plus petit, ou donnez aux apprenants les notebooks qu’ils ouvrent (content.copies: 'lazy')",
  'has {0} more problems, which are told when these are mended':
    'a encore {0} problèmes, qui seront dits quand ceux-ci seront réparés',
  'begins with a slash: name notebooks from the top of the repository, like week1/*.md':
    'commence par une barre oblique : nommez les notebooks depuis le haut du dépôt, comme week1/*.md',
  'leads out of the repository by `..`: name notebooks from its top, like week1/*.md':
    'sort du dépôt par `..` : nommez les notebooks depuis son haut, comme week1/*.md',
  'has a character that no file has: take it out': 'a un caractère qu’aucun fichier n’a : retirez-le',
  'names nothing: name notebooks, like week1/*.md': 'ne nomme rien : nommez des notebooks, comme week1/*.md',
  'this track has no {0}, and is called by the word itself, as at nbhosting: say it':
    'ce parcours n’a pas de {0}, et porte ce mot comme nom, comme chez nbhosting : donnez-le',
  '`{0}` has no effect: Carrel makes no pages of a repository yet. It can stay for nbhosting':
    '`{0}` n’a pas d’effet : Carrel ne fait pas encore de pages d’un dépôt. Cela peut rester pour nbhosting',
  '`tracks-filter` names none of the tracks, so that the course has none of its own: name some of {0}, or take it out':
    '`tracks-filter` ne nomme aucun des parcours, si bien que le cours n’en a pas à lui : nommez-en parmi {0}, ou retirez-le',
  'the id "{0}" is that of two tracks, and links lead to the first: give one another `id`':
    'l’id "{0}" est celui de deux parcours, et les liens mènent au premier : donnez un autre `id` à l’un d’eux',
  'is a text: write one in its place': 'est un texte : écrivez-en un à la place',
  'is longer than {0} characters: shorten it': 'dépasse {0} caractères : raccourcissez-le',
  'is longer than 500 characters: shorten it': 'dépasse 500 caractères : raccourcissez-le',
  'is longer than 100 characters: shorten it': 'dépasse 100 caractères : raccourcissez-le',
  'has a character that cannot be shown: take it out': 'a un caractère qui ne peut pas être affiché : retirez-le',
  'is the path of a notebook, or a pattern like week1/*.md: write one':
    'est le chemin d’un notebook, ou un motif comme week1/*.md : écrivez-en un',
  'is the name of a link, like data: write one': 'est le nom d’un lien, comme data : écrivez-en un',
  'is the name of a link in folders of notebooks, like data: no slash in it and no dot in front':
    'est le nom d’un lien dans les dossiers de notebooks, comme data : sans barre oblique, et sans point devant',
  'is a path from the top of the repository, like data: write one':
    'est un chemin depuis le haut du dépôt, comme data : écrivez-en un',
  'is no path in the repository: name a folder or file from its top, like data or media/pictures, without `..`':
    'n’est pas un chemin dans le dépôt : nommez un dossier ou un fichier depuis son haut, comme data ou media/pictures, sans `..`',
  'is a list of paths and patterns: write each in a line that begins with `- `':
    'est une liste de chemins et de motifs : écrivez chacun sur une ligne qui commence par `- `',
  'is no section: write one with `name` and `notebooks`':
    'n’est pas une section : écrivez-en une avec `name` et `notebooks`',
  'is a list of sections: write each with `name` and `notebooks`':
    'est une liste de sections : écrivez chacune avec `name` et `notebooks`',
  'is no track: write one with `id`, `name`, `description` and `sections`':
    'n’est pas un parcours : écrivez-en un avec `id`, `name`, `description` et `sections`',
  'is a list of ids: write each in a line that begins with `- `':
    'est une liste d’id : écrivez chacun sur une ligne qui commence par `- `',
  'is a list of tracks': 'est une liste de parcours',
  'is no mapping: write one with `source` and `destination`':
    'n’est pas un mapping : écrivez-en un avec `source` et `destination`',
  'is a list of mappings': 'est une liste de mappings',
  'is a list of builds': 'est une liste de builds',
  'is no place of notebooks inside a server: it has {0} in it, once, and begins with the page of a program, like {1} or lab/tree/{2}':
    'n’est pas une place de notebooks dans un serveur : il contient {0}, une fois, et commence par la page d’un programme, comme {1} ou lab/tree/{2}',
  'of the section “{0}” in the track “{1}”': 'de la section « {0} » du parcours « {1} »',
  'the tracks name too much from `{0}` {1} on, and the rest is left out: write fewer patterns, with fewer `*`':
    'les parcours nomment trop de choses à partir de `{0}` {1}, et le reste est laissé de côté : écrivez moins de motifs, avec moins de `*`',
  '`{0}` {1} is the path of no notebook: correct it, or take it out':
    '`{0}` {1} n’est le chemin d’aucun notebook : corrigez-le, ou retirez-le',
  'there are {0} more patterns that find nothing': 'il y a encore {0} motifs qui ne trouvent rien',
  'All notebooks of the course, by folder': 'Tous les notebooks du cours, par dossier',
  // The files that make an image.
  '{0}, line {1}: {2} is no name of a package: write one package on each line, such as graphviz or graphviz=2.42.2-7.':
    '{0}, ligne {1} : {2} n’est pas un nom de paquet : écrivez un paquet par ligne, comme graphviz ou graphviz=2.42.2-7.',
  '{0} cannot be in an image: only files, folders and links below the folder of the build can.':
    '{0} ne peut pas être dans une image : seuls des fichiers, dossiers et liens sous le dossier de la construction le peuvent.',
  '{0}, line {1}: Docker cannot read this pattern. Correct it, or remove the line.':
    '{0}, ligne {1} : Docker ne peut pas lire ce motif. Corrigez-le, ou supprimez la ligne.',
  '{0} has more than {1} lines: make it shorter, with patterns such as data/*.csv.':
    '{0} a plus de {1} lignes : raccourcissez-le, avec des motifs comme data/*.csv.',
  '{0} is not in the folder of the build: correct dockerfile, or add it.':
    '{0} n’est pas dans le dossier de la construction : corrigez dockerfile, ou ajoutez-le.',
  '{0} has no effect: {1} alone makes the image, and does not name it.':
    '{0} n’a pas d’effet : {1} fait seul l’image, et ne le nomme pas.',
  'binder/ and .binder/ are both there, and only one can count: remove one of them.':
    'binder/ et .binder/ sont là tous les deux, et un seul peut compter : supprimez l’un d’eux.',
  '{0} is a link: put the file itself there.': '{0} est un lien : mettez-y le fichier lui-même.',
  '{0} is larger than 1 MiB: make it shorter.': '{0} dépasse 1 Mio : raccourcissez-le.',
  '{0} is no text in UTF-8: save it as such.': '{0} n’est pas un texte en UTF-8 : enregistrez-le ainsi.',
  '{0}, line 1: {1}': '{0}, ligne 1 : {1}',
  'has lines that end as on Windows, so that it does not start: save it with line ends of Unix.':
    'a des lignes qui finissent comme sous Windows, si bien qu’il ne démarre pas : enregistrez-le avec des fins de ligne Unix.',
  'does not say which program runs it: begin it with a line like #!/bin/bash.':
    'ne dit pas quel programme l’exécute : commencez-le par une ligne comme #!/bin/bash.',
  '{0} is no path in the folder of the build: correct dockerfile.':
    '{0} n’est pas un chemin dans le dossier de la construction : corrigez dockerfile.',
  'The image of a repository without a Dockerfile is made from another one':
    'L’image d’un dépôt sans Dockerfile est faite à partir d’une autre',
  '{0}: say base, such as the image that the course had before, or add a Dockerfile.':
    '{0} : donnez base, par exemple l’image que le cours avait avant, ou ajoutez un Dockerfile.',
  '{0} has no effect beside {1}: name in {2} what it asks for.':
    '{0} n’a pas d’effet à côté de {1} : nommez dans {2} ce qu’il demande.',
  'No file in {0} says how the image is made: add a Dockerfile, environment.yml or requirements.txt there, or correct folder.':
    'Aucun fichier dans {0} ne dit comment l’image est faite : ajoutez-y un Dockerfile, environment.yml ou requirements.txt, ou corrigez folder.',
  'the folder of the build': 'le dossier de la construction',
  '{0} has no effect beside {1}: name the version there, as python=3.12.':
    '{0} n’a pas d’effet à côté de {1} : nommez-y la version, comme python=3.12.',
  '{0}, line {1}: only python-3.12 and the like can be asked for, and the base image must have it: remove the file, and choose a base image with what it wants.':
    '{0}, ligne {1} : seul python-3.12 et semblables peut être demandé, et l’image de base doit l’avoir : supprimez le fichier, et choisissez une image de base qui a ce qu’il veut.',
  '{0} never starts what it is given: end it with exec "$@", or no server starts.':
    '{0} ne démarre jamais ce qu’on lui donne : terminez-le par exec "$@", ou aucun serveur ne démarre.',
  '{0}: {1}.': '{0} : {1}.',
  'list its packages in environment.yml, requirements.txt or install.R, or add a Dockerfile':
    'énumérez ses paquets dans environment.yml, requirements.txt ou install.R, ou ajoutez un Dockerfile',
  'packages of Nix are not installed: {0}': 'les paquets de Nix ne sont pas installés : {0}',
  'packages of Julia are not installed: add a Dockerfile, or install them in postBuild':
    'les paquets de Julia ne sont pas installés : ajoutez un Dockerfile, ou installez-les dans postBuild',
  'packages of R are not installed from it: install them in install.R':
    'les paquets de R ne sont pas installés à partir de lui : installez-les dans install.R',
  'packages of pipenv are not installed: write them to requirements.txt (pipenv requirements)':
    'les paquets de pipenv ne sont pas installés : écrivez-les dans requirements.txt (pipenv requirements)',
  'is read by no step: rename it to requirements.txt': 'n’est lu par aucune étape : renommez-le en requirements.txt',
  'is read by no step under this name: rename it to environment.yml':
    'n’est lu par aucune étape sous ce nom : renommez-le en environment.yml',
  'packages of Guix are not installed: {0}': 'les paquets de Guix ne sont pas installés : {0}',
  // Addresses, keys and hosts of git.
  'The address {0} {1}. {2}': 'L’adresse {0} {1}. {2}',
  'has characters that an address of a repository never has': 'a des caractères que l’adresse d’un dépôt n’a jamais',
  'is of the kind {0}://, which is not allowed': 'est du genre {0}://, qui n’est pas permis',
  'cannot be read': 'ne peut pas être lue',
  'names a port that does not exist': 'nomme un port qui n’existe pas',
  'is no address of a repository on another machine': 'n’est pas l’adresse d’un dépôt sur une autre machine',
  'has a path that begins with a hyphen': 'a un chemin qui commence par un tiret',
  'holds a name or a secret before the @': 'contient un nom ou un secret avant le @',
  'Leave it out of the address, and give the token by itself.':
    'Ne le mettez pas dans l’adresse, et donnez le jeton à part.',
  'names no user before the host': 'ne nomme pas d’utilisateur avant l’hôte',
  'Most hosts want git@.': 'La plupart des hébergeurs veulent git@.',
  'has a user that is more than a name': 'a un utilisateur qui est plus qu’un nom',
  'A password in an address is not allowed.': 'Un mot de passe dans une adresse n’est pas permis.',
  'has no IPv6 address in its brackets': 'n’a pas d’adresse IPv6 entre ses crochets',
  'has no host name': 'n’a pas de nom d’hôte',
  'has an address in an unusual spelling': 'a une adresse écrite de façon inhabituelle',
  'has no path': 'n’a pas de chemin',
  'has “.” or “..” in its path': 'a « . » ou « .. » dans son chemin',
  'has an escape that no path needs': 'a un codage dont aucun chemin n’a besoin',
  'Write https://host/path{0}.': 'Écrivez https://hôte/chemin{0}.',
  ', ssh://git@host/path or git@host:path': ', ssh://git@hôte/chemin ou git@hôte:chemin',
  '{0} is asked by SSH, which needs a deploy key. Give one, or write the https:// address.':
    '{0} est interrogé par SSH, ce qui demande une clé de déploiement. Donnez-en une, ou écrivez l’adresse en https://.',
  'The deploy key is no private key. Give the text of the file that ssh-keygen wrote, the one without .pub.':
    'La clé de déploiement n’est pas une clé privée. Donnez le texte du fichier que ssh-keygen a écrit, celui sans .pub.',
  'The host key of {0} is not given. Give the lines that ssh-keyscan {1} prints, once you have compared them.':
    'La clé d’hôte de {0} n’est pas donnée. Donnez les lignes qu’affiche ssh-keyscan {1}, après les avoir comparées.',
  'A deploy key is for SSH. Write the address as ssh://git@host/path, or give a token.':
    'Une clé de déploiement est pour SSH. Écrivez l’adresse sous la forme ssh://git@hôte/chemin, ou donnez un jeton.',
  'The token has characters that no token has, such as a space at its end. Copy it again.':
    'Le jeton a des caractères qu’aucun jeton n’a, comme un espace à la fin. Copiez-le de nouveau.',
  'This is a key of PuTTY. Write it in the form of OpenSSH: puttygen KEY -O private-openssh -o FILE, and give that file.':
    'C’est une clé de PuTTY. Écrivez-la sous la forme d’OpenSSH : puttygen KEY -O private-openssh -o FILE, et donnez ce fichier.',
  'This is the public half of a key. Give the file without .pub, and the public half to the host.':
    'C’est la partie publique d’une clé. Donnez le fichier sans .pub, et la partie publique à l’hébergeur.',
  'This key is of a kind that needs a device, or that is too old. Make one: ssh-keygen -t ed25519 -N "".':
    'Cette clé est d’un genre qui demande un appareil, ou qui est trop ancien. Faites-en une : ssh-keygen -t ed25519 -N "".',
  'This key has a passphrase, which no one could type at the hub. Make a pair for this repository alone, or take the passphrase out of a copy: ssh-keygen -p -N "" -f FILE.':
    'Cette clé a une phrase secrète, que personne ne pourrait taper au hub. Faites une paire pour ce seul dépôt, ou retirez la phrase secrète d’une copie : ssh-keygen -p -N "" -f FILE.',
  'This is no private key. Give the whole text of the file that ssh-keygen wrote, the one without .pub.':
    'Ce n’est pas une clé privée. Donnez tout le texte du fichier que ssh-keygen a écrit, celui sans .pub.',
  "A line begins with {0}, which is not taken here. Give the host's own keys.":
    'Une ligne commence par {0}, qui n’est pas accepté ici. Donnez les clés de l’hébergeur lui-même.',
  'None of these lines has a key of {0}. Give the lines that ssh-keyscan {1}{2} prints, once you have compared them.':
    'Aucune de ces lignes n’a de clé de {0}. Donnez les lignes qu’affiche ssh-keyscan {1}{2}, après les avoir comparées.',
  'Only hosts that are asked by SSH have such keys.': 'Seuls les hébergeurs interrogés par SSH ont de telles clés.',
  '{0} shows no host key on port {1}. Look whether it is asked by SSH there, or try again later.':
    '{0} ne montre pas de clé d’hôte sur le port {1}. Regardez s’il y est interrogé par SSH, ou réessayez plus tard.',
  "{0} leads to an address that is not public, and the hub's git may not go there. If that is meant, the operator lists the host or its network among the hosts of git.":
    '{0} mène à une adresse qui n’est pas publique, où le git du hub ne peut pas aller. Si c’est voulu, l’opérateur ajoute l’hébergeur ou son réseau à ceux de git.',
  'http:// is not encrypted. Write https://, or have the operator list {0} among the hosts of git.':
    'http:// n’est pas chiffré. Écrivez https://, ou demandez à l’opérateur d’ajouter {0} aux hébergeurs de git.',
  '{0} is no name of a branch or tag. Write it as the repository shows it, such as main, or a whole commit.':
    '{0} n’est pas un nom de branche ou d’étiquette. Écrivez-le comme le dépôt le montre, par exemple main, ou un commit entier.',
  'The repository has no branch or tag "{0}"{1}': 'Le dépôt n’a pas de branche ou d’étiquette "{0}"{1}',
  '. Correct the name.': '. Corrigez le nom.',
  '{0} leads from one address to the next without an end. Correct the address.':
    '{0} mène d’une adresse à la suivante sans fin. Corrigez l’adresse.',
  '{0} answered with more branches and tags than any repository has.':
    '{0} a répondu avec plus de branches et d’étiquettes qu’aucun dépôt n’en a.',
  '{0} says that the repository is elsewhere. Write the address at which it is now, if you know it to be right.':
    '{0} dit que le dépôt est ailleurs. Écrivez l’adresse où il est maintenant, si vous la savez juste.',
  ' to these credentials': ' à ces identifiants',
  'one of another kind': 'une autre sorte',
  'What the ref names is no commit. Name a branch, or a tag of a commit.':
    'Ce que la référence nomme n’est pas un commit. Nommez une branche, ou une étiquette d’un commit.',
  'The commit has no folder {0}. Correct its name.': 'Le commit n’a pas de dossier {0}. Corrigez son nom.',
  'The commit has more than {0} files. Remove some, or have the operator allow more.':
    'Le commit a plus de {0} fichiers. Supprimez-en, ou demandez-en plus à l’opérateur.',
  'The commit has more than {0} folders. Remove some, or have the operator allow more files.':
    'Le commit a plus de {0} dossiers. Supprimez-en, ou demandez plus de fichiers à l’opérateur.',
  'The paths and links of the commit take more than {0} MB. Remove some, or give them shorter names.':
    'Les chemins et les liens du commit prennent plus de {0} Mo. Supprimez-en, ou donnez-leur des noms plus courts.',
  'The commit has a path that is too long for any disk. Rename it.':
    'Le commit a un chemin trop long pour tout disque. Renommez-le.',
  'The commit takes more than {0} MB. Remove its largest files, or have the operator allow more.':
    'Le commit prend plus de {0} Mo. Supprimez ses plus gros fichiers, ou demandez plus à l’opérateur.',
  'The copy of the repository is damaged.': 'La copie du dépôt est abîmée.',
  'The copy of the repository on this hub is damaged. It is fetched again at the next try.':
    'La copie du dépôt sur ce hub est abîmée. Elle sera récupérée de nouveau au prochain essai.',
  'It was not there in time. Try again later.': 'Il n’est pas arrivé à temps. Réessayez plus tard.',
  'What has this hash is no file.': 'Ce qui a cette empreinte n’est pas un fichier.',
  'The file has {0} bytes, and at most {1} are read.': 'Le fichier a {0} octets, et {1} au plus sont lus.',
  // Git LFS and submodules.
  '{0} leads elsewhere for Git LFS. Write the address at which the repository is now.':
    '{0} mène ailleurs pour Git LFS. Écrivez l’adresse où le dépôt est maintenant.',
  'The server of Git LFS names an address that is none of https://. Have its operator look at it.':
    'Le serveur de Git LFS nomme une adresse qui n’est pas en https://. Demandez à son opérateur de regarder.',
  '{0} failed while it answered about Git LFS. Try again later.':
    '{0} a échoué en répondant sur Git LFS. Réessayez plus tard.',
  '{0} did not answer about Git LFS. Try again later.': '{0} n’a pas répondu sur Git LFS. Réessayez plus tard.',
  '{0} sent another file than the one that the pointer names. Push the right one there: git lfs push --all origin.':
    '{0} a envoyé un autre fichier que celui que le pointeur nomme. Poussez-y le bon : git lfs push --all origin.',
  'What {0} answered is not the answer of a server of Git LFS. Have its operator look at it, or put the file into git itself.':
    'Ce que {0} a répondu n’est pas la réponse d’un serveur de Git LFS. Demandez à son opérateur de regarder, ou mettez le fichier dans git lui-même.',
  '{0} failed while it handed out the file ({1}). Try again later.':
    '{0} a échoué en donnant le fichier ({1}). Réessayez plus tard.',
  '{0} does not have the file. Push it there: git lfs push --all origin.':
    '{0} n’a pas le fichier. Poussez-le là-bas : git lfs push --all origin.',
  '{0} does not hand out the file ({1}). Have its operator look at it.':
    '{0} ne donne pas le fichier ({1}). Demandez à son opérateur de regarder.',
  '{0} failed while it answered about Git LFS ({1}). Try again later.':
    '{0} a échoué en répondant sur Git LFS ({1}). Réessayez plus tard.',
  '{0} does not show its files of Git LFS{1}. Give credentials that may read them, or make them public.':
    '{0} ne montre pas ses fichiers de Git LFS{1}. Donnez des identifiants qui peuvent les lire, ou rendez-les publics.',
  '{0} has no Git LFS for this repository, or does not show it{1} ({2}). Push the files there, or put them into git itself.':
    '{0} n’a pas de Git LFS pour ce dépôt, ou ne le montre pas{1} ({2}). Poussez-y les fichiers, ou mettez-les dans git lui-même.',
  'The submodule {0} is not here: {1}': 'Le sous-module {0} n’est pas ici : {1}',
  '{0} more submodules are not here.': '{0} autres sous-modules ne sont pas ici.',
  'Its address {0} leads above the first folder of {1}. Correct it in .gitmodules.':
    'Son adresse {0} mène au-dessus du premier dossier de {1}. Corrigez-la dans .gitmodules.',
  'Its address {0} is one of SSH, for which there is no deploy key here. Write https://, or an address relative to this repository, in .gitmodules.':
    'Son adresse {0} est une adresse SSH, pour laquelle il n’y a pas de clé de déploiement ici. Écrivez dans .gitmodules https://, ou une adresse relative à ce dépôt.',
  '.gitmodules does not say where it is. Add it there, or remove it from the repository.':
    '.gitmodules ne dit pas où il est. Ajoutez-le là, ou supprimez-le du dépôt.',
  'It lies in {0} other submodules. Put it further up.':
    'Il se trouve dans {0} autres sous-modules. Mettez-le plus haut.',
  'The commit has more than {0} submodules. Remove some.': 'Le commit a plus de {0} sous-modules. Supprimez-en.',
  '.gitmodules is a link, or larger than 1 MB. Put a short file there.':
    '.gitmodules est un lien, ou dépasse 1 Mo. Mettez-y un fichier court.',
  '.gitmodules cannot be read. Look at it with git config -f .gitmodules --list.':
    '.gitmodules ne peut pas être lu. Examinez-le avec git config -f .gitmodules --list.',
}
