/** Whether a (canonical) machine name is of a family: the name itself, or a versioned form of it */
function isOf(machine: string, family: string): boolean {
  return machine === family || machine.startsWith(`${family}-`);
}

/** qemuDomainMachineIsI440FX */
export function isI440fx(machine: string, arch: string): boolean {
  if (arch !== 'x86_64' && arch !== 'i686') return false;
  return (
    machine === 'pc' ||
    machine.startsWith('pc-0.') ||
    machine.startsWith('pc-1.') ||
    isOf(machine, 'pc-i440fx') ||
    machine.startsWith('rhel')
  );
}

/** qemuDomainMachineIsQ35 */
export function isQ35(machine: string, arch: string): boolean {
  return (arch === 'x86_64' || arch === 'i686') && (machine === 'q35' || machine.startsWith('pc-q35'));
}

/** qemuDomainMachineIsARMVirt */
export function isArmVirt(machine: string, arch: string): boolean {
  return ['aarch64', 'armv7l', 'armv6l'].includes(arch) && isOf(machine, 'virt');
}

/** qemuDomainMachineIsPSeries */
export function isPseries(machine: string, arch: string): boolean {
  return (arch === 'ppc64' || arch === 'ppc64le') && isOf(machine, 'pseries');
}

/** qemuDomainMachineHasBuiltinIDE */
export function hasBuiltinIde(machine: string, arch: string): boolean {
  return isI440fx(machine, arch) || ['malta', 'sun4u', 'g3beige'].includes(machine);
}

export function isS390(arch: string): boolean {
  return arch === 's390x' || arch === 's390';
}

export function isX86(arch: string): boolean {
  return arch === 'x86_64' || arch === 'i686';
}

/** virQEMUCapsGuestIsNative: whether the host's processor runs the guest's instructions itself */
export function isNativeGuest(host: string, guest: string): boolean {
  if (host === guest) return true;
  if (host === 'x86_64') return guest === 'i686';
  if (host === 'aarch64') return guest === 'armv7l';
  return host === 'armv7l'
    ? guest === 'armv6l'
    : host === 'ppc64le'
      ? guest === 'ppc64'
      : host === 'ppc64' && guest === 'ppc64le';
}
