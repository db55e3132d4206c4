import { say, sentences, type Text } from '../../../words/text.ts'

/** `temporary`: a visitor. `account`: a person with an account here that goes too. `person`: one who may come back. */
type Leaving = 'temporary' | 'account' | 'person'

const becomes: Record<Leaving, (homes: number) => Text> = {
  temporary: (homes) => say`The files that last (${homes}) go too, since a temporary visitor has no way back to them.`,
  account: (homes) =>
    say`The files that last (${homes}) are not among them: they stay, and no later account has them, also none of this name.`,
  person: (homes) =>
    say`The files that last (${homes}) are not among them: they stay, and the same person finds them again after coming back by the same way in.`,
}

/** Returns what becomes of the homes of a user who is removed, as the page that asks says it. */
export function filesThatStay({ homes, leaving }: { homes: number; leaving: Leaving }): Text {
  const remedy = leaving !== 'temporary' && say`An operator copies or removes them by “carrel homes”.`
  return sentences([becomes[leaving](homes), remedy])
}
