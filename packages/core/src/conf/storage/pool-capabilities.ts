import { POOL_TYPE_NAMES, POOL_TYPES, type PoolType } from './pool-types.js';

interface Formats {
  readonly known: readonly string[];
  readonly fallback: string;
  readonly listed?: false;
}

function options(element: string, list: string, formats: Formats | undefined): string {
  if (formats === undefined) return '';
  const values = formats.listed === false ? [] : formats.known.map((value) => `        <value>${value}</value>\n`);
  return `    <${element}>
      <defaultFormat type='${formats.fallback}'/>
      <enum name='${list}'>
${values.join('')}      </enum>
    </${element}>
`;
}

/** virStoragePoolCapsFormat: which types of pools there are, and with which formats; `supported` has a backend here. */
export function formatPoolCapabilities(supported: ReadonlySet<PoolType>): string {
  const pools = POOL_TYPE_NAMES.map((type) => {
    const { poolFormats, volFormats } = POOL_TYPES[type];
    const body =
      options('poolOptions', 'sourceFormatType', poolFormats) + options('volOptions', 'targetFormatType', volFormats);
    return `  <pool type='${type}' supported='${supported.has(type) ? 'yes' : 'no'}'>\n${body}  </pool>\n`;
  });
  return `<storagepoolCapabilities>\n${pools.join('')}</storagepoolCapabilities>\n`;
}
