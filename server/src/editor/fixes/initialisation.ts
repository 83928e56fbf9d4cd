/** Initialises the layers of a model so that signals keep their size: He for rectifiers, Glorot for tanh and sigmoid. */
import { CodeActionKind } from '../lspValues';
import { below, edit, linesOf, type Fix } from './fix';

export const initialisation: Fix = {
  codes: ['HL302', 'HL303'],
  make: ({ view, diagnostic }) => {
    const lines = linesOf(view);
    const body = constructorOf(lines, diagnostic.range.start.line);
    const alias = /^\s*(?:import torch\.nn as (\w+)|from torch import (nn))\b/m.exec(view.document.getText());
    if (body === undefined || alias === null) return [];
    const nn = alias[1] ?? alias[2] ?? 'nn';
    const text = lines.slice(body.classLine, body.classEnd + 1).join('\n');
    const isSaturating = /tanh|sigmoid/i.test(text) && !/relu|gelu|silu/i.test(text);
    const [name, call] = isSaturating
      ? ['Glorot', `${nn}.init.xavier_normal_(module.weight)`]
      : ['He', `${nn}.init.kaiming_normal_(module.weight, nonlinearity='relu')`];
    const { indent, lastLine } = body;
    const added = [
      'for module in self.modules():',
      `    if isinstance(module, (${nn}.Linear, ${nn}.Conv1d, ${nn}.Conv2d, ${nn}.Conv3d)):`,
      `        ${call}`,
      '        if module.bias is not None:',
      `            ${nn}.init.zeros_(module.bias)`,
    ];
    return [
      {
        title: `Initialise linear and convolution layers after ${name}`,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        edit: edit(view, [below(lines, lastLine, added.map((line) => indent + line).join('\n'))]),
      },
    ];
  },
};

interface Constructor {
  readonly classLine: number;
  readonly classEnd: number;
  /** Of the statements of `__init__`. */
  readonly indent: string;
  readonly lastLine: number;
}

const indentOf = (line: string | undefined): number => /^\s*/.exec(line ?? '')?.[0].length ?? 0;

/** Last line of the block below `header` whose statements stand further right than it; blank lines at its end are not of it. */
function endOfBlock(lines: readonly string[], header: number): number {
  const outside = indentOf(lines[header]);
  let end = header;
  for (let i = header + 1; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.trim() === '') continue;
    // The end of a signature over several lines may stand as far left as its beginning.
    if (indentOf(line) <= outside && !/^\s*\)/.test(line)) break;
    end = i;
  }
  return end;
}

/** `__init__` of the class whose definition is at `line`; undefined for functions and classes without one. */
function constructorOf(lines: readonly string[], line: number): Constructor | undefined {
  if (!/^\s*class\b/.test(lines[line] ?? '')) return undefined;
  const classEnd = endOfBlock(lines, line);
  const start = lines.findIndex((text, i) => i > line && i <= classEnd && /^\s*def __init__\(/.test(text));
  if (start < 0) return undefined;
  const lastLine = endOfBlock(lines, start);
  const signatureEnd = lines.findIndex((text, i) => i >= start && /:\s*(#.*)?$/.test(text));
  const first = lines.findIndex((text, i) => i > signatureEnd && text.trim() !== '');
  if (signatureEnd < 0 || first < 0 || first > lastLine) return undefined;
  return { classLine: line, classEnd, indent: /^\s*/.exec(lines[first] ?? '')?.[0] ?? '', lastLine };
}
