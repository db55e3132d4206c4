import type { Catalogue } from '../catalogue.ts'

/** What is wrong with settings that people hand in, such as those of a course. It stands after the name of the setting. */
export const frenchSettingProblems: Catalogue = {
  // A place or a name before what is wrong with it. These count only where the rest is in this list.
  '{0}: {1}': '{0} : {1}',
  '`{0}` {1}': '`{0}` {1}',
  // Words that are no settings, and values that are not allowed.
  'is not a setting here': 'n’est pas un réglage ici',
  '; correct its spelling or remove it': ' ; corrigez son orthographe ou retirez-le',
  '{0}; correct its spelling or remove it': '{0} ; corrigez son orthographe ou retirez-le',
  '; did you mean "{0}"?': ' ; vouliez-vous dire "{0}" ?',
  '; did you mean "{0}" or "{1}"?': ' ; vouliez-vous dire "{0}" ou "{1}" ?',
  '; did you mean "{0}", "{1}" or "{2}"?': ' ; vouliez-vous dire "{0}", "{1}" ou "{2}" ?',
  'must be one of {0}{1}': 'doit être l’un de {0}{1}',
  'is no place of a setting': 'n’est pas l’emplacement d’un réglage',
  'holds no settings by name: give it as a whole, by {0}':
    'ne contient pas de réglages par leur nom : donnez-le en entier, par {0}',
  'the course': 'le cours',
  "is an object of settings, like { title: 'Statistics', image: '…' }":
    "est un objet de réglages, comme { title: 'Statistics', image: '…' }",
  'has more than {0} levels': 'a plus de {0} niveaux',
  'is longer than {0} bytes as JSON: put files and texts into the image':
    'dépasse {0} octets en JSON : mettez les fichiers et les textes dans l’image',
  'is missing: name one of {0}': 'manque : nommez l’une de celles-ci : {0}',
  'is not JSON in braces': 'n’est pas du JSON entre accolades',
  'is not JSON: {0}': 'n’est pas du JSON : {0}',
  'cannot be read: {0}': 'ne peut pas être lu : {0}',
  'the config has the course {0}, which counts: rename this one, or take that out of the config':
    'la configuration a le cours {0}, et c’est lui qui compte : renommez celui-ci, ou retirez l’autre de la configuration',
  // What the operator's terms refuse.
  '{0} is not among those whom the operator lets courses name as staff':
    '{0} n’est pas parmi les personnes que l’opérateur permet de nommer dans l’équipe d’un cours',
  'is not for courses that people make here: ask the operator for a GPU':
    'n’est pas pour les cours que l’on crée ici : demandez un GPU à l’opérateur',
  'are not for courses that people make here: say none, or ask the operator':
    'ne sont pas pour les cours que l’on crée ici : n’en mettez aucun, ou demandez à l’opérateur',
  'are more than courses may have here, which is {0}: say fewer, or ask the operator':
    'dépassent ce qu’un cours peut avoir ici, qui est de {0} : mettez-en moins, ou demandez à l’opérateur',
  'are more than courses may have here, which is {0}': 'dépassent ce qu’un cours peut avoir ici, qui est de {0}',
  '"{0}" is none of the images from which courses are made here: choose one of the list, or ask the operator to add it':
    '"{0}" n’est pas une des images dont les cours sont faits ici : choisissez-en une dans la liste, ou demandez à l’opérateur de l’ajouter',
  'is more than courses may give here, which is {0}: say less, or ask the operator':
    'dépasse ce qu’un cours peut donner ici, qui est de {0} : mettez moins, ou demandez à l’opérateur',
  'is more than courses may give here, which is {0}': 'dépasse ce qu’un cours peut donner ici, qui est de {0}',
  'is more than courses may say here, which is {0}': 'dépasse ce qu’un cours peut demander ici, qui est de {0}',
  'is for the operator to decide: take it out, or ask for it':
    'est à la décision de l’opérateur : retirez-le, ou demandez-le-lui',
  'when servers are stopped is for the operator to decide: take it out, or ask for it':
    'le moment où les serveurs s’arrêtent est à la décision de l’opérateur : retirez-le, ou demandez-le-lui',
  "would open files of other courses to this one: say 'course', or ask the operator":
    "ouvrirait à ce cours les fichiers d’autres cours : mettez 'course', ou demandez à l’opérateur",
  'is given by Carrel when the course is made: take it out': 'est donné par Carrel à la création du cours : retirez-le',
  'is laid into servers by the config file only: take it out, or ask the operator':
    'n’est mis dans les serveurs que par le fichier de configuration : retirez-le, ou demandez à l’opérateur',
  "is or covers a name of learners' servers, whose pages are whatever a learner likes":
    'est ou couvre un nom des serveurs des apprenants, dont les pages sont ce qu’un apprenant veut',
  'the {0} spawner keeps no homes: take this out':
    'le spawner {0} ne garde pas d’espaces de fichiers : retirez ce réglage',
  'meets {0}, where the site lays files: take another folder':
    'rencontre {0}, où le site met des fichiers : prenez un autre dossier',
  '"{0}" is no group of this file{1}': '"{0}" n’est pas un groupe de ce fichier{1}',
  '; add it to groups, or correct the name': ' ; ajoutez-le à groups, ou corrigez le nom',
  '{0} (with the options of the course {1})': '{0} (avec les options du cours {1})',
  'the {0} spawner has the same options for all servers: say them where it is made, or take this out':
    'le spawner {0} a les mêmes options pour tous les serveurs : donnez-les là où il est créé, ou retirez ce réglage',
  '; the {0} spawner takes here: {1}': ' ; le spawner {0} accepte ici : {1}',
  'is no option for single servers{0}': 'n’est pas une option de serveurs isolés{0}',
  'is more than the {0} that the server may use: say a higher {1} too':
    'dépasse la valeur de {0} que le serveur peut utiliser : augmentez aussi {1}',
  // Images that the hub builds.
  'a builder is what a factory returns: dockerBuilder({ … }) imported from carrel/spawners/docker-builder':
    'un builder est ce que renvoie une fabrique : dockerBuilder({ … }) importé de carrel/spawners/docker-builder',
  'the name of a build has 40 characters at most': 'le nom d’une construction a au plus 40 caractères',
  'the name of a build has a-z and 0-9, with single . _ - in between: courses say @ and this name':
    'le nom d’une construction a des caractères a-z et 0-9, séparés par un seul . _ ou - : les cours disent @ et ce nom',
  'is a path in the repository, without .. and without a slash at its ends':
    'est un chemin dans le dépôt, sans .. et sans barre oblique au début ni à la fin',
  'is an image of a registry or of the engine: none that the hub builds can be the base of another':
    'est une image d’un registre ou du moteur : aucune de celles que le hub construit ne peut servir de base à une autre',
  '; name it there, or correct it here': ' ; nommez-la là-bas, ou corrigez-la ici',
  '"@{0}" is not in builds.images{1}': '"@{0}" n’est pas dans builds.images{1}',
  'the {0} spawner makes no images: say builds.builder, such as dockerBuilder({ … }), or take this out':
    'le spawner {0} ne fait pas d’images : donnez builds.builder, par exemple dockerBuilder({ … }), ou retirez ce réglage',
  // Settings of a course.
  'a course name has 1 to 63 letters, digits, dots, underscores or hyphens and starts with a letter or digit':
    'un nom de cours a de 1 à 63 lettres, chiffres, points, tirets bas ou traits d’union, et commence par une lettre ou un chiffre',
  'this name means something to Jupyter or to Carrel in a URL; choose another':
    'ce nom a un sens pour Jupyter ou pour Carrel dans une adresse ; choisissez-en un autre',
  'has small letters only': 's’écrit en minuscules',
  'the name of a tag or an app has up to 63 of a-z, 0-9, . _ - and does not start with . or -':
    'le nom d’un tag ou d’une app a au plus 63 caractères parmi a-z, 0-9, . _ - et ne commence ni par . ni par -',
  '`gpu` and `--` mean something here; choose another name': '`gpu` et `--` ont un sens ici ; choisissez un autre nom',
  'does not go with home: a server that runs before its user is known can have no files of that user. Take out one of the two':
    'ne va pas avec home : un serveur qui tourne avant que son utilisateur soit connu ne peut pas avoir ses fichiers. Retirez l’un des deux',
  "does not go with home: { per: 'user' }: copies of the notebooks of several courses would lie in each other's place. Give the course a home of its own":
    "ne va pas avec home: { per: 'user' } : les copies des notebooks de plusieurs cours prendraient la place les unes des autres. Donnez au cours son propre espace de fichiers",
  'says nothing: say message, what users are to know, or instead, what old links open':
    'ne dit rien : donnez message, ce que les utilisateurs doivent savoir, ou instead, ce qu’ouvrent les anciens liens',
  'a choice has up to 31 of a-z, 0-9 and _, and starts with a letter':
    'un choix a au plus 31 caractères parmi a-z, 0-9 et _, et commence par une lettre',
  'means something else in a link; choose another name': 'a un autre sens dans un lien ; choisissez un autre nom',
  'an alternative has up to 63 of a-z, 0-9, . _ - and starts with a letter or digit':
    'une possibilité a au plus 63 caractères parmi a-z, 0-9, . _ - et commence par une lettre ou un chiffre',
  '"{0}" stands there twice; take one out': '"{0}" y figure deux fois ; retirez-en un',
  'can be combined in more than {0} ways; offer less': 'peuvent se combiner de plus de {0} façons ; proposez-en moins',
  'is a number of minutes from 1 to 10080, or false': 'est un nombre de minutes de 1 à 10080, ou false',
  'has a name or a password in it, which pages and logs would show: take it out':
    'contient un nom ou un mot de passe, que des pages et des journaux montreraient : retirez-le',
  'is a branch, a tag, or a whole commit': 'est une branche, une étiquette ou un commit entier',
  'an origin looks like https://lms.example.org: scheme and host, no path, no slash at the end':
    'une origine a la forme https://lms.example.org : protocole et hôte, sans chemin ni barre oblique à la fin',
  'an origin looks like https://lms.example.org, or https://*.example.org for all names below example.org: no path, no slash at the end, and no * before a name under which anyone can get one':
    'une origine a la forme https://lms.example.org, ou https://*.example.org pour tous les noms sous example.org : sans chemin ni barre oblique à la fin, et sans * devant un nom sous lequel n’importe qui peut en obtenir un',
  'is not the name of a person': 'n’est pas le nom d’une personne',
  'a group has up to 63 of a-z, 0-9, . _ -': 'un groupe a au plus 63 caractères parmi a-z, 0-9, . _ -',
  'an amount is a number of bytes or looks like 512M, 1.5G':
    'une quantité est un nombre d’octets, ou a la forme 512M, 1.5G',
  'is nothing': 'ne vaut rien',
  'a folder of a server is an absolute path like /srv/course: no .. in it, no : and no slash at the end':
    'un dossier d’un serveur est un chemin absolu comme /srv/course : sans .. ni :, et sans barre oblique à la fin',
  'is where a machine has its devices or processes; choose another folder':
    'est l’endroit où une machine a ses périphériques ou ses processus ; choisissez un autre dossier',
  'would be in the place of all that the image has there, or of what Carrel lays there; choose a folder of your own, or one in it':
    'prendrait la place de tout ce que l’image y a, ou de ce que Carrel y met ; choisissez un dossier à vous, ou un dossier dans celui-là',
  'a file is named by its path in the folder, like overrides.json or week1/data.csv: no .. in it and no slash at its ends':
    'un fichier se nomme par son chemin dans le dossier, comme overrides.json ou week1/data.csv : sans .. et sans barre oblique au début ni à la fin',
  "is the path of a file or folder beside the config file, like './overrides.json', or JSON in braces or brackets":
    "est le chemin d’un fichier ou d’un dossier à côté du fichier de configuration, comme './overrides.json', ou du JSON entre accolades ou crochets",
  "differs from that of {0}, and both say per: 'user', which is one home: say the same":
    "diffère de celui de {0}, et les deux disent per: 'user', donc un seul espace de fichiers : mettez la même chose",
  '"{0}" is the name of the course {1}, and two courses never share homes: take another':
    '"{0}" est le nom du cours {1}, et deux cours ne partagent jamais leurs espaces de fichiers : prenez-en un autre',
  '"{0}" is the id of the course {1}, and two courses never share homes: take another':
    '"{0}" est l’id du cours {1}, et deux cours ne partagent jamais leurs espaces de fichiers : prenez-en un autre',
  'is an absolute folder of servers, like /home/jovyan/work: letters, digits, dots, underscores and hyphens between single slashes':
    'est un dossier absolu des serveurs, comme /home/jovyan/work : des lettres, chiffres, points, tirets bas et traits d’union entre des barres obliques simples',
  'is a folder that the image or Carrel itself needs: take one of your own, like /home/jovyan/work':
    'est un dossier dont l’image ou Carrel a besoin : prenez-en un à vous, comme /home/jovyan/work',
  "is the folder of files that last, { path: '/home/jovyan/work' }; the file that opens is said by start: '{0}'":
    "est le dossier des fichiers qui restent, { path: '/home/jovyan/work' } ; le fichier qui s’ouvre se dit par start: '{0}'",
  "is 'everyone', 'signed-in', or a list of names of persons and of groups, like ['ann', 'group:physics']":
    "est 'everyone', 'signed-in', ou une liste de noms de personnes et de groupes, comme ['ann', 'group:physics']",
  'is no time with an offset from UTC or a time zone, like 2027-01-18T09:00+01:00, 2027-01-18T08:00Z or 2027-01-18T09:00[Europe/Paris]':
    'n’est pas une heure avec un décalage d’UTC ou un fuseau horaire, comme 2027-01-18T09:00+01:00, 2027-01-18T08:00Z ou 2027-01-18T09:00[Europe/Paris]',
  'is for Jupyter: a web program is started by what program.command says':
    'est pour Jupyter : un programme web démarre par ce que dit program.command',
  'does not say {{0}}: the program must be told where to listen':
    'ne dit pas {{0}} : le programme doit savoir où écouter',
  "is '{0}', and {{1}} is used: say listens: '{2}' for that":
    "est '{0}', et {{1}} est utilisé : mettez listens: '{2}' pour cela",
  "says {start}, and start names no file of the course: add it, like start: 'app.py'":
    "dit {start}, et start ne nomme aucun fichier du cours : ajoutez-le, comme start: 'app.py'",
  "needs a variable that tells the program the token, like env: { APP_TOKEN: '{token}' }":
    "a besoin d’une variable qui donne le jeton au programme, comme env: { APP_TOKEN: '{token}' }",
  'says {token}, and process lists show arguments: put it into a variable of env':
    'dit {token}, et les listes de processus montrent les arguments : mettez-le dans une variable de env',
  '; there are {0}': ' ; il y a {0}',
  'says {{0}}, which stands for nothing{1}': 'dit {{0}}, qui ne veut rien dire{1}',
  "is 'never', or limits like { idleSeconds: 3600, maxAgeSeconds: 0 }":
    "est 'never', ou des limites comme { idleSeconds: 3600, maxAgeSeconds: 0 }",
  'is one of {0}, or a list of them{1}': 'est l’un de {0}, ou une liste de ceux-ci{1}',
  'must be a word': 'doit être un mot',
  'is no time of the day, like 08:30 or 24:00': 'n’est pas une heure du jour, comme 08:30 ou 24:00',
  'must be later than from: write hours over midnight as two entries':
    'doit être après from : écrivez en deux entrées des heures qui passent minuit',
  'is no time zone, like Europe/Paris or UTC': 'n’est pas un fuseau horaire, comme Europe/Paris ou UTC',
  'has either count or schedule: say how many in each entry of the schedule':
    'a soit count, soit schedule : dites combien dans chaque entrée de schedule',
  'means nothing without a schedule': 'ne veut rien dire sans schedule',
  "is a number, or { count: 5 }, or { schedule: [{ days: ['mon'], from: '08:00', to: '12:00', count: 20 }] }":
    "est un nombre, ou { count: 5 }, ou { schedule: [{ days: ['mon'], from: '08:00', to: '12:00', count: 20 }] }",
  'is no path inside a server: it begins with one slash, like /lab/tree/x.ipynb, its special characters are percent-encoded, and it has no . or .. between slashes':
    'n’est pas un chemin dans un serveur : il commence par une barre oblique, comme /lab/tree/x.ipynb, ses caractères spéciaux sont codés par %, et il n’a ni . ni .. entre des barres obliques',
  'a file of the course is named as it lies there, like week1/intro.ipynb':
    'un fichier du cours se nomme là où il est, comme week1/intro.ipynb',
  'is the first part of a path inside servers, like lab or voila':
    'est la première partie d’un chemin dans les serveurs, comme lab ou voila',
  'runs code or changes something, so a link to it always asks first':
    'exécute du code ou change quelque chose : un lien qui y mène demande donc toujours d’abord',
  'is a path inside a server with {file} in the place of the file, once, like /voila/render/{file}':
    'est un chemin dans un serveur avec {file} à la place du fichier, une fois, comme /voila/render/{file}',
  'tag of this course': 'tag de ce cours',
  course: 'cours',
  '"{0}" is no {1}{2}': '"{0}" n’est pas un {1}{2}',
  '"{0}" is no {1}; correct the name': '"{0}" n’est pas un {1} ; corrigez le nom',
  'leads in a circle ({0}): one of them must be there to stay':
    'mène en rond ({0}) : l’un d’eux doit être là pour rester',
  'is the name of a tag too: rename one of them': 'est aussi le nom d’un tag : renommez l’un des deux',
  'makes the course name "{0}", which is too long: use a shorter word here, or name the course shorter':
    'donne le nom de cours "{0}", qui est trop long : prenez ici un mot plus court, ou un nom de cours plus court',
  'makes the course name "{0}", which is too long: use a shorter word':
    'donne le nom de cours "{0}", qui est trop long : prenez un mot plus court',
  'makes the course name "{0}", which another course has: rename one of them':
    'donne le nom de cours "{0}", qu’un autre cours a : renommez l’un des deux',
  'makes the course name "{0}", which another course has: use another word':
    'donne le nom de cours "{0}", qu’un autre cours a : prenez un autre mot',
  // Questions that a course asks.
  'is no regular expression as browsers read the pattern of a field, where ( ) [ ] { } / - | in square brackets take a \\ before them: {0}':
    'n’est pas une expression régulière telle que les navigateurs lisent le motif d’un champ, où ( ) [ ] { } / - | entre crochets prennent un \\ devant eux : {0}',
  'is the name of a choice too, and links could mean either: rename one of them':
    'est aussi le nom d’un choix, et des liens pourraient vouloir dire l’un ou l’autre : renommez l’un des deux',
  "is {0}_file in forms of JupyterHub's, which is a name of this course too: rename one of them":
    'est {0}_file dans les formulaires de JupyterHub, ce qui est aussi un nom de ce cours : renommez l’un des deux',
  'is said by {0} too: take one out, or say it as the default of the question':
    'est aussi dit par {0} : retirez l’un des deux, ou mettez-le comme valeur par défaut de la question',
  'is the variable of {0} too: give one of them another':
    'est aussi la variable de la question {0} : donnez-en une autre à l’un des deux',
  'a rule': 'une règle',
  'the choice {0}': 'le choix {0}',
  'the app {0}': 'l’app {0}',
  'the folder of {0}': 'le dossier de {0}',
  'a folder of files': 'un dossier de fichiers',
  'the home of the course': 'l’espace de fichiers du cours',
  'meets {0}, {1}: neither may be or lie in the other':
    'rencontre {0}, {1} : aucun ne peut être ni se trouver dans l’autre',
  'takes files of more than {0}M together, the most of one form: lower maxBytes':
    'accepte ensemble des fichiers de plus de {0}M, le maximum d’un formulaire : baissez maxBytes',
  'a question has up to 31 of a-z, 0-9 and _, and starts with a letter':
    'une question a au plus 31 caractères parmi a-z, 0-9 et _, et commence par une lettre',
  'is a name of a variable like REPO: letters, digits and _':
    'est un nom de variable comme REPO : des lettres, des chiffres et _',
  'means something to programs, Jupyter or the image, and what a user has written would decide it; choose a name of your own':
    'a un sens pour des programmes, pour Jupyter ou pour l’image, et ce qu’un utilisateur écrit en déciderait ; choisissez un nom à vous',
  'is less than min: no number would do': 'est inférieur à min : aucun nombre n’irait',
  'is the end of a name in small letters, like .csv': 'est la fin d’un nom en minuscules, comme .csv',
  "is needed: say the folder in which servers find the file, like /srv/data, or into: 'home'":
    "est nécessaire : donnez le dossier où les serveurs trouvent le fichier, comme /srv/data, ou into: 'home'",
  'goes with no path: the file is read-only in a folder of its own, or copied into the home':
    'ne va pas avec path : le fichier est en lecture seule dans son propre dossier, ou copié dans l’espace de fichiers',
  'goes only with path, which it would hold': 'ne va qu’avec path, qu’elle contiendrait',
  'is more than {0}M, the most for files that users hand in with a form':
    'dépasse {0}M, le maximum pour les fichiers que l’on remet par un formulaire',
  'are more than {0}, which is the most of one form': 'sont plus de {0}, le maximum d’un formulaire',
  'takes too long for some texts, together with the patterns before it; write it so that it has one way only to match a text, like a+ in the place of (a+)+':
    'prend trop de temps pour certains textes, avec les motifs qui le précèdent ; écrivez-le de sorte qu’il n’ait qu’une façon de correspondre à un texte, comme a+ au lieu de (a+)+',
  'is no answer that the question takes: {0}': 'n’est pas une réponse que la question accepte : {0}',
}
