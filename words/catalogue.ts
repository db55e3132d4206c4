/** The texts of a language by their English patterns. What has no letters is the same in all languages, and is not listed. */
export type Catalogue = Readonly<Record<string, string>>
