import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

/** Pictures of the README, and the screenshots that they are. */
const pictures: Readonly<Record<string, string>> = {
  'editor.png': 'quick fix.png',
  'layers.png': 'panel Layers.png',
  'study.png': 'study.png',
  'checkpoint.png': 'checkpoint singular values.png',
};

/** Takes the README's pictures from the screenshots of a whole run. */
export function updatePictures(artefacts: string, root: string): void {
  for (const [name, screenshot] of Object.entries(pictures))
    copyFileSync(join(artefacts, screenshot), join(root, 'docs', 'media', name));
}
