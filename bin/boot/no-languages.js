// Stands for zod's messages in all languages. English, the only one that is used, is loaded by another name.
export {}
