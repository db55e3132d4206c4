/** Names and values as Kubernetes writes them. */
import { z } from 'zod'

/** Prefix of the labels, annotations and scheduling gate that are Carrel's own. */
export const ownPrefix = 'carrel/'

export const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'is a name as Kubernetes writes it: a-z, 0-9, - and .')

export const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    'is a label key as Kubernetes writes it: app, or example.org/team',
  )

export const labelValue = z
  .string()
  .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'is a label value: up to 63 letters, digits, -, _ and .')

/** A variable that is none by which programs know the hub. */
export const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is the name of a variable, like API_KEY')
  .refine((name) => !/^JUPYTER(_TOKEN$|HUB_)/.test(name), "is one of the hub's own variables")

/** A key of a Secret or ConfigMap. */
export const dataKey = z.string().regex(/^[A-Za-z0-9._-]{1,253}$/, 'is a key of a Secret: letters, digits, -, _ and .')

export const capability = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'looks like NET_BIND_SERVICE')

/** The number of a user or group. */
export const id = z.int().min(0)

export const portNumber = z.int().min(1).max(65535)

export const pullPolicy = z.enum(['Always', 'IfNotPresent', 'Never'])
