import type { ConfValue } from './conf-syntax.js';
import { SETTINGS, type SettingSpec } from './settings.js';

/** virtkitd.conf with every setting explained and commented out at its default. */
export function sampleConfig(): string {
  const settings = Object.entries(SETTINGS as Readonly<Record<string, SettingSpec>>).map(([name, spec]) => {
    const choices = spec.oneOf === undefined ? '' : ` One of ${spec.oneOf.join(', ')}.`;
    return `# ${spec.doc}${choices}\n#${name} = ${literal(spec.initial ?? EXAMPLES[spec.kind])}\n`;
  });
  return `# virtkitd.conf: settings and syntax are those of libvirtd.conf. Lines begin with their defaults.\n\n${settings.join('\n')}`;
}

const EXAMPLES: Readonly<Record<SettingSpec['kind'], ConfValue>> = {
  text: '',
  mode: '0700',
  number: 0,
  switch: 0,
  list: [],
};

function literal(value: ConfValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `"${value}"`;
  return value.length === 0 ? '[ ]' : `[ ${value.map((item) => `"${item}"`).join(', ')} ]`;
}
