/** The pragma that silences a finding at its line. */
import type { TextEdit } from 'vscode-languageserver/node';
import { commentMark } from '../../javascript/isJavaScript';
import { CodeActionKind } from '../lspValues';
import { above, edit, type Fix } from './fix';

export const silence: Fix = {
  codes: 'all',
  make: ({ view, diagnostic, code }) => {
    const { line } = diagnostic.range.start;
    const text = view.document
      .getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } })
      .replace(/\r?\n$/, '');
    const end = { line, character: text.length };
    const indent = /^\s*/.exec(text)?.[0] ?? '';
    // A line that has a comment gets the pragma above it.
    const mark = commentMark(view.unit.path);
    const change: TextEdit = text.includes(mark)
      ? above(line, `${indent}${mark} hessian-lens: ignore=${code}`)
      : { range: { start: end, end }, newText: `  ${mark} hessian-lens: ignore=${code}` };
    return [
      {
        title: `Do not show ${code} here`,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        edit: edit(view, [change]),
      },
    ];
  },
};
