/** Returns an amount of bytes as `512 MB` or `1.5 GB`, in powers of 1024 as config files have them. Pure. */
export function amountText(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MB` : `${Number((bytes / 2 ** 30).toFixed(1))} GB`
}

/** Returns an amount of bytes as `12 kB`, in the unit that suits it. Pure. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const unit = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  return `${Number((bytes / 1024 ** unit).toFixed(1))} ${units[unit]}`
}
