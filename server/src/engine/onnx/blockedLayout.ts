import { OnnxModelBuilder } from './onnxModel';
import { asTensor, createSession } from './onnxSession';

const channels = 64;
const positions = 2;

/**
 * Channels per block of the layout in which the runtime's convolution works on this processor (16 with AVX-512, else
 * 8; 1 when it has no such layout): a small image is reordered, and the second pixel found.
 */
export async function detectBlockSize(): Promise<number> {
  const model = new OnnxModelBuilder();
  const x = model.input('x', 'float', [1, channels, 1, positions]);
  const y = model.operator('ReorderInput', [x], {}, { domain: 'com.microsoft.nchwc' });
  model.output('y', y, 'float', [1, channels, 1, positions]);
  try {
    const session = await createSession(model.serialize(), { threads: 1, keepsMemory: false });
    const numbered = Float32Array.from({ length: channels * positions }, (_, i) => i);
    const { y: reordered } = await session.run({ x: asTensor(numbered, [1, channels, 1, positions]) });
    await session.release();
    const block = reordered?.data instanceof Float32Array ? reordered.data.indexOf(1) : -1;
    return block > 1 && channels % block === 0 ? block : 1;
  } catch {
    // A runtime without these operators: every image stays row-major.
    return 1;
  }
}
