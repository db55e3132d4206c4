import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { retold } from '../../../words/kept.ts'
import { forCount, say, type Text } from '../../../words/text.ts'
import type { Contents } from '../../db/images/contents.ts'
import type { Image } from '../../db/images/images.ts'
import type { User } from '../../db/users.ts'
import { shownName, titleOf } from '../format.ts'
import { sendPage } from '../page.ts'
import { listTable } from '../parts/table.ts'
import { agoTime } from '../parts/time.ts'
import { buildLine, type ShownBuild } from './build.ts'

/** An image as pages for staff show it. */
export interface ShownImage {
  image: string
  courses: Course[]
  /** What was last found; undefined before the first look. */
  known: Image | undefined
  contents: Contents | undefined
  /** How many running servers of these courses are of another image of this name. */
  others: number
  /** What is known of its builds, if the hub builds it. */
  build: ShownBuild | undefined
}

export interface ImagesPage {
  user: User
  isAdmin: boolean
  images: ShownImage[]
  /** Whether servers start from images at all. */
  hasImages: boolean
  /** The time by the database's clock. */
  now: number
}

/** Sends the page of the images of courses, for those who look after them. */
export function sendImagesPage(ctx: Koa.Context, page: ImagesPage): void {
  const { user, isAdmin, images, hasImages } = page
  sendPage(ctx, {
    title: say`Images of courses`,
    wide: true,
    userName: shownName(user),
    body: html`
${!hasImages && html`<p>${say`Notebooks start from no images here.`}</p>`}
${
  hasImages &&
  html`<p>${say`Where an image is missing, the first learner waits until it is fetched.`} ${isAdmin ? say`On the hub’s machine ${html`<code>${pullCommand}</code>`} fetches all of them before.` : say`The people who run this site can have it fetched before.`}</p>
${images.length > 0 && imagesTable(page)}`
}`,
  })
}

const pullCommand = 'carrel images pull'

function imagesTable({ images, now }: ImagesPage): Html {
  return listTable<ShownImage>({
    caption: say`Images of courses`,
    rows: images,
    columns: [
      { head: say`Image`, kind: 'name', cell: ({ image }) => html`<code>${image}</code>` },
      { head: say`Courses`, cell: ({ courses }) => courses.map(titleOf).join(', ') },
      { head: say`What is known`, cell: imageState },
      { head: say`Looked`, cell: ({ known }) => known !== undefined && agoTime(Math.max(0, now - known.looked)) },
      {
        head: say`Fetched`,
        cell: ({ known }) => known?.fetched !== undefined && agoTime(Math.max(0, now - known.fetched)),
      },
    ],
  })
}

/** Returns where an image is and what is in it, in a few lines. */
export function imageState({ known, contents, others, build }: Omit<ShownImage, 'image' | 'courses'>): Html {
  if (build !== undefined && known === undefined) return buildLine(build)
  if (known === undefined) return html`<p>${say`The hub has not looked for it yet. It does so every few minutes.`}</p>`
  const { places, problem, fetchProblem, id } = known
  const versions = Object.entries(contents?.versions ?? {})
  const where = placesText(places)
  return html`${isMissing(known) ? html`<p class="notice">${where} ${retold(problem ?? '')}</p>` : html`<p>${where}${problem !== undefined && html` ${retold(problem)}`}</p>`}
${fetchProblem !== undefined && fetchProblem !== problem && html`<p>${say`When it was last to be fetched: ${retold(fetchProblem)}`}</p>`}
${versions.length > 0 && html`<p>${versions.map(([name, version]) => (name === 'System' ? version : `${name} ${version}`)).join(', ')}</p>`}
${contents?.problem !== undefined && html`<p class="quiet">${say`What is in it could not be learnt: ${retold(contents.problem)}`}</p>`}
${id !== undefined && html`<p class="quiet"><code>${id}</code></p>`}
${build !== undefined && buildLine(build)}
${others > 0 && html`<p>${forCount(others, say`A running notebook is of another image of this name, and gets this one at the next start.`, say`${others} running notebooks are of another image of this name, and get this one at the next start.`)}</p>`}`
}

/** Returns whether no place has the image. Where no place is known, nothing is missing. */
export function isMissing({ places }: Pick<Image, 'places'>): boolean {
  return places.all > 0 && places.having === 0
}

function placesText({ having, all }: Image['places']): Text {
  if (all === 0) return say`Where it should be is not known just now.`
  if (having === 0) return say`It is missing.`
  if (having < all) return say`It is at ${having} of the ${all} places where notebooks start.`
  return all === 1 ? say`It is there.` : say`It is at all ${all} places where notebooks start.`
}
