/** Devices of the engine's machine that servers may use. */
import type { DeviceMapping } from 'dockerode'
import { z } from 'zod'

/**
 * Devices by which a learner's code would have the machine, its disks, its memory or its keyboard. A letter or number of one
 * of several may follow.
 */
const powerful =
  /^\/dev(\/(mem|kmem|port|core|kmsg|console|ttyS?\d*|vcs[au]?\d*|ptmx|pts|shm|mqueue|fd|input|uinput|uhid|hidraw\d*|snapshot|block|char|disk|mapper|dm-\d+|md\d*|sd[a-z]+\d*|hd[a-z]+\d*|vd[a-z]+\d*|xvd[a-z]+\d*|nvme\d*(n\d+(p\d+)?)?|mmcblk.*|loop-control|loop\d*|nbd\d*|rbd\d*|drbd\d*|bcache\d*|zram\d*|ram\d*|pmem.*|sr\d*|sg\d*|bsg|st\d*|raw|zd\d+|zfs|zvol|btrfs-control|mtd.*|cpu|mcelog|watchdog\d*|tpm.*|vhost-.*|vfio|uio\d*|gpiochip\d*|i2c-\d+|spidev.*|nvram|log|initctl|userfaultfd|autofs|ppp)(\/.*)?)?$/

const folder = /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u

export const devicesSchema = z.array(
  z.strictObject({
    /** A device of the engine's machine, or a folder with devices. */
    source: z
      .string()
      .regex(folder, 'is a device like /dev/kvm')
      .refine((path) => path.startsWith('/dev/'), 'is a device like /dev/kvm')
      .refine((path) => !powerful.test(path), 'would give learners the machine itself'),
    /** Where servers see it. Default: where the machine has it. */
    path: z
      .string()
      .regex(folder, 'is a device like /dev/kvm')
      .refine((path) => path.startsWith('/dev/'), 'is a device like /dev/kvm')
      .optional(),
    /** Whether servers may only read it. */
    readOnly: z.boolean().default(false),
  }),
)

export type Device = z.output<typeof devicesSchema>[number]

/** Returns the devices as the engine wants them. No server may make devices of the same kind (`m`). Pure. */
export function deviceMappings(devices: readonly Device[]): DeviceMapping[] {
  return devices.map(({ source, path = source, readOnly }) => ({
    PathOnHost: source,
    PathInContainer: path,
    CgroupPermissions: readOnly ? 'r' : 'rw',
  }))
}
