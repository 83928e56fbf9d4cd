/** Names that exporters write: of the modules that operators come from, and of values of their own. */
import type { NodeMessage } from './schema';

/** Modules around an operator, as PyTorch's newer exporter notes them: `['', 'layers.0', 'layers.0.norm1', 'layer_norm']`. */
const SCOPES = 'pkg.torch.onnx.name_scopes';

/** The module that made an operator; undefined where the graph does not say. */
export function moduleOf({ name, metadataProps }: Pick<NodeMessage, 'name' | 'metadataProps'>): string | undefined {
  const scopes = metadataProps.find(({ key }) => key === SCOPES)?.value;
  if (scopes !== undefined) {
    const names = [...scopes.matchAll(/'([^']*)'/g)].map(([, scope = '']) => scope);
    return names.at(-2);
  }
  if (!name.startsWith('/')) return undefined;
  return joined(name.slice(1).split('/').slice(0, -1));
}

/** `layers`, `layers.0`, `conv` → `layers.0.conv`: a part that begins with the one before stands for both. */
function joined(parts: readonly string[]): string {
  let path = '';
  let last = '';
  for (const part of parts) {
    const isLonger = last !== '' && part.startsWith(`${last}.`);
    path = isLonger ? path.slice(0, path.length - last.length) + part : path === '' ? part : `${path}.${part}`;
    last = part;
  }
  return path;
}

/** Names that exporters give to values of their own: `onnx::MatMul_42`, `val_7`, `_to_copy`, `123`. */
export const isExportersName = (name: string): boolean =>
  /::|^(val|tmp|const|scalar|_|lifted)[\w]*$|^\d+$|^\/|\//i.test(name);
