import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import type { OfferedImage } from '../../../courses/making/terms.ts'
import { type Html, html } from '../../../net/html.ts'
import { languageNames, languages } from '../../../words/language.ts'
import { type Said, say, sentences, type Text } from '../../../words/text.ts'
import type { Edit } from '../../db/courses/edits.ts'
import type { User } from '../../db/users.ts'
import { shownName } from '../format.ts'
import { momentTime, type Notice, noticeLine } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { copyField } from '../parts/copy-field.ts'
import { coursesCrumbs } from '../parts/header.ts'
import type { FormFields } from './fields.ts'

export interface CourseForm {
  user: User
  /** The course that is changed; undefined for one that is to be made. */
  course?: {
    name: string
    slug: string
    state: 'active' | 'archived' | 'deleted'
    version: number
    links: { kind: string; url: string }[]
    edits: Edit[]
    /** The line about its content from git, for a course that has some. */
    content: Html | undefined
    /** As its learners have it; undefined for one that they cannot open. */
    opened: Course | undefined
  }
  /** The name of a course that is to be made. */
  name: string
  fields: FormFields
  /** What is wrong, by the names of fields; `name` and `course` for the course as a whole. */
  problems: ReadonlyMap<string, Said[]>
  images: OfferedImage[]
  /** The most that a course may give, in words for the fields of these names. */
  most: Partial<Record<'memory' | 'cpu', Said>>
  /** Patterns of images that people complete themselves. */
  patterns: string[]
  notice: Notice | undefined
}

/** Sends the form of a course. */
export function sendCourseForm(ctx: Koa.Context, form: CourseForm): void {
  const { user, course, problems } = form
  const count = [...problems.values()].flat().length
  if (count > 0) ctx.status = 400
  sendPage(ctx, {
    title: course === undefined ? say`Make a course` : say`Settings of ${course.name}`,
    course: course?.opened,
    crumbs: coursesCrumbs,
    userName: shownName(user),
    body: html`
${noticeLine(form.notice)}
${count > 0 && html`<p class="notice" role="alert">${say`Nothing was saved.`} ${problems.has('course') ? sentences(problems.get('course') ?? []) : say`What is to be mended stands beside the fields.`}</p>`}
<form method="post" action="${course === undefined ? '/hub/my-courses' : `/hub/my-courses/${course.slug}`}">
${course === undefined ? textField(form, 'name', say`Name in links`, say`Letters, digits, dots, underscores and hyphens. Links are made of it.`, form.name) : html`<input type="hidden" name="version" value="${course.version}">`}
${textField(form, 'title', say`Title`, say`Shown to learners. Default: the name.`)}
${selectField(form, 'language', say`Language of its pages`, say`In which pages speak to its learners, on the way to a notebook.`, languageTexts)}
${textField(form, 'contact', say`Whom learners ask`, say`A name, perhaps with an address.`)}
<h2>${say`Servers`}</h2>
${imageField(form)}
${textField(form, 'memory', say`Memory of a server`, sentences([say`Such as 2G or 512M.`, form.most.memory]))}
${textField(form, 'cpu', say`Cores of a server`, sentences([say`Such as 1 or 0.5.`, form.most.cpu]))}
${textField(form, 'home', say`Folder whose files last`, say`Such as /home/jovyan/work. Without one, files can be lost when a notebook stops.`)}
<h2>${say`Notebooks`}</h2>
${textField(form, 'start', say`What opens when a link names no file`, say`Such as week1/intro.ipynb.`)}
${contentFields(form)}
<h2>${say`Around the notebook`}</h2>
${selectField(form, 'strip', say`Show the strip`, say`State, time left, versions and help above the notebook.`, Object.entries(eitherTexts))}
${selectField(form, 'snapshots', say`Let learners share copies`, say`To read, by a link that opens for all who have it.`, Object.entries(eitherTexts))}
<h2>${say`Who may open it, and when`}</h2>
${openField(form)}
${linesField(form, 'names', say`Names for “only these”`, say`One a line; a group as group:name.`)}
<label class="choice"><input type="checkbox" name="hidden" value="yes"${form.fields.hidden === 'yes' && html` checked`}> ${say`Keep it out of lists`}</label>
${textField(form, 'opens', say`Opens`, say`Such as 2027-01-18T09:00[Europe/Paris]. Default: at once.`)}
${textField(form, 'closes', say`Closes`, say`In the same form.`)}
<h2>${say`Staff, and other sites`}</h2>
${linesField(form, 'staff', say`Staff`, say`Names of persons, one a line; a group as group:name.`)}
${linesField(form, 'ancestors', say`Sites that may show it in frames`, say`One a line, such as https://lms.example.org.`)}
${linesField(form, 'more', say`Other settings, as JSON`, say`Such as { "tags": { … } }, in the form of a course of the config.`)}
<div class="row"><button>${course === undefined ? say`Make the course` : say`Save`}</button></div></form>
${course !== undefined && aboutCourse(course)}`,
  })
}

interface Described {
  attributes: Html
  after: Html
}

/** Returns what says a field's help and its problems, also to screen readers. */
function described({ problems }: CourseForm, field: string, help: Said): Described {
  const wrong = problems.get(field) ?? []
  const isWrong = wrong.length > 0
  return {
    attributes: html` aria-describedby="${field}-help${isWrong && ` ${field}-problem`}"${isWrong && html` aria-invalid="true"`}`,
    after: html`<p class="quiet" id="${field}-help">${help}</p>${isWrong && html`<p class="notice wrong" id="${field}-problem">${sentences(wrong)}</p>`}`,
  }
}

function textField(form: CourseForm, field: string, label: Said, help: Said, value = form.fields[field] ?? ''): Html {
  const { attributes, after } = described(form, field, help)
  return html`<label for="${field}">${label}</label><input id="${field}" name="${field}" value="${value}" maxlength="1000" autocomplete="off" spellcheck="false"${attributes}>${after}`
}

function linesField(form: CourseForm, field: string, label: Said, help: Said): Html {
  const { attributes, after } = described(form, field, help)
  return html`<label for="${field}">${label}</label><textarea id="${field}" name="${field}" rows="3" autocomplete="off" spellcheck="false" autocapitalize="none"${attributes}>
${form.fields[field] ?? ''}</textarea>${after}`
}

function imageField(form: CourseForm): Html {
  const { images, patterns, fields } = form
  const { image = '' } = fields
  const help =
    patterns.length === 0
      ? say`The images from which courses are made here.`
      : patterns.includes('*')
        ? say`One of the list, or any other. Where servers are processes, a folder of the hub’s machine.`
        : say`One of the list, or one like ${patterns.join(', ')}.`
  if (patterns.length > 0) {
    const { attributes, after } = described(form, 'image', help)
    return html`<label for="image">${say`Image`}</label><input id="image" name="image" list="images" value="${image}" maxlength="400" required autocomplete="off" spellcheck="false"${attributes}><datalist id="images">${images.map((one) => html`<option value="${one.image}">${one.name}</option>`)}</datalist>${after}`
  }
  const { attributes, after } = described(form, 'image', help)
  const known = images.some((one) => one.image === image)
  const all = known || image === '' ? images : [{ name: image, image }, ...images]
  return html`<label for="image">${say`Image`}</label><select id="image" name="image"${attributes}>${all.map((one) => html`<option value="${one.image}"${one.image === image && html` selected`}>${one.name || say`None`}</option>`)}</select>${after}`
}

/** What one may choose: the value that the form sends, and its text. Pairs, since an object would put numbers first. */
type Texts = readonly (readonly [value: string, text: Said])[]

const pullTexts: Texts = [
  ['5', say`every ${5} minutes`],
  ['', say`every ${15} minutes`],
  ['60', say`every hour`],
  ['1440', say`every day`],
  ['false', say`only when asked for`],
]

/** Returns the fields about the repository of the course. */
function contentFields(form: CourseForm): Html {
  const { pullMinutes = '' } = form.fields
  const known = pullTexts.some(([value]) => value === pullMinutes)
  const all: Texts = known ? pullTexts : [[pullMinutes, say`every ${pullMinutes} minutes`], ...pullTexts]
  return html`${textField(form, 'git', say`Repository with the notebooks`, say`Such as https://git.example.org/courses/statistics, or for a private one ssh://… or git@host:path. No names or passwords in it.`)}
${textField(form, 'ref', say`Branch or tag`, say`Default: what the repository calls its default.`)}
${selectField(form, 'pullMinutes', say`Look for what is new`, say`How often the repository is asked what is new in it.`, all)}
${selectField(form, 'copies', say`Copies for learners`, say`What learners get of the repository. Nothing that they have is ever overwritten.`, Object.entries(copiesTexts))}
${selectField(form, 'trimMenus', say`Menus for a copy alone`, say`In JupyterLab and Notebook 7: without entries for other files, other names and an end of the server.`, Object.entries(eitherTexts))}
${selectField(form, 'readOnlyText', say`Text that cannot be edited`, say`In the text cells of .ipynb notebooks, in copies that learners get from now on.`, Object.entries(eitherTexts))}`
}

const copiesTexts: Record<string, Text> = {
  '': say`of each notebook that they open`,
  all: say`of all files, when their server starts`,
  none: say`none`,
}

/** The languages of pages, each by its own name. */
const languageTexts: Texts = [
  ['', say`what each browser wants`],
  ...languages.map((one) => [one, languageNames[one]] as const),
]

const eitherTexts = { '': say`as usual`, true: say`yes`, false: say`no` }

const openTexts = {
  everyone: say`everyone`,
  'signed-in': say`everyone who has signed in`,
  names: say`only these, and staff`,
}

function openField(form: CourseForm): Html {
  return selectField(
    form,
    'open',
    say`Open to`,
    say`Those who may open the course. Its staff may always.`,
    Object.entries(openTexts),
  )
}

/** Returns a field with a text for each value. A form that says nothing has the empty one, or the first one. */
function selectField(form: CourseForm, field: string, label: Said, help: Said, texts: Texts): Html {
  const { attributes, after } = described(form, field, help)
  const usual = texts.find(([value]) => value === '') ?? texts[0]
  const chosen = form.fields[field] ?? usual?.[0]
  return html`<label for="${field}">${label}</label><select id="${field}" name="${field}"${attributes}>${texts.map(([value, text]) => html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`)}</select>${after}`
}

const editTexts: Record<Edit['kind'], Text> = {
  made: say`made`,
  changed: say`changed`,
  renamed: say`renamed`,
  archived: say`archived`,
  unarchived: say`taken out of the archive`,
  deleted: say`deleted`,
  restored: say`restored`,
}

function aboutCourse({ name, slug, state, version, links, edits, content }: NonNullable<CourseForm['course']>): Html {
  const address = `/hub/my-courses/${slug}`
  return html`${content !== undefined && html`<h2>${say`Content`}</h2>${content}`}<h2>${say`Links`}</h2>
${links.map(({ kind, url }) => copyField({ id: `link-${kind}`, label: kind === 'lms' ? say`For pages of Open edX` : kind === 'launch' ? say`For everyone` : say`As tmplogin`, value: url, about: say`the link` }))}
<h2>${say`Name and end`}</h2>
<form method="post" action="${address}/rename"><input type="hidden" name="version" value="${version}"><label for="to">${say`New name`}</label><input id="to" name="to" value="${name}" maxlength="63" required autocomplete="off" spellcheck="false" aria-describedby="to-help"><p class="quiet" id="to-help">${say`Links with the old name go on.`}</p><button class="plain">${say`Rename`}</button></form>
<div class="row">${state === 'active' && html`<a class="button plain" href="${address}/archive" data-asks>${say`Archive`}</a>`}${state === 'archived' && html`<a class="button plain" href="${address}/unarchive">${say`Take out of the archive`}</a>`}${state === 'deleted' ? html`<a class="button plain" href="${address}/restore">${say`Take the deletion back`}</a>` : html`<a class="button plain danger" href="${address}/delete" data-asks>${say`Delete`}</a>`}</div>
<h2>${say`What was changed`}</h2>
<ul>${edits.map(
    ({
      kind,
      version,
      name,
      at,
      before,
      after,
    }) => html`<li>${say`${momentTime(at)}: ${editTexts[kind]} by ${name || say`the operator`} (version ${version})`}
${after !== undefined && html`<details><summary>${say`Before and after`}</summary><pre>${before ?? ''}</pre><pre>${after}</pre></details>`}</li>`,
  )}</ul>`
}
