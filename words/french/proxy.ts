import type { Catalogue } from '../catalogue.ts'

/** Texts of the proxy's own pages and refusals. */
export const frenchProxy: Catalogue = {
  'This request was refused': 'Cette demande a été refusée',
  'Only the page around a notebook asks here. Open the notebook through the hub.':
    'Seule la page autour d’un notebook fait ses demandes ici. Ouvrez le notebook par le hub.',
  'Only the owner of the notebook asks here, and only where the course shows the strip.':
    'Seul le propriétaire du notebook fait ses demandes ici, et seulement si le cours affiche la ligne au-dessus du notebook.',
  'Nothing is here': 'Il n’y a rien ici',
  'There is nothing at this address. Reload the page of the notebook.':
    'Il n’y a rien à cette adresse. Rechargez la page du notebook.',
  'This request is too long. Reload the page of the notebook.':
    'Cette demande est trop longue. Rechargez la page du notebook.',
  'Too many requests came from this notebook. Try again in a moment.':
    'Trop de demandes sont venues de ce notebook. Réessayez dans un instant.',
  'Going on': 'On continue',
  '{0} if nothing happens.': '{0} si rien ne se passe.',
  'There is nothing at this address.': 'Il n’y a rien à cette adresse.',
  'This request cannot be understood': 'Cette demande n’est pas comprise',
  'A header has characters that headers do not have.': 'Un en-tête contient des caractères que les en-têtes n’ont pas.',
  'Reload this page': 'Recharger cette page',
  'This name is not served here': 'Ce nom n’est pas servi ici',
  'The host name in the address belongs neither to the hub nor to a notebook.':
    'Le nom d’hôte dans l’adresse n’appartient ni au hub ni à un notebook.',
  'Go to the hub': 'Aller au hub',
  'This address cannot be read': 'Cette adresse ne peut pas être lue',
  'The address contains a % that is not followed by two digits, or bytes that are not UTF-8.':
    'L’adresse contient un % qui n’est pas suivi de deux chiffres, ou des octets qui ne sont pas de l’UTF-8.',
  'This notebook did not open': 'Ce notebook ne s’est pas ouvert',
  'A notebook opens by a form that the hub’s launch page sends.':
    'Un notebook s’ouvre par un formulaire qu’envoie la page d’ouverture du hub.',
  'Only a page of the hub can open a notebook. Open it through the hub.':
    'Seule une page du hub peut ouvrir un notebook. Ouvrez-le par le hub.',
  'A notebook opens by a form. Open it through the hub.':
    'Un notebook s’ouvre par un formulaire. Ouvrez-le par le hub.',
  'This request took too long to arrive. Open the notebook again.':
    'Cette demande a mis trop longtemps à arriver. Rouvrez le notebook.',
  'This form is too long. Open the notebook through the hub.':
    'Ce formulaire est trop long. Ouvrez le notebook par le hub.',
  'This link is damaged. Open the notebook through the hub.': 'Ce lien est abîmé. Ouvrez le notebook par le hub.',
  'Too many links that do not work came from your network. Try again in {0} s.':
    'Trop de liens qui ne marchent pas sont venus de votre réseau. Réessayez dans {0} s.',
  'The hub does not answer. Open the notebook again in a few seconds.':
    'Le hub ne répond pas. Rouvrez le notebook dans quelques secondes.',
  'This link was already used, or is over a minute old. Open the notebook again.':
    'Ce lien a déjà servi, ou date de plus d’une minute. Rouvrez le notebook.',
  'Something is set up wrongly here. Tell your teacher the error id below.':
    'Quelque chose est mal configuré ici. Communiquez à votre enseignant la référence ci-dessous.',
  'This link is for another notebook. Open the notebook through the hub.':
    'Ce lien est pour un autre notebook. Ouvrez le notebook par le hub.',
  'Something is broken here': 'Quelque chose est cassé ici',
  'Something went wrong on our side. Reload the page. If it happens again, tell your teacher the reference below.':
    'Un problème est survenu de notre côté. Rechargez la page. Si cela se reproduit, communiquez à votre enseignant la référence ci-dessous.',
  'Open the notebook': 'Ouvrir le notebook',
  'Opening your notebook': 'Ouverture de votre notebook',
  'Your browser did not keep the cookie that gives you access to this notebook. In a tab of its own it will.':
    'Votre navigateur n’a pas gardé le cookie qui vous donne accès à ce notebook. Dans un onglet à part, il le fera.',
  'There is nothing at this address. Open the notebook through the hub.':
    'Il n’y a rien à cette adresse. Ouvrez le notebook par le hub.',
  'This link leads nowhere': 'Ce lien ne mène nulle part',
  'It was not made for this browser, or it is over a minute old. Open the notebook again.':
    'Il n’a pas été fait pour ce navigateur, ou il date de plus d’une minute. Rouvrez le notebook.',
  'Please delete the cookies of this site': 'Merci de supprimer les cookies de ce site',
  'Your browser hides where its requests come from': 'Votre navigateur cache d’où viennent ses demandes',
  'It sends neither Sec-Fetch-Site nor Referer, so that nothing tells a page of this notebook from one of another site. Allow the Referer for this site, then open the notebook again.':
    'Il n’envoie ni Sec-Fetch-Site ni Referer, si bien que rien ne distingue une page de ce notebook d’une page d’un autre site. Autorisez le Referer pour ce site, puis rouvrez le notebook.',
  'The hub does not answer': 'Le hub ne répond pas',
  'It has too much to do. Running notebooks are not affected.':
    'Il a trop à faire. Les notebooks en marche ne sont pas touchés.',
  'It may be restarting. Running notebooks are not affected.':
    'Il redémarre peut-être. Les notebooks en marche ne sont pas touchés.',
  'This page tries again by itself.': 'Cette page réessaie d’elle-même.',
  'Reload this page in a few seconds.': 'Rechargez cette page dans quelques secondes.',
  'This server does not answer': 'Ce serveur ne répond pas',
  'It may be starting, may have stopped, or be too busy. Reload this page in a moment.':
    'Il démarre peut-être, s’est arrêté, ou est trop occupé. Rechargez cette page dans un instant.',
  'This notebook does not answer': 'Ce notebook ne répond pas',
  'It may have just stopped, or be too busy. Reload this page in a moment, or open it again at the hub.':
    'Il vient peut-être de s’arrêter, ou est trop occupé. Rechargez cette page dans un instant, ou rouvrez-le au hub.',
  'Open it again': 'Le rouvrir',
  'This server is not running. Start it at the hub.': 'Ce serveur n’est pas en marche. Démarrez-le au hub.',
  'Your access has ended': 'Votre accès est terminé',
  'The key of this notebook is not in use any more. Open the notebook through the hub again.':
    'La clé de ce notebook n’est plus utilisée. Rouvrez le notebook par le hub.',
  'This is not the whole address of a shared notebook. Ask for the link again.':
    'Ce n’est pas l’adresse entière d’un notebook partagé. Redemandez le lien.',
}
