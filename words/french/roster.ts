import type { Catalogue } from '../catalogue.ts'

/** Texts of the pages on which admins register people from a file. */
export const frenchRoster: Catalogue = {
  'A group has up to 63 of a-z, 0-9, . _ - and groups are separated by blanks.':
    'Un groupe a au plus 63 caractères parmi a-z, 0-9, . _ - et les groupes sont séparés par des espaces.',
  'Subject: Your account at {{site}}\n\nHello {{name}},\n\nan account has been made for you at {{address}}.\nYour name there is {{username}}.\n\nOpen this link and choose your password:\n\n{{link}}\n\nThe link is yours alone and good for one use, until {{until}}. Do not hand it on.\nIf it has ended, ask the people who run the site for a new one.\nIf you expected no such mail, you need not do anything.\n':
    'Subject: Votre compte sur {{site}}\n\nBonjour {{name}},\n\nun compte a été créé pour vous sur {{address}}.\nVotre nom y est {{username}}.\n\nOuvrez ce lien et choisissez votre mot de passe :\n\n{{link}}\n\nLe lien n’est qu’à vous, et valable une seule fois, jusqu’au {{until}}. Ne le transmettez à personne.\nS’il n’est plus valable, demandez-en un nouveau aux responsables du site.\nSi vous n’attendiez pas ce message, vous n’avez rien à faire.\n',
  'Choose a file that is not empty.': 'Choisissez un fichier qui n’est pas vide.',
  'This form is not ours. Choose the file again.':
    'Ce formulaire n’est pas le nôtre. Choisissez de nouveau le fichier.',
  '{0} registered, {1} changed.': 'Comptes inscrits : {0} ; modifiés : {1}.',
  '{0} mail is tried again.': '{0} e-mail va être réessayé.',
  '{0} mails are tried again.': '{0} e-mails vont être réessayés.',
  '{0} mail waits to be sent': '{0} e-mail attend d’être envoyé',
  '{0} mails wait to be sent': '{0} e-mails attendent d’être envoyés',
  '{0}; {1} people have a link by mail already that is still good.':
    '{0} ; personnes qui ont déjà reçu par e-mail un lien encore valable : {1}.',
  'This site keeps no accounts, so there is nobody to register. Add password() to authenticators in the config to have some.':
    'Ce site ne gère pas de comptes : il n’y a donc personne à inscrire. Pour en avoir, ajoutez password() à authenticators dans la configuration.',
  'Back to the users': 'Retour aux utilisateurs',
  'Choose the file again': 'Choisir de nouveau le fichier',
  'Download all accounts as such a file': 'Télécharger tous les comptes dans un tel fichier',
  'Register people from a file': 'Inscrire des personnes à partir d’un fichier',
  'Choose a CSV file, as spreadsheets save it: “CSV UTF-8”. Its first line names the columns, of which {0} must be there: {1}':
    'Choisissez un fichier CSV, tel que les tableurs l’enregistrent : « CSV UTF-8 ». Sa première ligne nomme les colonnes, dont {0} est obligatoire : {1}',
  File: 'Fichier',
  'Groups for all of them': 'Groupes pour tous',
  'Separated by blanks. Leave it empty for none but those in the file.':
    'Séparés par des espaces. Laissez vide pour n’avoir que ceux du fichier.',
  'Take these people out of groups of earlier files that this file does not name for them':
    'Retirer ces personnes des groupes de fichiers précédents que ce fichier ne leur donne pas',
  'Way to sign in': 'Moyen de connexion',
  'Each person who has no password yet gets a link to choose one':
    'Chaque personne qui n’a pas encore de mot de passe reçoit un lien pour en choisir un',
  'by mail': 'par e-mail',
  'on a page to print': 'sur une page à imprimer',
  later: 'plus tard',
  'Show what would be done': 'Afficher ce qui serait fait',
  'Nothing is written before you have seen it and pressed another button.':
    'Rien n’est enregistré avant que vous l’ayez vu et ayez appuyé sur un autre bouton.',
  '{0}, or {1}.': '{0}, ou {1}.',
  'look at the mails': 'regarder les e-mails',
  'All of them are registered already': 'Tous sont déjà inscrits',
  'What the file would do': 'Ce que ferait le fichier',
  '{0} new, {1} changed, {2} left alone, {3} that cannot be used.':
    'Nouveaux : {0} ; modifiés : {1} ; inchangés : {2} ; inutilisables : {3}.',
  'Lines that cannot be used': 'Lignes inutilisables',
  'Line {0}:': 'Ligne {0} :',
  'New accounts': 'Nouveaux comptes',
  'Changed accounts': 'Comptes modifiés',
  'Left alone': 'Inchangés',
  'Choose another file': 'Choisir un autre fichier',
  'Change nothing': 'Ne rien changer',
  'Register one person': 'Inscrire une personne',
  'Register {0} people': 'Inscrire {0} personnes',
  '{0}, without the line above': '{0}, sans la ligne ci-dessus',
  '{0}, without the {1} lines above': '{0}, sans les {1} lignes ci-dessus',
  '{0}, and send the mails': '{0}, et envoyer les e-mails',
  '{0}, and show the links': '{0}, et afficher les liens',
  'And {0} more.': 'Et {0} de plus.',
  'shown as {0}': 'nom affiché {0}',
  'joins {0}': 'rejoint {0}',
  'leaves {0}': 'quitte {0}',
  'Line {0}: {1} ({2})': 'Ligne {0} : {1} ({2})',
  '{0} sent, {1} on their way, {2} failed': 'Envoyés : {0} ; en route : {1} ; en échec : {2}',
  'Mails to new people': 'E-mails aux nouvelles personnes',
  '{0}, {1} of which it is not known whether they arrived.': '{0}, dont on ne sait pas s’ils sont arrivés : {1}.',
  'Register people': 'Inscrire des personnes',
  'Try the failed ones again': 'Réessayer ceux en échec',
  'Send the unknown ones again': 'Renvoyer les incertains',
  'A person whose first mail did arrive then has two, and only the link in the second one works.':
    'Une personne dont le premier e-mail est bien arrivé en a alors deux, et seul le lien du second marche.',
  'is tried again soon': 'nouvel essai bientôt',
  failed: 'échec',
  'may have arrived': 'peut-être arrivé',
  '{0}: {1}, after one try.': '{0} : {1}, après un essai.',
  '{0}: {1}, after {2} tries.': '{0} : {1}, après {2} essais.',
  'Links to hand out': 'Liens à distribuer',
  'I have printed or saved them': 'Je les ai imprimés ou enregistrés',
  'These links are shown this once: print this page, or save it where only you can read it. Anyone with a link can choose the password of its person.':
    'Ces liens ne sont affichés qu’une fois : imprimez cette page, ou enregistrez-la là où vous seul pouvez la lire. Quiconque a un lien peut choisir le mot de passe de sa personne.',
  'Without a group': 'Sans groupe',
  'Group {0}': 'Groupe {0}',
  'Your name at {0}: {1}': 'Votre nom sur {0} : {1}',
  'Open this address and choose your password. It is yours alone, good once, until {0}.':
    'Ouvrez cette adresse et choisissez votre mot de passe. Elle n’est qu’à vous, et valable une seule fois, jusqu’au {0}.',
  '{0} cannot be the name of an account. A name has up to 64 letters and digits; . _ - + and @ may stand inside. No account was made.':
    '{0} ne peut pas être le nom d’un compte. Un nom a au plus 64 lettres et chiffres ; . _ - + et @ peuvent y figurer. Aucun compte n’a été créé.',
  '{0} is already a user here, who comes in by "{1}". Take another name, or remove that user first. No account was made.':
    '{0} est déjà un utilisateur ici, qui entre par « {1} ». Prenez un autre nom, ou supprimez d’abord cet utilisateur. Aucun compte n’a été créé.',
  'These accounts only let temporary users in, so none of them signs in.':
    'Ces comptes ne font que laisser entrer des utilisateurs temporaires : aucun d’eux ne se connecte.',
  'There is no account {0}.': 'Il n’y a pas de compte {0}.',
  'This is your own account. Another admin can do that.':
    'C’est votre propre compte. Un autre administrateur peut le faire.',
  'This hub keeps no accounts. Add password() to authenticators in the config to have some.':
    'Ce hub ne garde pas de comptes. Pour en avoir, ajoutez password() à authenticators dans la configuration.',
  'Say which authenticator keeps the account. It is one of: {0}.':
    'Dites quel authenticator garde le compte. C’est l’un de ceux-ci : {0}.',
  'These cannot be names of persons: {0}. Nobody was added.':
    'Ceci ne peut pas être des noms de personnes : {0}. Personne n’a été ajouté.',
  'These cannot be names of persons: {0}, and {1} more. Nobody was added.':
    'Ceci ne peut pas être des noms de personnes : {0}, et {1} autres. Personne n’a été ajouté.',
  'Nobody could sign in: no authenticator of the config knows persons.':
    'Personne ne pourrait se connecter : aucun authenticator de la configuration ne connaît de personnes.',
  'Say in authenticator who identifies these persons. It is one of: {0}.':
    'Dites dans authenticator qui identifie ces personnes. C’est l’un de ceux-ci : {0}.',
  'People who sign in by "{0}" become temporary users here, so that no one of them can be in a group or come back. Import people for an authenticator that stands by itself.':
    'Les personnes qui se connectent par « {0} » deviennent ici des utilisateurs temporaires : aucune ne peut être dans un groupe ni revenir. Importez des personnes pour un authenticator qui se suffit à lui-même.',
  'Line {0}: {1}': 'Ligne {0} : {1}',
  'The file has no column “groups”, so all of its people would leave all groups. Add the column, or do not replace groups.':
    'Le fichier n’a pas de colonne « groups » : toutes ses personnes quitteraient tous leurs groupes. Ajoutez la colonne, ou ne remplacez pas les groupes.',
  'And {0} line more.': 'Et encore {0} ligne.',
  'And {0} lines more.': 'Et encore {0} lignes.',
  'Nothing was imported, since not every line can be.':
    'Rien n’a été importé, car toutes les lignes ne peuvent pas l’être.',
  'Something has changed since you looked, and nothing was imported. Look again.':
    'Quelque chose a changé depuis que vous avez regardé, et rien n’a été importé. Regardez de nouveau.',
  'This hub sends no mail. Add mail to the config, or have the links shown and hand them out.':
    'Ce hub n’envoie pas d’e-mails. Ajoutez mail à la configuration, ou faites afficher les liens et distribuez-les.',
}
