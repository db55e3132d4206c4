// @ts-check
import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8 collect garbage often instead of asking for more memory. While a program is loaded nearly everything new is
 * kept, which V8 takes for a reason to make its space for new objects sixteen times as large, and so it stays.
 */
export function keepMemoryLean() {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/** Gives V8 its default back, for work: then the space for new objects grows with what there is to do. */
export function letMemoryGrow() {
  setFlagsFromString('--semi-space-growth-factor=2')
}
