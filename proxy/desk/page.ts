import { type Html, html } from '../../net/html.ts'
import { restartLink } from '../../seats/links.ts'

export interface Desk {
  /** The server's path. */
  path: string
  /** The page that the desk shows, behind the server's path: path and query, as a browser sends them. */
  landing: string
  hubUrl: string
  /** The nonce of scripts and style sheets. */
  nonce: string
  /** The address below which the strip's files are. */
  staticBase: string
}

/** Returns the page with the strip above the notebook. Without script it shows the notebook all the same. */
export function deskPage({ path, landing, hubUrl, nonce, staticBase }: Desk): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Notebook</title>
<script nonce="${nonce}">${insteadOfOuter}</script>
<link rel="stylesheet" nonce="${nonce}" href="${staticBase}/desk.css">
<script type="module" nonce="${nonce}" src="${staticBase}/desk.js"></script>
</head>
<body data-path="${path}" data-hub="${hubUrl}" data-restart="${hubUrl + restartLink(path + landing)}">
<header id="strip"></header>
<iframe id="notebook" title="Notebook" src="${path + landing}"></iframe>
</body>
</html>
`
}

/** A desk in the frame of another desk, as a link in a notebook may lead to one, takes the other one's place. */
const insteadOfOuter: Html = html`try { if (parent !== window && parent.location.pathname.includes('/_carrel/desk/')) parent.location.replace(location.href) } catch {}`
