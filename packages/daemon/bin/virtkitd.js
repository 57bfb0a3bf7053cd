#!/usr/bin/env node
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshBundle } from '../dist/fresh-bundle.js';

const bundle = freshBundle(dirname(dirname(fileURLToPath(import.meta.url))));
const { main } = await import(bundle?.main ?? '../dist/main.js');
const status = await main(process.argv.slice(2), bundle?.importer);
if (status !== undefined) process.exitCode = status;
