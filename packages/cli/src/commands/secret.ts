import { ConnectListAllSecretsFlags as List, SecretUsageType } from '@virtkit/core/util';
import { commands } from '../command.js';
import { document } from '../output/document.js';
import { listed, said } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { constantName } from '../state-names.js';
import { readFile } from 'node:fs/promises';

const secret = commands('Secrets');

export const SECRET = [
  secret(
    'secret-list',
    'List secrets',
    {
      options: {
        '--ephemeral': [List.EPHEMERAL, 'only ephemeral ones'],
        '--no-ephemeral': [List.NO_EPHEMERAL, 'only those that are kept'],
        '--private': [List.PRIVATE, 'only private ones'],
        '--no-private': [List.NO_PRIVATE, 'only those that are not private'],
      },
    },
    async (call) => {
      const secrets = [...(await call.attempt('list secrets', (await call.connect()).listAllSecrets(call.flags)))];
      secrets.sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
      return listed(secrets, [
        { title: 'UUID', key: 'uuid', value: ({ uuid }) => uuid },
        {
          title: 'Usage',
          key: 'usage',
          value: ({ ref }) => ({ type: constantName(SecretUsageType, ref.usageType), id: ref.usageID }),
          text: ({ ref }) =>
            ref.usageType === SecretUsageType.NONE
              ? 'Unused'
              : `${constantName(SecretUsageType, ref.usageType)} ${ref.usageID}`,
        },
      ]);
    },
  ),
  secret('secret-define', 'Define a secret from a file, or change it', { args: '<file>' }, async (call) => {
    const xml = await call.document('secret');
    const { uuid } = await call.attempt(
      `set attributes from ${call.arg('file')}`,
      (await call.connect()).secretDefineXML(xml),
    );
    return said(`Secret ${uuid} created`, { secret: uuid });
  }),
  secret('secret-dumpxml', 'Print the XML of a secret', { args: '<secret>' }, async (call) =>
    document('secret', await (await call.secret()).getXMLDesc()),
  ),
  secret(
    'secret-set-value',
    'Set the value of a secret: in base64, or from a file',
    {
      args: '<secret> [base64]',
      options: {
        '--file <file>': 'read the value from a file',
        '--plain': 'the value in the file is not in base64',
        '--interactive': 'read the value from standard input',
      },
    },
    async (call) => {
      const one = await call.secret();
      const text = call.optionalArg('base64');
      const file = call.option('file');
      let value: Uint8Array;
      if (file !== undefined) {
        const content = await readFile(file);
        value = call.has('plain') ? content : fromBase64(content.toString('latin1'));
      } else if (call.has('interactive')) value = Buffer.from((await call.text('-')).replace(/\r?\n$/, ''));
      else if (text !== undefined) value = fromBase64(text);
      else throw new UsageError('Input secret value is missing: give it in base64, or --file, or --interactive');
      await call.attempt('set secret value', one.setValue(value));
      return said('Secret value set', { secret: one.uuid });
    },
  ),
  secret(
    'secret-get-value',
    'Print the value of a secret, in base64',
    { args: '<secret>', options: { '--plain': 'as it is, which may be no text' } },
    async (call) => {
      const value = Buffer.from(await (await call.secret()).getValue());
      return {
        json: { value: value.toString('base64') },
        text: () => (call.has('plain') ? value.toString('latin1') : value.toString('base64')),
      };
    },
  ),
  secret('secret-undefine', 'Remove a secret', { args: '<secret>' }, async (call) => {
    const one = await call.secret();
    await call.attempt(`delete secret ${one.uuid}`, one.undefine());
    return said(`Secret ${one.uuid} deleted`, { secret: one.uuid });
  }),
];

function fromBase64(text: string): Buffer {
  const clean = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(clean) || clean.length % 4 !== 0)
    throw new UsageError('the value is not base64: encode it, or give a file with --plain');
  return Buffer.from(clean, 'base64');
}
