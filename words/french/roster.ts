import type { Catalogue } from '../catalogue.ts'

/** Texts of the pages on which admins register people from a file. */
export const frenchRoster: Catalogue = {
  'A group has up to 63 of a-z, 0-9, . _ - and groups are separated by blanks.':
    'Un groupe a au plus 63 caractères parmi a-z, 0-9, . _ - et les groupes sont séparés par des espaces.',
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
}
