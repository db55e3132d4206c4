import type { Catalogue } from '../catalogue.ts'

/** Texts of the proxy's own pages and refusals. */
export const frenchProxy: Catalogue = {
  'This request was refused': 'Cette demande a été refusée',
  'Only the page around a notebook asks here. Open the notebook through the hub.':
    'Seule la page autour d’un notebook fait ses demandes ici. Ouvrez le notebook par le hub.',
  'Only the owner of the notebook asks here, and only where the course shows the strip.':
    'Seul le propriétaire du notebook fait ses demandes ici, et seulement si le cours affiche le bandeau.',
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

  'This notebook is closed here': 'Ce notebook est fermé ici',
  'This browser cannot use this notebook any more: you are signed out, or were away for long.':
    'Ce navigateur ne peut plus utiliser ce notebook : vous êtes déconnecté, ou étiez absent depuis longtemps.',
  'This notebook has been started anew since you opened this tab.':
    'Ce notebook a été redémarré depuis que vous avez ouvert cet onglet.',
  'You were away for long, so this tab cannot use its notebook any more.':
    'Vous étiez absent depuis longtemps, donc cet onglet ne peut plus utiliser son notebook.',
  'You are signed out of this notebook in this browser, or may not use it any more.':
    'Vous êtes déconnecté de ce notebook dans ce navigateur, ou n’avez plus le droit de l’utiliser.',
  'What was saved is kept. Until you sign in, nothing runs or can be saved here.':
    'Ce qui était enregistré est conservé. Tant que vous n’êtes pas connecté, rien ne s’exécute ni ne s’enregistre ici.',
  'To go on, sign in in another tab at {0} and open this notebook there. Then come back here, save, and reload the page.':
    'Pour continuer, connectez-vous dans un autre onglet sur {0} et ouvrez-y ce notebook. Revenez ensuite ici, enregistrez, et rechargez la page.',
  'This browser has no access to this notebook. Open it through the hub.':
    'Ce navigateur n’a pas accès à ce notebook. Ouvrez-le par le hub.',
  'This browser sends several cookies for this notebook, and nothing tells which of them is its own. Delete the cookies of this site, then open the notebook through the hub again.':
    'Ce navigateur envoie plusieurs cookies pour ce notebook, et rien ne dit lequel est le sien. Supprimez les cookies de ce site, puis rouvrez le notebook par le hub.',
  'This browser has access to an earlier start of this notebook only. Open it through the hub again.':
    'Ce navigateur n’a accès qu’à un démarrage précédent de ce notebook. Rouvrez-le par le hub.',
  'The access of this browser has expired. Open the notebook through the hub in another tab, then try again here.':
    'L’accès de ce navigateur a expiré. Ouvrez le notebook par le hub dans un autre onglet, puis réessayez ici.',
  'The access of this browser has ended, because of a sign-out or a restart. Open the notebook through the hub again.':
    'L’accès de ce navigateur a pris fin, à cause d’une déconnexion ou d’un redémarrage. Rouvrez le notebook par le hub.',
  'This request does not come from the notebook’s own pages.':
    'Cette demande ne vient pas des pages du notebook lui-même.',
  'This host is not that of the notebook. Open the notebook through the hub.':
    'Cet hôte n’est pas celui du notebook. Ouvrez le notebook par le hub.',
  'This address is written in a way that programs read differently.':
    'Cette adresse est écrite d’une façon que les programmes lisent différemment.',
  'This API token does not open this server: it is unknown, over, or somebody else’s.':
    'Ce jeton d’API n’ouvre pas ce serveur : il est inconnu, a expiré, ou appartient à quelqu’un d’autre.',
  'This request shows several API tokens. Send one.':
    'Cette demande présente plusieurs jetons d’API. Envoyez-en un seul.',
  'The hub does not answer, so this API token cannot be checked. Try again soon.':
    'Le hub ne répond pas, donc ce jeton d’API ne peut pas être vérifié. Réessayez bientôt.',
  'Too many wrong API tokens came from your address. Try again in a minute.':
    'Trop de jetons d’API erronés sont venus de votre adresse. Réessayez dans une minute.',
  'Notebooks may have no service workers here.': 'Les notebooks ne peuvent pas avoir de service worker ici.',
  'A WebSocket is opened from the notebook’s own pages only.':
    'Un WebSocket ne s’ouvre que depuis les pages du notebook lui-même.',
  'Without a page behind it, a request may only open a page.':
    'Sans page derrière elle, une demande ne peut qu’ouvrir une page.',
  'Pages of other sites may link to this notebook, and do nothing else with it.':
    'Les pages d’autres sites peuvent contenir un lien vers ce notebook, et rien de plus.',
  'The only versions of HTTP that are understood here are 1.1 and 1.0.':
    'Les seules versions de HTTP comprises ici sont 1.1 et 1.0.',
  '{0} is not supported here.': '{0} n’est pas accepté ici.',
  'The Connection header is longer than any program needs.':
    'L’en-tête Connection est plus long que ce dont un programme a besoin.',
  'The only expectation that is understood here is 100-continue.': 'La seule attente comprise ici est 100-continue.',
  'A request to become a WebSocket has no body.': 'Une demande de WebSocket n’a pas de corps.',
  'A request names exactly one host.': 'Une demande nomme exactement un hôte.',
  'The request target is not a path.': 'La cible de la demande n’est pas un chemin.',
  'The only transfer encoding that is understood here is chunked.':
    'Le seul codage de transfert compris ici est chunked.',
  'HTTP/1.0 has no transfer encodings.': 'HTTP/1.0 n’a pas de codages de transfert.',
}
