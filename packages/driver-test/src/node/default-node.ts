/** The node of `test:///default`, as a node file. */
export const DEFAULT_NODE_XML = `<node>
  <domain type='test'>
    <name>test</name>
    <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
    <memory unit='KiB'>8388608</memory>
    <currentMemory unit='KiB'>2097152</currentMemory>
    <vcpu>2</vcpu>
    <os>
      <type>hvm</type>
    </os>
    <devices>
      <disk type='file' device='disk'>
        <source file='/guest/diskimage1'/>
        <target dev='vda' bus='virtio'/>
        <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
      </disk>
      <interface type='network'>
        <mac address='aa:bb:cc:dd:ee:ff'/>
        <source network='default'/>
        <target dev='testnet0'/>
        <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>
      </interface>
      <memballoon model='virtio'>
        <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
      </memballoon>
    </devices>
  </domain>
  <network>
    <name>default</name>
    <uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid>
    <bridge name='virbr0'/>
    <forward/>
    <ip address='192.168.122.1' netmask='255.255.255.0'>
      <dhcp>
        <range start='192.168.122.2' end='192.168.122.254'/>
      </dhcp>
    </ip>
  </network>
  <interface type='ethernet' name='eth1'>
    <start mode='onboot'/>
    <mac address='aa:bb:cc:dd:ee:ff'/>
    <mtu size='1492'/>
    <protocol family='ipv4'>
      <ip address='192.168.0.5' prefix='24'/>
      <route gateway='192.168.0.1'/>
    </protocol>
  </interface>
  <pool type='dir'>
    <name>default-pool</name>
    <uuid>dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566</uuid>
    <target>
      <path>/default-pool</path>
    </target>
  </pool>
  <device>
    <name>computer</name>
    <capability type='system'>
      <hardware>
        <vendor>Libvirt</vendor>
        <version>Test driver</version>
        <serial>123456</serial>
        <uuid>11111111-2222-3333-4444-555555555555</uuid>
      </hardware>
      <firmware>
        <vendor>Libvirt</vendor>
        <version>Test Driver</version>
        <release_date>01/22/2007</release_date>
      </firmware>
    </capability>
  </device>
${scsiHost({ host: 1, uniqueId: 0, parent: 'computer', wwn: '12341234', fabric: '43214321', vports: true })}
${scsiHost({ host: 2, uniqueId: 1, parent: 'computer', wwn: '56785678', fabric: '87658765', vports: true })}
${scsiHost({ host: 11, uniqueId: 10, parent: 'scsi_host1', wwn: '34563456', fabric: '43214321', vports: false })}
</node>
`;

interface ScsiHost {
  readonly host: number;
  readonly uniqueId: number;
  readonly parent: string;
  /** Lower half of the world wide names. */
  readonly wwn: string;
  readonly fabric: string;
  readonly vports: boolean;
}

function scsiHost({ host, uniqueId, parent, wwn, fabric, vports }: ScsiHost): string {
  const ops = "<capability type='vport_ops'><max_vports>0</max_vports><vports>0</vports></capability>";
  return `  <device>
    <name>scsi_host${host}</name>
    <parent>${parent}</parent>
    <capability type='scsi_host'>
      <host>${host}</host>
      <unique_id>${uniqueId}</unique_id>
      <capability type='fc_host'>
        <wwnn>20000000${wwn}</wwnn>
        <wwpn>10000000${wwn}</wwpn>
        <fabric_wwn>20000000${fabric}</fabric_wwn>
      </capability>
      ${vports ? ops : ''}
    </capability>
  </device>`;
}
