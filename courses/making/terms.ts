/** The operator's terms for courses that people make: who makes them, from which images, and within which limits. */
import { z } from 'zod'
import { bytes, staffName } from '../fields.ts'

/** An image by its name, or a pattern in which each `*` stands for a part of a name without a slash. */
const imagePattern = z.string().max(400)

export const termsSchema = z
  .strictObject({
    /**
     * Persons, and groups as `group:name`, who may make courses, by the hub's pages and by API. They are staff of what they make.
     * Admins may always, and the machine's operator by `carrel course`; the terms below do not bind them.
     */
    by: z.array(staffName).default([]),
    /**
     * Images from which courses are made, beside those that courses of this file use: `registry.example.org/courses/*`, or with a
     * name for pages `{ name: 'Statistics', image: 'registry.example.org/stats:3' }`. A `*` stands for anything but a slash.
     */
    images: z
      .array(z.union([imagePattern, z.strictObject({ name: z.string().min(1).max(100), image: imagePattern })]))
      .default([]),
    /** The most that a course may give its servers. */
    limits: z
      .strictObject({
        /** Cores. A course that says none gets these. Default: no maximum. */
        cpu: z.number().positive().optional(),
        memory: bytes.default(2 * 2 ** 30),
        /** Bytes of a home. A course with a home that says no size gets this. Default: no maximum. */
        homeSize: bytes.optional(),
        /** The most that a course may say as `cull.idleSeconds`. Default: courses say nothing of when servers are stopped. */
        idleSeconds: z.number().positive().optional(),
      })
      .prefault({}),
    /** Whether courses may give GPUs. */
    gpu: z.boolean().default(false),
    /** Persons and groups whom courses may name as staff, beside those in `by` and the one who makes the course. */
    staff: z.array(staffName).default([]),
    /** The most servers of a course that may run before anybody has clicked. Default: courses have none. */
    spares: z.int().min(0).max(1000).default(0),
    /** Courses that one person may have made, those of the last week included that were deleted. */
    most: z.int().positive().max(10_000).default(20),
  })
  .prefault({})

export type Terms = z.output<typeof termsSchema>

/** An image that pages offer, with a name for people. */
export interface OfferedImage {
  name: string
  image: string
}

/** Returns the images that the terms name exactly, for a list to choose from. Pure. */
export function listedImages({ images }: Pick<Terms, 'images'>): OfferedImage[] {
  return images
    .map((one) => (typeof one === 'string' ? { name: one, image: one } : one))
    .filter(({ image }) => !image.includes('*'))
}

/** Returns the patterns among the images, which people complete themselves. Pure. */
export function imagePatterns({ images }: Pick<Terms, 'images'>): string[] {
  return images.map((one) => (typeof one === 'string' ? one : one.image)).filter((image) => image.includes('*'))
}

/** Returns whether the terms allow an image. What a `*` stands for begins with a letter, a digit or a mark of a tag. Pure. */
export function allowsImage({ images }: Pick<Terms, 'images'>, image: string): boolean {
  return images.some((one) => {
    const pattern = typeof one === 'string' ? one : one.image
    return pattern === image || (pattern.includes('*') && matches(pattern, image))
  })
}

function matches(pattern: string, image: string): boolean {
  if (image.length > 400 || image.split('/').some((part) => part === '.' || part === '..')) return false
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[A-Za-z0-9._:@-]*')}$`).test(image)
}
