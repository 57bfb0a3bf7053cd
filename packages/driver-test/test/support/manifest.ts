/** The driver's manifest, as a host reads it from package.json. */
export const manifest = {
  spi: '1.0',
  kind: 'hypervisor',
  name: 'test',
  uriSchemes: ['test'],
  provides: ['network', 'storage', 'interface', 'nodeDevice'],
  secondaries: 'own',
  localOnly: true,
  remoteOnly: false,
  paths: [],
} as const;
