#!/usr/bin/env node
import { main } from '../dist/main.js';

const status = await main(process.argv.slice(2));
if (status !== undefined) process.exitCode = status;
