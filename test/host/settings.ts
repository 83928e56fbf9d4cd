import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { contributions, hintsOf, lensTitles, openDocument, until } from './extension';

async function withSetting(key: string, value: unknown, run: () => Promise<void>): Promise<void> {
  const settings = vscode.workspace.getConfiguration('hessianLens');
  await settings.update(key, value, vscode.ConfigurationTarget.Workspace);
  try {
    await run();
  } finally {
    await vscode.workspace.getConfiguration('hessianLens').update(key, undefined, vscode.ConfigurationTarget.Workspace);
  }
}

export function settings(): void {
  describe('settings', () => {
    it('have a default for every key and take effect at once', async () => {
      const document = await openDocument('digits/model.py');
      await until(async () => ((await hintsOf(document)).length > 0 ? true : undefined));
      await withSetting('inlayHints.shapes', false, async () => {
        await withSetting('inlayHints.parameters', false, async () => {
          await until(async () => ((await hintsOf(document)).length === 0 ? true : undefined));
        });
      });
      await until(async () => ((await hintsOf(document)).length > 0 ? true : undefined));
    });

    it('switch each lens on its own', async () => {
      const document = await openDocument('digits/model.py');
      await until(async () =>
        (await lensTitles(document, 'class DigitNet')).some((text) => /parameters/.test(text)) ? true : undefined,
      );
      await withSetting('codeLens.parameters', false, async () => {
        await until(async () => {
          const titles = await lensTitles(document, 'class DigitNet');
          return titles.length > 0 && titles.every((text) => !/\d parameters/.test(text)) ? true : undefined;
        });
      });
    });

    it('are documented', () => {
      const sections = [contributions().configuration].flat();
      const properties = sections.flatMap((section) => Object.entries(section.properties));
      assert.ok(properties.length > 10);
      for (const [key, schema] of properties)
        assert.ok('default' in schema && ('markdownDescription' in schema || 'description' in schema), key);
    });
  });
}
