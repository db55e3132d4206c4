import { type Html, html } from '../../../net/html.ts'
import { type Said, say } from '../../../words/text.ts'

export interface Column<Row> {
  head: Said
  /** Returns what stands in the row's cell. */
  cell(row: Row): Html | Said | false
  /** The word in the address by which the list is sorted; undefined where it cannot be sorted by this column. */
  sort?: string
  /** `name`: what the row is about. `amount`: a size, whose end stands below the others. `acts`: buttons. */
  kind?: 'name' | 'amount' | 'acts'
}

export interface Table<Row> {
  /** What the table lists, for screen readers. */
  caption: Said
  columns: Column<Row>[]
  rows: Row[]
  /** The word by which the list is sorted, with a minus before it where the last ones come first. */
  sort?: string
  /** Returns the address of the list in this order. */
  linkTo?(sort: string): string
  /** Lets a person choose rows for a button of the form of this id. */
  pick?: {
    form: string
    /** The field that the form sends, and its value; undefined for a row that cannot be chosen. */
    name: string
    idOf(row: Row): string | undefined
    aboutOf(row: Row): Said
  }
}

/**
 * Returns a table, whose rows are cards on a phone. There the roles are written out, because browsers forget what the parts of a
 * table are once they are laid out in another way.
 */
export function listTable<Row>(of: Table<Row>): Html {
  const { caption, columns, rows, pick } = of
  return html`<table class="table" role="table"><caption class="unseen">${caption}</caption>
<thead role="rowgroup"><tr role="row">${pick !== undefined && html`<td role="cell" class="pick"></td>`}${columns.map((column) => headCell(column, of))}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => html`<tr role="row">${pick !== undefined && pickCell(row, pick)}${columns.map((column) => bodyCell(column, row))}</tr>`)}</tbody></table>`
}

function headCell<Row>({ head, sort: own, kind }: Column<Row>, { sort, linkTo }: Table<Row>): Html {
  if (kind === 'acts') return html`<td role="cell" class="acts"></td>`
  if (own === undefined || linkTo === undefined)
    return html`<th role="columnheader" scope="col"${kind === 'amount' && html` class="amount"`}>${head}</th>`
  const isUp = sort === own
  const isDown = sort === `-${own}`
  const order = isUp ? 'ascending' : 'descending'
  return html`<th role="columnheader" scope="col"${(isUp || isDown) && html` aria-sort="${order}"`}><a href="${linkTo(isUp ? `-${own}` : own)}">${head}${(isUp || isDown) && html`<span aria-hidden="true"> ${isUp ? '↑' : '↓'}</span>`}</a></th>`
}

function bodyCell<Row>({ head, cell, kind }: Column<Row>, row: Row): Html {
  const content = cell(row)
  if (kind === 'name') return html`<th role="rowheader" scope="row">${content}</th>`
  if (kind === 'acts')
    return html`<td role="cell" class="acts">${content !== false && html`<div class="row">${content}</div>`}</td>`
  return html`<td role="cell"${kind === 'amount' && html` class="amount"`} data-head="${head}">${content}</td>`
}

function pickCell<Row>(row: Row, { form, name, idOf, aboutOf }: NonNullable<Table<Row>['pick']>): Html {
  const value = idOf(row)
  return html`<td role="cell" class="pick">${value !== undefined && html`<input type="checkbox" form="${form}" name="${name}" value="${value}" aria-label="${say`Choose ${aboutOf(row)}`}">`}</td>`
}

/** Returns what stands in place of a list without any rows: why, and what to do. */
export function emptyState(text: Html): Html {
  return html`<p class="empty" role="status">${text}</p>`
}
