#!/usr/bin/env node
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshBundle } from '../dist/fresh-bundle.js';

// Daemon and drivers come from the same bundle, so that all share one core.
const bundle = freshBundle(dirname(dirname(fileURLToPath(import.meta.url))));
const { main } = await (bundle === undefined ? import('../dist/main.js') : import('../dist/bundle/main.js'));
const status = await main(process.argv.slice(2), bundle?.drivers);
if (status !== undefined) process.exitCode = status;
