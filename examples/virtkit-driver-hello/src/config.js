import { randomUUID } from 'node:crypto';
import { childOf, childrenOf, escapeXml, readXml } from '@virtkit/core/conf';
import { ErrorCode } from '@virtkit/core/util';
import { fail } from './hello-host.js';

/**
 * Reads `<domain type='hello'>`. `<os><init>` is the program that a start runs, each `<initarg>` one argument: no shell.
 * A real driver would use the whole domain schema; this one needs six elements and says so by ignoring the rest.
 */
export function parseConfig(xml) {
  const root = readXml(xml);
  const text = (name, parent = root) => (parent && childOf(parent, name))?.text.trim();
  if (root.name !== 'domain')
    throw fail(ErrorCode.XML_ERROR, `unexpected root element <${root.name}>, expecting <domain>`);
  const name = text('name');
  if (!name) throw fail(ErrorCode.XML_ERROR, 'the domain has no <name>: give it one');
  const os = childOf(root, 'os');
  const init = text('init', os);
  if (!init) throw fail(ErrorCode.XML_ERROR, `domain '${name}' has no <os><init>: name the program to run`);
  return {
    name,
    uuid: text('uuid')?.toLowerCase() ?? randomUUID(),
    title: text('title'),
    memory: Number(text('memory') ?? 1024),
    vcpus: Number(text('vcpu') ?? 1),
    init,
    initargs: childrenOf(os, 'initarg').map((node) => node.text),
  };
}

export function formatConfig(config, id) {
  const lines = [
    `<domain type='hello'${id > 0 ? ` id='${id}'` : ''}>`,
    `  <name>${escapeXml(config.name)}</name>`,
    `  <uuid>${config.uuid}</uuid>`,
    ...(config.title === undefined ? [] : [`  <title>${escapeXml(config.title)}</title>`]),
    `  <memory unit='KiB'>${config.memory}</memory>`,
    `  <vcpu>${config.vcpus}</vcpu>`,
    '  <os>',
    '    <type>exe</type>',
    `    <init>${escapeXml(config.init)}</init>`,
    ...config.initargs.map((arg) => `    <initarg>${escapeXml(arg)}</initarg>`),
    '  </os>',
    '</domain>',
    '',
  ];
  return lines.join('\n');
}
