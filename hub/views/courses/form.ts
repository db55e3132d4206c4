import type Koa from 'koa'
import type { OfferedImage } from '../../../courses/making/terms.ts'
import { type Html, html } from '../../../net/html.ts'
import { languageNames, languages } from '../../../words/language.ts'
import type { Edit } from '../../db/courses/edits.ts'
import type { User } from '../../db/users.ts'
import { shownName } from '../format.ts'
import { type Notice, noticeLine, withTimes } from '../fragments.ts'
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
  }
  /** The name of a course that is to be made. */
  name: string
  fields: FormFields
  /** What is wrong, by the names of fields; `name` and `course` for the course as a whole. */
  problems: ReadonlyMap<string, string[]>
  images: OfferedImage[]
  /** The most that a course may give, in words for the fields of these names. */
  most: Partial<Record<'memory' | 'cpu', string>>
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
    title: course === undefined ? 'Make a course' : `Settings of ${course.name}`,
    crumbs: coursesCrumbs,
    userName: shownName(user),
    body: html`
${noticeLine(form.notice)}
${count > 0 && html`<p class="notice" role="alert">Nothing was saved. ${(problems.get('course') ?? []).join(' ') || 'What is to be mended stands beside the fields.'}</p>`}
<form method="post" action="${course === undefined ? '/hub/my-courses' : `/hub/my-courses/${course.slug}`}">
${course === undefined ? textField(form, 'name', 'Name in links', 'Letters, digits, dots, underscores and hyphens. Links are made of it.', form.name) : html`<input type="hidden" name="version" value="${course.version}">`}
${textField(form, 'title', 'Title', 'Shown to learners. Default: the name.')}
${selectField(form, 'language', 'Language of its pages', 'In which pages speak to its learners, on the way to a notebook.', languageTexts)}
${imageField(form)}
${textField(form, 'memory', 'Memory of a server', `Such as 2G or 512M.${form.most.memory ?? ''}`)}
${textField(form, 'cpu', 'Cores of a server', `Such as 1 or 0.5.${form.most.cpu ?? ''}`)}
${textField(form, 'start', 'What opens when a link names no file', 'Such as week1/intro.ipynb.')}
${contentFields(form)}
${selectField(form, 'strip', 'Show the strip', 'State, time left, versions and help above the notebook.', Object.entries(eitherTexts))}
${selectField(form, 'snapshots', 'Let learners share copies', 'To read, by a link that opens for all who have it.', Object.entries(eitherTexts))}
${textField(form, 'home', 'Folder whose files last', 'Such as /home/jovyan/work. Without one, files can be lost when a notebook stops.')}
${openField(form)}
${linesField(form, 'names', 'Names for “only these”', 'One a line; a group as group:name.')}
<label class="choice"><input type="checkbox" name="hidden" value="yes"${form.fields.hidden === 'yes' && html` checked`}> Keep it out of lists</label>
${textField(form, 'opens', 'Opens', 'Such as 2027-01-18T09:00[Europe/Paris]. Default: at once.')}
${textField(form, 'closes', 'Closes', 'In the same form.')}
${textField(form, 'contact', 'Whom learners ask', 'A name, perhaps with an address.')}
${linesField(form, 'staff', 'Staff', 'Names of persons, one a line; a group as group:name.')}
${linesField(form, 'ancestors', 'Sites that may show it in frames', 'One a line, such as https://lms.example.org.')}
${linesField(form, 'more', 'Other settings, as JSON', 'Such as { "tags": { … } }, in the form of a course of the config.')}
<button>${course === undefined ? 'Make the course' : 'Save'}</button></form>
${course !== undefined && aboutCourse(course)}`,
  })
}

interface Described {
  attributes: Html
  after: Html
}

/** Returns what says a field's help and its problems, also to screen readers. */
function described({ problems }: CourseForm, field: string, help: string): Described {
  const wrong = problems.get(field) ?? []
  const isWrong = wrong.length > 0
  return {
    attributes: html` aria-describedby="${field}-help${isWrong && ` ${field}-problem`}"${isWrong && html` aria-invalid="true"`}`,
    after: html`<p class="quiet" id="${field}-help">${help}</p>${isWrong && html`<p class="notice" id="${field}-problem">${wrong.join(' ')}</p>`}`,
  }
}

function textField(
  form: CourseForm,
  field: string,
  label: string,
  help: string,
  value = form.fields[field] ?? '',
): Html {
  const { attributes, after } = described(form, field, help)
  return html`<label for="${field}">${label}</label><input id="${field}" name="${field}" value="${value}" maxlength="1000" autocomplete="off" spellcheck="false"${attributes}>${after}`
}

function linesField(form: CourseForm, field: string, label: string, help: string): Html {
  const { attributes, after } = described(form, field, help)
  return html`<label for="${field}">${label}</label><textarea id="${field}" name="${field}" rows="3" autocomplete="off" spellcheck="false" autocapitalize="none"${attributes}>
${form.fields[field] ?? ''}</textarea>${after}`
}

function imageField(form: CourseForm): Html {
  const { images, patterns, fields } = form
  const { image = '' } = fields
  const help =
    patterns.length === 0
      ? 'The images from which courses are made here.'
      : `One of the list, or one like ${patterns.join(', ')}.`
  if (patterns.length > 0) {
    const { attributes, after } = described(form, 'image', help)
    return html`<label for="image">Image</label><input id="image" name="image" list="images" value="${image}" maxlength="400" required autocomplete="off" spellcheck="false"${attributes}><datalist id="images">${images.map((one) => html`<option value="${one.image}">${one.name}</option>`)}</datalist>${after}`
  }
  const { attributes, after } = described(form, 'image', help)
  const known = images.some((one) => one.image === image)
  const all = known || image === '' ? images : [{ name: image, image }, ...images]
  return html`<label for="image">Image</label><select id="image" name="image"${attributes}>${all.map((one) => html`<option value="${one.image}"${one.image === image && html` selected`}>${one.name || 'None'}</option>`)}</select>${after}`
}

/** What one may choose: the value that the form sends, and its text. Pairs, since an object would put numbers first. */
type Texts = readonly (readonly [value: string, text: string])[]

const pullTexts: Texts = [
  ['5', 'every 5 minutes'],
  ['', 'every 15 minutes'],
  ['60', 'every hour'],
  ['1440', 'every day'],
  ['false', 'only when asked for'],
]

/** Returns the fields about the repository of the course. */
function contentFields(form: CourseForm): Html {
  const { pullMinutes = '' } = form.fields
  const known = pullTexts.some(([value]) => value === pullMinutes)
  const all: Texts = known ? pullTexts : [[pullMinutes, `every ${pullMinutes} minutes`], ...pullTexts]
  return html`${textField(form, 'git', 'Repository with the notebooks', 'Such as https://git.example.org/courses/statistics, or for a private one ssh://… or git@host:path. No names or passwords in it.')}
${textField(form, 'ref', 'Branch or tag', 'Default: what the repository calls its default.')}
${selectField(form, 'pullMinutes', 'Look for what is new', 'How often the repository is asked what is new in it.', all)}
${selectField(form, 'copies', 'Copies for learners', 'What learners get of the repository. Nothing that they have is ever overwritten.', Object.entries(copiesTexts))}
${selectField(form, 'trimMenus', 'Menus for a copy alone', 'In JupyterLab and Notebook 7: without entries for other files, other names and an end of the server.', Object.entries(eitherTexts))}
${selectField(form, 'readOnlyText', 'Text that cannot be edited', 'In the text cells of .ipynb notebooks, in copies that learners get from now on.', Object.entries(eitherTexts))}`
}

const copiesTexts: Record<string, string> = {
  '': 'of each notebook that they open',
  all: 'of all files, when their server starts',
  none: 'none',
}

/** The languages of pages, each by its own name. */
const languageTexts: Texts = [
  ['', 'what each browser wants'],
  ...languages.map((one) => [one, languageNames[one]] as const),
]

const eitherTexts = { '': 'as usual', true: 'yes', false: 'no' }

const openTexts = { everyone: 'everyone', 'signed-in': 'everyone who has signed in', names: 'only these, and staff' }

function openField(form: CourseForm): Html {
  return selectField(
    form,
    'open',
    'Open to',
    'Those who may open the course. Its staff may always.',
    Object.entries(openTexts),
  )
}

/** Returns a field with a text for each value. A form that says nothing has the empty one, or the first one. */
function selectField(form: CourseForm, field: string, label: string, help: string, texts: Texts): Html {
  const { attributes, after } = described(form, field, help)
  const usual = texts.find(([value]) => value === '') ?? texts[0]
  const chosen = form.fields[field] ?? usual?.[0]
  return html`<label for="${field}">${label}</label><select id="${field}" name="${field}"${attributes}>${texts.map(([value, text]) => html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`)}</select>${after}`
}

const editTexts: Record<Edit['kind'], string> = {
  made: 'made',
  changed: 'changed',
  renamed: 'renamed',
  archived: 'archived',
  unarchived: 'taken out of the archive',
  deleted: 'deleted',
  restored: 'restored',
}

function aboutCourse({ name, slug, state, version, links, edits, content }: NonNullable<CourseForm['course']>): Html {
  const address = `/hub/my-courses/${slug}`
  return html`${content !== undefined && html`<h2>Content</h2>${content}`}<h2>Links</h2>
${links.map(({ kind, url }) => copyField({ id: `link-${kind}`, label: kind === 'lms' ? 'For pages of Open edX' : kind === 'launch' ? 'For everyone' : 'As tmplogin', value: url, about: 'the link' }))}
<h2>Name and end</h2>
<form method="post" action="${address}/rename"><input type="hidden" name="version" value="${version}"><label for="to">New name</label><input id="to" name="to" value="${name}" maxlength="63" required autocomplete="off" spellcheck="false" aria-describedby="to-help"><p class="quiet" id="to-help">Links with the old name go on.</p><button class="plain">Rename</button></form>
<div class="row">${state === 'active' && html`<a class="button plain" href="${address}/archive" data-asks>Archive</a>`}${state === 'archived' && html`<a class="button plain" href="${address}/unarchive">Take out of the archive</a>`}${state === 'deleted' ? html`<a class="button plain" href="${address}/restore">Take the deletion back</a>` : html`<a class="button plain danger" href="${address}/delete" data-asks>Delete</a>`}</div>
<h2>What was changed</h2>
<ul>${edits.map(
    ({
      kind,
      version,
      name,
      at,
      before,
      after,
    }) => html`<li>${withTimes(`${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`)}: ${editTexts[kind]} by ${name || 'the operator'} (version ${version})
${after !== undefined && html`<details><summary>Before and after</summary><pre>${before ?? ''}</pre><pre>${after}</pre></details>`}</li>`,
  )}</ul>`
}
