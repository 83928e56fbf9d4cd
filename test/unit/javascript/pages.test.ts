/** Scripts inside pages and components: which are read, and where they stand. */
import { describe, expect, test } from 'vitest';
import { pageProgram } from '../../../server/src/javascript/pageScripts';
import { parseJavaScript } from '../../../server/src/javascript/parse';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';

const net = `const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3]})]});`;
const sources = { read: () => undefined, resolveModule: () => undefined };

describe('pages', () => {
  test('only programs are read, and everything keeps its place', () => {
    const page = `<p>it's</p>\r\n<!-- <script>a = ;</script> -->\n<script type="text/template">{{ b }}</script>\n<script type="module">\n  var c = 1\n</script><script src="./d.js?v=2">e</script><script src=https://example.org/f.js></script>\n<script>(g)</script>`;
    const { text, included } = pageProgram(page);
    expect(text).toHaveLength(page.length);
    expect(text.split('\n').map((line) => line.trim())).toEqual([
      '',
      '',
      '',
      '',
      'var c = 1',
      expect.stringMatching(/^;[ ;]*$/),
      '(g);',
    ]);
    expect(text.indexOf('var c')).toBe(page.indexOf('var c'));
    expect(included).toEqual(['./d.js']);
    expect(() => parseJavaScript(page, 'page.html', { strict: true })).not.toThrow();
  });

  test.each(['page.html', 'Part.vue', 'Part.svelte'])('a model in %s has its true line', (file) => {
    const source = `<div>\n</div>\n<script lang="ts">\nimport * as tf from '@tensorflow/tfjs';\n${net}\n</script>\n<style>p { color: red }</style>`;
    const found = traceModel({ file, source, sources });
    expect(found.stopped).toBeNull();
    expect(found.totalParameters).toBe(8);
    expect(found.layers.map(({ line }) => line)).toContain(5);
  });

  test('elements in a component of its language', () => {
    const source = `<script lang="tsx">\nimport * as tf from '@tensorflow/tfjs';\n${net}\nconst part = () => <b>{model.name}</b>;\n</script>`;
    expect(traceModel({ file: 'Part.vue', source, sources }).totalParameters).toBe(8);
  });

  test('a mistake is said at its place in the page', () => {
    const { stopped } = traceModel({
      file: 'page.html',
      source: `<p></p>\n<script>\n${net}\nmodel.add(tf.layers.dense({units: size}));\n</script>`,
      sources,
    });
    expect(stopped?.line).toBe(4);
  });
});
