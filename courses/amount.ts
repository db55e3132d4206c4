/** Returns an amount of bytes as `512 MB` or `1.5 GB`, in powers of 1024 as config files have them. Pure. */
export function amountText(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MB` : `${Number((bytes / 2 ** 30).toFixed(1))} GB`
}
