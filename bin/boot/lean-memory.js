// @ts-check
import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8 collect garbage instead of asking for more memory, and compile nothing for speed. While a program is loaded,
 * nearly everything new is kept, which V8 takes for a reason to make its space for new objects sixteen times as large;
 * and hardly any code runs often enough to be worth its compilers, whose own code is 8 MB.
 */
export function keepMemoryLean() {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--no-turbofan')
  setFlagsFromString('--no-maglev')
}

/** Gives V8 its defaults back, for work. */
export function letMemoryGrow() {
  setFlagsFromString('--semi-space-growth-factor=2')
  setFlagsFromString('--turbofan')
  setFlagsFromString('--maglev')
}
