/**
 * The contract of a builder: how the image of a course is made from a folder of files with a Dockerfile.
 *
 * A spawner that can do so itself has a `builder` (the Docker spawner: at its own engine). Elsewhere the config file names one
 * (`builds: { builder: dockerBuilder({ … }) }`), which makes images at one place and pushes them to a registry, from which
 * the spawner's places fetch them: a `BuilderPlugin` (`spawner.ts`). Only plain data crosses this border. Every implementation passes
 * `test/spawners/contract-builder.ts`.
 */
import type { Readable } from 'node:stream'

/** An opened builder. It keeps no list of what it makes, so a restarted hub, or another one, goes on with `find` and `build`. */
export interface Builder {
  /** Returns the image under which servers start what is built by this name. Pure. */
  referenceOf(name: string): string
  /** Returns the image that was built by this name; undefined where there is none. Rejects when that cannot be known. */
  find(name: string, options: { signal: AbortSignal }): Promise<BuiltImage | undefined>
  /**
   * Makes the image, names it, and pushes it where servers elsewhere need it. An image that has the name already is the result:
   * nothing is made again. Two calls for one name at once, also of two hubs, both end with an image of that name.
   *
   * Rejects with a `BuildError` when the files make no image. Rejects with the signal's reason when aborted; what runs at the
   * engine for this call ends, and no image has the name. What was made of it until then may stay there unnamed, so that the
   * next call is quicker.
   */
  build(build: ImageBuild, context: BuildContext): Promise<BuiltImage>
  /**
   * Returns what a Dockerfile made here must know of the image that it begins with, after fetching the image where the
   * builder's engine lacks it. Rejects with a `BuildError` when there is no such image, with the signal's reason when aborted.
   */
  base(image: string, context: BuildContext): Promise<BaseImage>
  /**
   * Returns what this installation has built and the builder's engine still has. At a builder that pushes, these are copies: what
   * the registry has is not among them, and only its own rules remove it.
   */
  list(options: { signal: AbortSignal }): Promise<KeptBuild[]>
  /**
   * Removes what was built by this name from the builder's engine, with all that no other image there needs. Returns false, and
   * removes nothing, while a container there was made from it; true when it is gone, also when it was gone before. Never touches an
   * image of another installation, and no registry.
   */
  remove(name: string, options: { signal: AbortSignal }): Promise<boolean>
  close?(): Promise<void>
}

/** An image to be made. */
export interface ImageBuild {
  /**
   * What it is called: `[a-z0-9]+([._-][a-z0-9]+)*:[a-z0-9]+`, such as `python:4f1c…`. The part after the colon stands for all that
   * goes into the image, so a name is never made of other files.
   */
  name: string
  /** Returns the files as a tar stream. Called once for each try. */
  files(): Readable
  /** The path of the Dockerfile among the files. */
  dockerfile: string
  /** What the commands of the Dockerfile may take. */
  limits: { cpu?: number; memory?: number }
  /** Whether the commands of the Dockerfile may reach the network. */
  network: boolean
  /** Whether what earlier builds have left may be used. */
  cache: boolean
}

export interface BuildContext {
  signal: AbortSignal
  /** Shows how far the build is. May be called often. */
  report(progress: BuildProgress): void
}

/** A phase has begun, a step of the Dockerfile has begun, or a line was printed. */
export type BuildProgress =
  | { phase: 'building' | 'pushing' }
  | { step: number; steps: number }
  /** Text without control characters, at most 2000 characters. */
  | { line: string }

export interface BuiltImage {
  /** The image under which servers start it. */
  reference: string
  /** The image's digest at the registry, or its id at the engine: `sha256:…`, the same that `StartedServer.image` is. */
  id: string
}

/** An image from which others are made. */
export interface BaseImage {
  /** The image as it was asked for. */
  image: string
  /** The digest that it has at the registry, or its id at the engine: `sha256:…`. */
  id: string
  /** The user as which its programs run, as its Dockerfile says it; `0` where it says none. */
  user: string
  /** The folder in which its programs start. */
  folder: string
  entrypoint: string[]
  command: string[]
}

/** An image that was built, and is still at the builder's engine. */
export interface KeptBuild {
  name: string
  /** What it takes, with all that it shares with other images. */
  bytes: number
  /** When it was made, in milliseconds since 1970, by the engine's clock. */
  at: number
}

/** The error of files that make no image: a step has failed, or a base image is missing. Recognized by `name`. */
export class BuildError extends Error {
  override name = 'BuildError'
}
