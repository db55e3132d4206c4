import type { Catalogue } from '../catalogue.ts'

/** What is wrong with what people hand in for persons: a class list, a password, an answer to a course, a sign-in. */
export const frenchPeopleProblems: Catalogue = {
  // The file of a class list.
  'The file has more than 2 MB. Split it, and import the parts one after the other.':
    'Le fichier dépasse 2 Mo. Divisez-le, et importez les parties l’une après l’autre.',
  'The file is not UTF-8 text. Save it from the spreadsheet as “CSV UTF-8”, not as a workbook and not as Unicode text.':
    'Le fichier n’est pas un texte en UTF-8. Enregistrez-le depuis le tableur en « CSV UTF-8 », et non en classeur ni en texte Unicode.',
  'A quotation mark is never closed. Close it, or write it twice where it belongs to the text.':
    'Un guillemet n’est jamais fermé. Fermez-le, ou écrivez-le deux fois s’il fait partie du texte.',
  'The line is longer than 8192 bytes. Look whether a quotation mark before it is not closed.':
    'La ligne dépasse 8192 octets. Regardez si un guillemet n’est pas fermé avant elle.',
  'A quotation mark stands inside a field. Write it twice, and put the whole field in quotes.':
    'Un guillemet se trouve à l’intérieur d’un champ. Écrivez-le deux fois, et mettez tout le champ entre guillemets.',
  'The file is empty. Its first line names the columns.': 'Le fichier est vide. Sa première ligne nomme les colonnes.',
  'The first line names no column “email”. It names the columns of the file, for example: {0}':
    'La première ligne ne nomme pas de colonne « email ». Elle nomme les colonnes du fichier, par exemple : {0}',
  'There are two columns “{0}”. Remove one of them, or rename it.':
    'Il y a deux colonnes « {0} ». Supprimez l’une d’elles, ou renommez-la.',
  'The file names {0} people, and at most {1} can be imported at once. Split it.':
    'Le fichier nomme {0} personnes, et {1} au plus peuvent être importées à la fois. Divisez-le.',
  'The column “password” is ignored: each person chooses a password by a link of her own.':
    'La colonne « password » est ignorée : chaque personne choisit un mot de passe par son propre lien.',
  'The column “{0}” is not known and ignored{1}': 'La colonne « {0} » est inconnue, et ignorée{1}',
  'The line has {0} fields, and there are {1} columns. Put fields with a separator in quotes.':
    'La ligne a {0} champs, et il y a {1} colonnes. Mettez entre guillemets les champs qui contiennent un séparateur.',
  'There is no address in the column email. Add it, or remove the line.':
    'Il n’y a pas d’adresse dans la colonne email. Ajoutez-la, ou supprimez la ligne.',
  '“{0}” is not a mail address. Write one such as ann@example.org.':
    '« {0} » n’est pas une adresse e-mail. Écrivez-en une comme ann@example.org.',
  'first_name and last_name are one line of at most 128 characters together. Shorten them, or remove line ends.':
    'first_name et last_name font ensemble une ligne d’au plus 128 caractères. Raccourcissez-les, ou supprimez les fins de ligne.',
  '“{0}” is not the name of a group. Such a name has up to 63 of a-z, 0-9, . _ - and groups are separated by blanks.':
    '« {0} » n’est pas le nom d’un groupe. Un tel nom a au plus 63 caractères parmi a-z, 0-9, . _ - et les groupes sont séparés par des espaces.',
  "The name “{0}” looks like the account of an LMS's learner or of a temporary user. Choose another username.":
    'Le nom « {0} » ressemble au compte d’un apprenant d’une plateforme ou d’un utilisateur temporaire. Choisissez un autre username.',
  'up to 64 letters and digits; . _ - + and @ may stand inside':
    'au plus 64 lettres et chiffres ; . _ - + et @ peuvent y figurer',
  '“{0}” is not the name of an account. Such a name has {1}.':
    '« {0} » n’est pas le nom d’un compte. Un tel nom a {1}.',
  'What stands before the @ is not the name of an account ({0}). Give this person a username.':
    'Ce qui précède le @ n’est pas le nom d’un compte ({0}). Donnez un username à cette personne.',
  'address {0}': 'adresse {0}',
  'name {0}': 'nom {0}',
  'Line {0} has the {1} too. Remove one of the lines, or correct it.':
    'La ligne {0} contient déjà : {1}. Supprimez l’une des deux lignes, ou corrigez-la.',
  'Members of the group {0} run this site or look after a course. Files never give a role: name such people in the config, and remove the group from this line.':
    'Les membres du groupe {0} gèrent ce site ou s’occupent d’un cours. Un fichier ne donne jamais de rôle : nommez ces personnes dans la configuration, et retirez le groupe de cette ligne.',
  'The address {0} belongs to the account {1} already. Correct username to {2}, or the address.':
    'L’adresse {0} appartient déjà au compte {1}. Corrigez username en {2}, ou corrigez l’adresse.',
  'without an address': 'sans adresse',
  'with another address': 'avec une autre adresse',
  'There is an account {0} already, {1}. Give this person another username, or correct the address.':
    'Il y a déjà un compte {0}, {1}. Donnez un autre username à cette personne, ou corrigez l’adresse.',
  '“{0}” cannot be the name of an account here. Give this person another username.':
    '« {0} » ne peut pas être le nom d’un compte ici. Donnez un autre username à cette personne.',
  'The config names {0}, for a role, a group or a course. Files never give these: make this account with carrel user add {1}, or choose another username.':
    'La configuration nomme {0}, pour un rôle, un groupe ou un cours. Un fichier ne les donne jamais : créez ce compte avec carrel user add {1}, ou choisissez un autre username.',
  'The account {0} is there already, and its person does not sign in with a password of this hub. Choose another username, or remove the line.':
    'Le compte {0} existe déjà, et sa personne ne se connecte pas avec un mot de passe de ce hub. Choisissez un autre username, ou supprimez la ligne.',
  // Passwords.
  'A password has at least {0} characters. Take for example four words.':
    'Un mot de passe a au moins {0} caractères. Prenez par exemple quatre mots.',
  'A password has at most {0} characters.': 'Un mot de passe a au plus {0} caractères.',
  'This password repeats few characters, and is guessed at once. Take another one.':
    'Ce mot de passe répète peu de caractères, et se devine aussitôt. Prenez-en un autre.',
  'The password must not be the name.': 'Le mot de passe ne doit pas être le nom.',
  'The password is right, but this name cannot be used here. Choose one of up to 64 letters and digits; . _ - + and @ may stand inside.':
    'Le mot de passe est juste, mais ce nom ne peut pas être utilisé ici. Choisissez-en un d’au plus 64 lettres et chiffres ; . _ - + et @ peuvent y figurer.',
  'Too many people are signing in just now. Wait half a minute, then try again.':
    'Trop de personnes se connectent en ce moment. Attendez une demi-minute, puis réessayez.',
  // Answers to what a course asks.
  'An answer is needed.': 'Il faut une réponse.',
  'Choose a file.': 'Choisissez un fichier.',
  'This file is empty. Choose another one.': 'Ce fichier est vide. Choisissez-en un autre.',
  'This file has {0}, and {1} is the most. Choose another one.':
    'Ce fichier a {0}, et {1} est le maximum. Choisissez-en un autre.',
  'Choose a file whose name ends in {0}.': 'Choisissez un fichier dont le nom finit par {0}.',
  'Write {0} characters at most. These are {1}.': 'Écrivez au plus {0} caractères. Il y en a {1}.',
  'Write it in one line.': 'Écrivez-le sur une seule ligne.',
  'This has characters that cannot be seen. Write it anew, by hand.':
    'Ce texte a des caractères invisibles. Écrivez-le de nouveau, à la main.',
  'There was no time to see whether this has the form that is asked for. Tell the people who made this course.':
    'Le temps a manqué pour voir si ce texte a la forme demandée. Dites-le à ceux qui ont fait ce cours.',
  'This does not have the form that is asked for.': 'Ce texte n’a pas la forme demandée.',
  'Write a number, in digits.': 'Écrivez un nombre, en chiffres.',
  'Write a whole number.': 'Écrivez un nombre entier.',
  'Write a number that is {0} or more.': 'Écrivez un nombre supérieur ou égal à {0}.',
  'Write a number that is {0} or less.': 'Écrivez un nombre inférieur ou égal à {0}.',
  'Write a number from {0} to {1}.': 'Écrivez un nombre de {0} à {1}.',
  // Sign-ins that another service refuses.
  'Please begin again.': 'Veuillez recommencer.',
  'If it stays so, tell whoever runs this hub.': 'Si cela dure, dites-le aux responsables de ce hub.',
  'Please begin again. If it stays so, tell whoever runs this hub.':
    'Veuillez recommencer. Si cela dure, dites-le aux responsables de ce hub.',
  'Please tell whoever runs this hub.': 'Veuillez le dire aux responsables de ce hub.',
  '{0} answered in a way that this hub does not understand. {1}':
    '{0} a répondu d’une façon que ce hub ne comprend pas. {1}',
  '{0} cannot be reached for signing in. Try again in a minute. {1}':
    '{0} ne peut pas être joint pour la connexion. Réessayez dans une minute. {1}',
  '{0} did not let you in, or you did not agree there. {1}':
    '{0} ne vous a pas laissé entrer, ou vous n’y avez pas donné votre accord. {1}',
  '{0} asks you to sign in there once more. {1}': '{0} vous demande de vous y connecter encore une fois. {1}',
  '{0} refused this sign-in ({1}). {2}': '{0} a refusé cette connexion ({1}). {2}',
  'This sign-in was used already, or it took too long. {0}':
    'Cette connexion a déjà servi, ou elle a pris trop de temps. {0}',
  '{0} does not accept this hub as one of its clients. {1}': '{0} n’accepte pas ce hub comme l’un de ses clients. {1}',
  'The clocks of {0} and of this hub differ too much. Try again. {1}':
    'Les horloges de {0} et de ce hub diffèrent trop. Réessayez. {1}',
  '{0} has signed its answer with a key that it does not show to this hub. {1}':
    '{0} a signé sa réponse avec une clé qu’il ne montre pas à ce hub. {1}',
  '{0} describes itself otherwise than this hub expects. {1}': '{0} se décrit autrement que ce hub ne s’y attend. {1}',
  'What came back from {0} does not belong to the sign-in that this browser began. {1}':
    'Ce qui est revenu de {0} ne correspond pas à la connexion que ce navigateur a commencée. {1}',
  '{0} did not say who you are in a way that this hub understands. {1}':
    '{0} n’a pas dit qui vous êtes d’une façon que ce hub comprend. {1}',
  '{0} has not verified your mail address yet. Verify it there, then try again.':
    '{0} n’a pas encore vérifié votre adresse e-mail. Vérifiez-la là-bas, puis réessayez.',
  '{0} did not say in which groups you are, because they are too many. {1}':
    '{0} n’a pas dit dans quels groupes vous êtes, car ils sont trop nombreux. {1}',
  'Your account at {0} is not one of those that may come in here. Use another one, or ask the people who run this hub.':
    'Votre compte chez {0} n’est pas de ceux qui peuvent entrer ici. Prenez-en un autre, ou adressez-vous aux responsables de ce hub.',
  'The user name that {0} gives you cannot be used here: {1}. {2}':
    'Le nom d’utilisateur que {0} vous donne ne peut pas servir ici : {1}. {2}',
  'there is none': 'il n’y en a pas',
  'it is kept for another person': 'il est réservé à une autre personne',
  'it has letters that cannot be seen': 'il a des lettres invisibles',
  'it means something else in an address': 'il a un autre sens dans une adresse',
  'it looks like one of those that the hub makes itself': 'il ressemble à ceux que le hub crée lui-même',
  'it looks like one of a group': 'il ressemble à celui d’un groupe',
  'it is not a text of 1 to 128 printable characters': 'ce n’est pas un texte de 1 à 128 caractères imprimables',
  'This sign-in is no longer known here. Please begin again.':
    'Cette connexion n’est plus connue ici. Veuillez recommencer.',
  'The sign-in service names more than one person. Tell the people who run this site.':
    'Le service de connexion nomme plus d’une personne. Dites-le aux responsables de ce site.',
  'What the sign-in service says about you cannot be read here. Tell the people who run this site.':
    'Ce que le service de connexion dit de vous ne peut pas être lu ici. Dites-le aux responsables de ce site.',
}
