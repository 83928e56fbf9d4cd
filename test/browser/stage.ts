import type { Workbench } from './workbench';

/** What the UI tests play on: one open workbench with the extension, and the folder it shows. */
export interface Stage {
  readonly workbench: Workbench;
  readonly folder: string;
  /** This repository. */
  readonly root: string;
}
