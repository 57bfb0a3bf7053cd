#!/usr/bin/env node
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bundle } from '../dist/bundle.js';

// Daemon and drivers come from the same bundle, so that all share one core.
const bundle = Bundle.find(dirname(dirname(fileURLToPath(import.meta.url))));
const { main } = bundle === undefined ? await import('../dist/main.js') : bundle.load('main.js');
const status = await main(process.argv.slice(2), bundle?.drivers);
if (status !== undefined) process.exitCode = status;
