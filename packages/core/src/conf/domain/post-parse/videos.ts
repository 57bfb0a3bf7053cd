import type { VideoDef, VideoModelDef } from '../devices/video.js';
import type { DomainDef } from '../domain-def.js';
import { VIDEO_TYPES } from '../devices/video.js';

type VideoType = (typeof VIDEO_TYPES)[number];

/** virDomainVideoDefaultRAM, in KiB */
function defaultVram(def: DomainDef, type: VideoType): number | undefined {
  switch (type) {
    case 'vga':
    case 'cirrus':
    case 'vmvga':
      return def.type === 'vbox' ? 8 * 1024 : def.type === 'vmware' ? 4 * 1024 : 16 * 1024;
    case 'xen':
      return 4 * 1024;
    case 'bochs':
      return 16 * 1024;
    case 'vbox':
      return 8 * 1024;
    case 'qxl':
      return 64 * 1024;
    default:
      return undefined;
  }
}

/** virDomainDefAddImplicitVideo: what shows a screen needs a card to show. */
export function addImplicitVideo(def: DomainDef): void {
  if (def.devices.graphics.length > 0 && def.devices.video.length === 0) {
    def.devices.video.push({ model: { type: 'default' } });
  }
}

/** virDomainVideoDefPostParse, and which card is the first: it goes to the head of the list. */
export function postParseVideos(def: DomainDef): void {
  const { video } = def.devices;
  for (const card of video) {
    const model: VideoModelDef = (card.model ??= { type: 'default' });
    const vram = defaultVram(def, model.type);
    if (vram !== undefined) {
      if (model.type === 'qxl') model.ram ??= vram;
      model.vram ??= vram;
    }
    if (model.ram !== undefined) model.ram = powerOfTwo(model.ram);
    if (model.vram !== undefined) model.vram = powerOfTwo(model.vram);
    if (model.type !== 'none' && model.type !== 'default') model.heads ??= 1;
  }
  const primary = video.findIndex((card: VideoDef) => card.model?.primary === true);
  if (primary > 0) video.unshift(...video.splice(primary, 1));
  const [first] = video;
  if (first?.model !== undefined && first.model.type !== 'none') first.model.primary = true;
}

/** Memory of cards comes in powers of two. */
const powerOfTwo = (size: number): number => (size <= 1 ? size : 2 ** Math.ceil(Math.log2(size)));
