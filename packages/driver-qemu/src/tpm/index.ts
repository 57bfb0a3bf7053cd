export { emulatedTpm, endSwtpm, forgetTpm, startSwtpm, type SwtpmPlace } from './swtpm.js';
