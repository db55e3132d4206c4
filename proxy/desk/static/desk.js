/** The strip above the notebook. */
export {}
