import { custom, part, req, str, leaves, type Field } from '../xml/index.js';

const enumElement = part('enum', { name: req(str), value: leaves(str) });

/**
 * virDomainCapsEnum: the values that an attribute or element may have. An empty list is written as an empty `<enum>`: known,
 * but nothing is possible; an absent one is not written.
 */
export function enumField(name: string): Field<string[], true> {
  return custom<string[]>({
    reason: 'several elements of one name, told apart by an attribute',
    covers: { elements: [enumElement] },
    decode(node, context) {
      const found = node.children.find((child) => child.name === 'enum' && child.attrs.name === name);
      return found === undefined ? undefined : (enumElement.decode(found, context).value ?? []);
    },
    body: (values, depth, context) =>
      enumElement.encode(values.length > 0 ? { name, value: values } : { name }, depth, context),
  });
}
