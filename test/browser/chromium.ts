import { chromium, type Browser } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the installed Chromium. `executable` is its path. */
export const startChromium = (executable: string): Promise<Browser> =>
  chromium.launch({ executablePath: executable, args: flags, headless: true });
