import { isX86 } from '../../capabilities/index.js';
import { configUnsupported, xmlError } from '../../errors.js';
import { isQ35 } from '../../machine.js';
import { refuseIf, type Subject } from './subject.js';

/** Whether the emulator has the machine, and runs it the way that is asked for. */
export function checkMachine({ def, caps }: Subject): void {
  refuseIf(def.bootloader !== undefined || def.bootloader_args !== undefined, 'bootloader is not supported by QEMU');
  const emulator = def.devices.emulator ?? '';
  const { arch = '', machine = '', value } = def.os.type;
  refuseIf(value !== 'hvm', `Emulator '${emulator}' does not support os type '${value}'`);
  refuseIf(!runs(caps.arch, arch), `Emulator '${emulator}' does not support arch '${arch}'`);
  refuseIf(!caps.supportsVirtType(def.type), `Emulator '${emulator}' does not support virt type '${def.type}'`);
  if (caps.machine(def.type, machine) === undefined)
    throw configUnsupported(`Emulator '${emulator}' does not support machine type '${machine}'`);
}

/** Emulators of a wider processor run the narrower one's programs too. */
const NARROWER: Readonly<Record<string, readonly string[]>> = {
  x86_64: ['i686'],
  aarch64: ['armv7l', 'armv6l'],
  armv7l: ['armv6l'],
  ppc64: ['ppc64le'],
  ppc64le: ['ppc64'],
};

const runs = (emulator: string, arch: string): boolean =>
  emulator === arch || NARROWER[emulator]?.includes(arch) === true;

/** qemuValidateLifecycleAction: what may happen when the guest ends; QEMU knows one kind of end for both power off and reboot. */
export function checkLifecycle({ def }: Subject): void {
  const { on_poweroff: off, on_reboot: reboot, on_crash: crash } = def;
  refuseIf(
    [off, reboot, crash].includes('rename-restart'),
    "qemu driver doesn't support the 'rename-restart' action for 'on_reboot'/'on_poweroff'/'on_crash'",
  );
  refuseIf(
    off === 'preserve' || reboot === 'preserve',
    "qemu driver doesn't support the 'preserve' action for 'on_reboot'/'on_poweroff'",
  );
  refuseIf(
    off === 'restart' && reboot === 'destroy',
    "qemu driver doesn't support 'onReboot' set to 'destroy' and 'onPoweroff' set to 'reboot'",
  );
}

/** Firmware and what it needs of the machine. */
export function checkFirmware({ def }: Subject): void {
  const { loader, firmware, bios } = def.os;
  const arch = def.os.type.arch ?? '';
  if (bios?.useserial === true && def.devices.serial.length === 0)
    throw xmlError('need at least one serial port to use BIOS serial output');
  const timeout = bios?.rebootTimeout;
  refuseIf(
    timeout !== undefined && (timeout < -1 || timeout > 65535),
    'invalid value for rebootTimeout, must be in range [-1,65535]',
  );
  const uefi = firmware === 'efi' || loader?.type === 'pflash';
  refuseIf(uefi && isX86(arch) && def.features?.acpi !== true, 'UEFI requires ACPI on this architecture');
  refuseIf(!uefi && arch === 'aarch64' && def.features?.acpi === true, 'ACPI requires UEFI on this architecture');
  refuseIf(bios?.useserial === true && !isX86(arch), 'BIOS serial console only supported on x86 architectures');
  if (loader?.secure === true && loader.path !== undefined) {
    refuseIf(arch !== 'x86_64', 'Secure boot is supported for x86_64 architecture only');
    refuseIf(!isQ35(def), 'Secure boot is supported with q35 machine types only');
    refuseIf(def.features?.smm?.state !== true, 'Secure boot requires SMM feature enabled');
  }
}

/** `<launchSecurity>`, `<genid>`, `<pm>`, allocations of the host's cache. */
export function checkExtras({ def, caps }: Subject): void {
  const { launchSecurity, cputune, genid, pm } = def;
  if (launchSecurity?.type === 'sev') {
    refuseIf(!caps.has('sev-guest'), 'SEV launch security is not supported with this QEMU binary');
    refuseIf(
      launchSecurity.kernelHashes !== undefined && !caps.has('sev-guest-kernel-hashes'),
      'SEV measured direct kernel boot is not supported with this QEMU binary',
    );
  }
  if (launchSecurity?.type === 's390-pv')
    refuseIf(
      !caps.has('confidential-guest-support') || !caps.has('s390-pv-guest'),
      'S390 PV launch security is not supported with this QEMU binary',
    );
  for (const info of def.sysinfo ?? [])
    for (const { name } of info.type === 'fwcfg' ? info.entry : [])
      refuseIf(/^opt\/(ovmf|org\.qemu|org\.seabios)/.test(name), 'That firmware name is reserved');
  const allocations = (cputune?.cachetune?.length ?? 0) + (cputune?.memorytune?.length ?? 0);
  refuseIf(allocations > 0 && def.type !== 'kvm', 'cachetune is only supported for KVM domains');
  refuseIf(genid !== undefined && !caps.has('vmgenid'), 'genid is not supported with this QEMU binary');
  const family = isQ35(def) ? 'ich9-' : '';
  for (const [what, state] of [
    ['suspend-to-mem', 's3'],
    ['suspend-to-disk', 's4'],
  ] as const)
    if (pm?.[what] !== undefined)
      refuseIf(!caps.has(`${family}disable-${state}`), `setting ACPI ${state.toUpperCase()} not supported`);
}
