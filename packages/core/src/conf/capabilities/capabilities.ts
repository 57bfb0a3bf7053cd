import { elementOf, formatDocument, list, parseDocument, reqChild } from '../xml/index.js';
import { type GuestCaps, guestCapsElement } from './guest-capabilities.js';
import { type HostCaps, hostCapsElement } from './host-capabilities.js';

/** virCaps: what a host is and what guests it can run. */
export interface Capabilities {
  host: HostCaps;
  guest: GuestCaps[];
}

const capabilities = elementOf<Capabilities>('capabilities', {
  host: reqChild(hostCapsElement),
  guest: list(guestCapsElement),
});

/** virCapabilitiesFormatXML: with an empty line before and after each part, as libvirt prints. */
export function formatCapabilities(caps: Capabilities): string {
  return formatDocument(capabilities, caps)
    .replace(/^ {2}<(host|guest)>$/gm, '\n$&')
    .replace(/<\/capabilities>/, '\n$&');
}

export function parseCapabilities(text: string): Capabilities {
  return parseDocument(capabilities, text);
}
