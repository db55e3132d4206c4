/** The packages of Debian that a repository asks for. */
import { quotedShort, RecipeError } from './problem.ts'
import type { RecipeFiles } from './recipe-files.ts'

/** A package, with its architecture and version; a hyphen at the end would mean its removal. */
const word = /^[a-z0-9][a-z0-9.+-]*[a-z0-9+](?::[a-z0-9]+)?(?:=[A-Za-z0-9.+:~-]+)?$/
const longest = 200

export async function aptPackages(files: RecipeFiles, path: string): Promise<string[]> {
  const packages: string[] = []
  const problems: string[] = []
  for (const { line, at } of await files.lines(path)) {
    for (const name of line.split(/\s+/)) {
      if (word.test(name) && name.length <= longest) packages.push(name)
      else {
        problems.push(
          `${path}, line ${at}: ${quotedShort(name)} is no name of a package: write one package on each line, such as graphviz or graphviz=2.42.2-7.`,
        )
      }
    }
  }
  if (problems.length > 0) throw new RecipeError(problems)
  return [...new Set(packages)]
}
