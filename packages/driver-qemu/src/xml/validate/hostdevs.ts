import type { HostdevDef } from '@virtkit/core/conf';
import type { QemuFlag } from '../../capabilities/index.js';
import { checkScsiAddress } from './disks.js';
import { need, refuseIf, type Subject } from './subject.js';

const MDEV_FLAGS: Readonly<Record<string, QemuFlag>> = {
  'vfio-pci': 'vfio-pci',
  'vfio-ccw': 'vfio-ccw',
  'vfio-ap': 'vfio-ap',
};

/** qemuValidateDomainDeviceDefHostdev */
export function checkHostdev(device: HostdevDef, subject: Subject): void {
  refuseIf(device.mode === 'capabilities', "hostdev mode 'capabilities' is not supported in QEMU");
  switch (device.type) {
    case 'scsi':
      refuseIf(device.sgio === 'unfiltered', 'unfiltered sgio is no longer supported');
      checkScsiAddress(device.address, subject.def);
      break;
    case 'usb':
      if (device.source.guestReset !== undefined)
        need(subject, 'usb-host.guest-resets-all', "'guestReset' is not supported by this QEMU binary");
      break;
    case 'pci':
      refuseIf(
        device.source.writeFiltering !== undefined,
        'Write filtering of PCI device configuration space is not supported by qemu',
      );
      need(subject, 'vfio-pci', 'VFIO PCI device assignment is not supported by this version of qemu');
      break;
    case 'scsi_host':
      need(subject, 'vhost-scsi', 'vhost SCSI host devices are not supported by this QEMU binary');
      refuseIf(device.boot !== undefined, 'booting from assigned devices is not supported by vhost SCSI devices');
      break;
    case 'mdev': {
      const { model } = device;
      const flag = MDEV_FLAGS[model];
      if (flag !== undefined) need(subject, flag, `'${model}' is not supported by this version of QEMU`);
      refuseIf(
        device.boot !== undefined && model !== 'vfio-ccw',
        `booting from assigned devices is not supported by mediated devices of model ${model}`,
      );
      if (device.display === true) {
        need(
          subject,
          'vfio-pci.display',
          'display property of device vfio-pci is not supported by this version of QEMU',
        );
        refuseIf(
          subject.def.devices.graphics.length === 0,
          "graphics device is needed for attribute value 'display=on' in <hostdev>",
        );
      }
    }
  }
}
