export { attachLive } from './attach.js';
export { detachAliasLive, detachLive, deviceRemoved } from './detach.js';
export { updateLive } from './update.js';
