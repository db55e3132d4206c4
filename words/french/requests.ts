import type { Catalogue } from '../catalogue.ts'

/** Texts about requests that are refused before anything is done: too many, too large, or not understood. */
export const frenchRequests: Catalogue = {
  '{0} Try again in {1} s.': '{0} Réessayez dans {1} s.',
  '{0} Please wait {1}, then try again.': '{0} Attendez {1}, puis réessayez.',
  'You opened too much at once.': 'Vous avez ouvert trop de choses à la fois.',
  'You made too many API tokens at once.': 'Vous avez créé trop de jetons d’API à la fois.',
  'You shared too much at once.': 'Vous avez partagé trop de choses à la fois.',
  'You sent too many answers at once.': 'Vous avez envoyé trop de réponses à la fois.',
  'Many files are being sent just now. Try again in a few seconds.':
    'Beaucoup de fichiers sont envoyés en ce moment. Réessayez dans quelques secondes.',
  'Notebooks are being looked at just now, perhaps one of yours. Try again in a moment.':
    'Des notebooks sont examinés en ce moment, peut-être l’un des vôtres. Réessayez dans un instant.',
  'You changed courses too often at once.': 'Vous avez modifié des cours trop de fois de suite.',
  'You asked for too many builds at once.': 'Vous avez demandé trop de constructions à la fois.',
  'Your programs opened too much at once.': 'Vos programmes ont ouvert trop de choses à la fois.',
  'Too many calls have come from this address.': 'Trop d’appels sont venus de cette adresse.',
  'This address was called too often.': 'Cette adresse a été appelée trop souvent.',
  'Many people have just come from where you are.': 'Beaucoup de personnes viennent d’arriver de là où vous êtes.',
  'Many people are just signing in from where you are.':
    'Beaucoup de personnes se connectent en ce moment de là où vous êtes.',
  'There were too many wrong tries from where you are.': 'Il y a eu trop d’essais erronés de là où vous êtes.',
  'Too many people are waiting for a notebook just now. Try again in a few minutes.':
    'Trop de personnes attendent un notebook en ce moment. Réessayez dans quelques minutes.',
  'No more than {0} notebooks may be open at once. Stop one of them first.':
    'Vous ne pouvez pas avoir plus de {0} notebooks ouverts à la fois. Arrêtez-en d’abord un.',
  'Your temporary account has just been removed. Open the link once more to get a new one.':
    'Votre compte temporaire vient d’être supprimé. Ouvrez le lien une nouvelle fois pour en obtenir un nouveau.',
  'Too many pages follow such logs just now. Close some of them.':
    'Trop de pages suivent de tels journaux en ce moment. Fermez-en quelques-unes.',

  'This hub serves no other hosts.': 'Ce hub ne sert pas d’autres hôtes.',
  'This is not an address of a page here. Begin it with a slash.':
    'Ce n’est pas l’adresse d’une page d’ici. Commencez-la par une barre oblique.',
  'An address takes {0} parameters at most.': 'Une adresse accepte {0} paramètres au plus.',
  'A request has {0} headers at most.': 'Une demande a {0} en-têtes au plus.',
  'The Host of this request is no name of a host.': 'Le Host de cette demande n’est pas un nom d’hôte.',
  'Say how long the body is: it is not taken in pieces here.':
    'Dites combien mesure le corps : ici, il n’est pas accepté par morceaux.',
  'This request is too large. Send less.': 'Cette demande est trop grande. Envoyez moins.',
  'The request ended before its body did.': 'La demande s’est terminée avant son corps.',
  'Send JSON, with content type application/json.': 'Envoyez du JSON, avec le type de contenu application/json.',
  'The body is not JSON.': 'Le corps n’est pas du JSON.',
  'A field of this form came twice.': 'Un champ de ce formulaire est venu deux fois.',
  'Send a form with a file.': 'Envoyez un formulaire avec un fichier.',
  'This form cannot be read. Choose the file again.':
    'Ce formulaire ne peut pas être lu. Choisissez de nouveau le fichier.',
  'These files are too large: {0} MB is the most for all of one form. Go back, and choose smaller ones.':
    'Ces fichiers sont trop grands : {0} Mo est le maximum pour tout un formulaire. Revenez en arrière et choisissez-en de plus petits.',
  'The page was opened at {0}, and this site is at {1}. Nothing was done. Open it there.':
    'La page a été ouverte à {0}, et ce site est à {1}. Rien n’a été fait. Ouvrez-la là-bas.',
  'Open this site': 'Ouvrir ce site',
  "This was sent by another site's page and was not done. Use the buttons on this site.":
    'Ceci a été envoyé par la page d’un autre site et n’a pas été fait. Utilisez les boutons de ce site.',
  '{0}= is a file, which no link can bring. Leave it out, and choose the file on the page that asks for it.':
    '{0}= est un fichier, qu’aucun lien ne peut apporter. Laissez-le de côté, et choisissez le fichier sur la page qui le demande.',
  'Your files may have {0} together here, those that you have replaced lately too. Choose a smaller one, or try again in an hour.':
    'Vos fichiers peuvent avoir ici {0} en tout, y compris ceux que vous avez remplacés il y a peu. Choisissez-en un plus petit, ou réessayez dans une heure.',
  'There is no room for files just now. Tell the people who run this site, or try again later.':
    'Il n’y a pas de place pour des fichiers en ce moment. Dites-le aux responsables de ce site, ou réessayez plus tard.',
  'No notebook of your courses has this code. A code has six characters, such as 7KQ-4MX, and holds for a week. Ask for the one that “Help” above the notebook shows now.':
    'Aucun notebook de vos cours n’a ce code. Un code a six caractères, comme 7KQ-4MX, et vaut une semaine. Demandez celui que montre maintenant « Aide » au-dessus du notebook.',
  "Pages of this site get no servers here: its origin is not in the course's cors.":
    'Les pages de ce site n’obtiennent pas de serveurs ici : son origine n’est pas dans cors du cours.',
  'There is no room for another server just now.': 'Il n’y a pas de place pour un autre serveur en ce moment.',
  'Notebooks in use': 'Notebooks utilisés',
  '{0} of {1} notebooks are in use, {2} more can be opened now.':
    '{0} notebooks sur {1} sont utilisés ; {2} de plus peuvent être ouverts maintenant.',
  'Notebooks in use since this page was opened': 'Notebooks utilisés depuis l’ouverture de cette page',
  'Image: {0}': 'Image : {0}',
}
