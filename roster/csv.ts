/** Reads the text of a CSV file, as spreadsheets and people write them, into rows with the numbers of their lines. */
import { CsvError, parse } from 'csv-parse/sync'

export interface CsvRow {
  /** The number of the row's first line in the file, from 1. */
  line: number
  fields: string[]
}

/** A file that cannot be read as a whole, and what to do about it. */
export interface Unreadable {
  /** The line at which reading ended; undefined where it is about the whole file. */
  line: number | undefined
  problem: string
}

/** A file of this size names some twenty thousand people. */
export const longestFile = 2 * 2 ** 20

/** Far more than a name, an address and some groups need. */
const longestRow = 8192

/**
 * Returns all rows that are not blank. Columns are separated by commas, semicolons or tabs, whichever the first line
 * has most of. Fields may stand in quotes; lines end as on Windows, Unix or an old Mac.
 */
export function readCsv(file: Uint8Array): CsvRow[] | Unreadable {
  const text = decode(file)
  if (typeof text !== 'string') return text
  try {
    const rows: CsvRow[] = []
    parse(text, {
      delimiter: delimiterOf(text),
      max_record_size: longestRow,
      record_delimiter: '\n',
      relax_column_count: true,
      trim: true,
      on_record(fields: string[], { lines }) {
        if (fields.some((field) => field !== '')) rows.push({ line: lines - breaksIn(fields), fields })
        return null
      },
    })
    return rows
  } catch (error) {
    return unreadable(error)
  }
}

function decode(file: Uint8Array): string | Unreadable {
  if (file.length > longestFile) {
    return {
      line: undefined,
      problem: 'The file has more than 2 MB. Split it, and import the parts one after the other.',
    }
  }
  const isUtf16 = (file[0] === 0xff && file[1] === 0xfe) || (file[0] === 0xfe && file[1] === 0xff)
  if (isUtf16 || file.includes(0)) return { line: undefined, problem: wrongEncoding }
  try {
    // Takes a byte order mark away. With one kind of line end, the parser counts lines inside quotes as it counts others.
    return new TextDecoder('utf-8', { fatal: true }).decode(file).replace(/\r\n?/g, '\n')
  } catch (error) {
    if (error instanceof TypeError) return { line: undefined, problem: wrongEncoding }
    throw error
  }
}

const wrongEncoding =
  'The file is not UTF-8 text. Save it from the spreadsheet as “CSV UTF-8”, not as a workbook and not as Unicode text.'

function delimiterOf(text: string): string {
  const header = /^.*/.exec(text.trimStart())?.[0].replace(/"[^"]*"/g, '') ?? ''
  const counted = [',', ';', '\t'].map((sign) => ({ sign, count: header.split(sign).length }))
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).sign
}

function breaksIn(record: string[]): number {
  return record.reduce((sum, field) => sum + (field.split('\n').length - 1), 0)
}

function unreadable(error: unknown): Unreadable {
  if (!(error instanceof CsvError)) throw error
  const line = Number(error.lines)
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return {
        line,
        problem: 'A quotation mark is never closed. Close it, or write it twice where it belongs to the text.',
      }
    case 'CSV_MAX_RECORD_SIZE':
      return {
        line,
        problem: 'The line is longer than 8192 bytes. Look whether a quotation mark before it is not closed.',
      }
    default:
      return {
        line,
        problem: 'A quotation mark stands inside a field. Write it twice, and put the whole field in quotes.',
      }
  }
}
