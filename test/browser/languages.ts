import { copyFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { Stage } from './stage';

/** What a user of Keras, of TensorFlow.js and of ONNX sees after opening a file. */
export function languages({ workbench, folder, root }: Stage): void {
  describe('other libraries', () => {
    it('Keras: a lens over what makes the model, shapes in hovers', async () => {
      cpSync(join(root, 'examples', 'keras-digits'), join(folder, 'keras-digits'), { recursive: true });
      await workbench.openFile('keras-digits/model.py');
      await workbench.lens('Analyze Hessian').first().waitFor();
      await workbench
        .lens(/parameters/)
        .first()
        .waitFor();
      await workbench.screenshot('Keras');
    });

    it('TensorFlow.js: a lens over the function, and its layers in hovers', async () => {
      cpSync(join(root, 'examples', 'tfjs-digits'), join(folder, 'tfjs-digits'), { recursive: true });
      await workbench.openFile('tfjs-digits/model.js', 4);
      await workbench.lens('Analyze Hessian').first().waitFor();
      await workbench
        .lens(/3[,.\s]?466/)
        .first()
        .waitFor();
      await workbench.hover("activation: 'tanh'", 'dense', /1[,.\s]?056/);
      await workbench.screenshot('TensorFlow.js');
      await workbench.escape();
    });

    it('ONNX: the file opens with its layers and the offer to analyse', async () => {
      copyFileSync(join(root, 'test', 'fixtures', 'onnx', 'perceptron.onnx'), join(folder, 'tiny', 'perceptron.onnx'));
      await workbench.closeAllEditors();
      await workbench.explorerMenu('tiny', 'perceptron.onnx', 'Open in Checkpoint Editor');
      await workbench.tab('perceptron.onnx').waitFor();
      const frame = workbench.webview();
      await frame.getByRole('treegrid', { name: 'Tensors' }).waitFor();
      await frame.getByText('Analyze Hessian').first().waitFor();
      await workbench.screenshot('ONNX');
    });
  });
}
