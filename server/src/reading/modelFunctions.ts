/** Which functions of a file make models of Keras or TensorFlow.js, judged by their text: nothing has run yet. */
import { definitions, walk } from '../frontend/torch/syntaxSearch';
import { isOptional } from '../javascript/functions';
import { isJavaScript } from '../javascript/isJavaScript';
import type { ModuleSyntax, StatementOf } from '../python/syntax';

export type FunctionDefinition = StatementOf<'FunctionDefinition'>;

const makesModel = {
  python: /\b(Sequential|Model)\s*\(/,
  javascript: /\.(sequential|model)\s*\(/,
} as const;
const usesLibrary = /\bkeras\b|\btensorflow\b/;

/** Functions at the top level that make a model and return something, in the order of the file. */
export function modelFunctions(syntax: ModuleSyntax): Map<string, FunctionDefinition> {
  const found = new Map<string, FunctionDefinition>();
  const { text, file } = syntax.source;
  if (!usesLibrary.test(text)) return found;
  const made = makesModel[isJavaScript(file) ? 'javascript' : 'python'];
  for (const [name, statement] of definitions(syntax))
    if (statement.kind === 'FunctionDefinition' && made.test(text.slice(statement.start, statement.end)))
      if (returnsValue(statement)) found.set(name, statement);
  return found;
}

function returnsValue({ function: { body } }: FunctionDefinition): boolean {
  for (const tree of walk(body)) if (tree.kind === 'Return' && tree.value !== undefined) return true;
  return false;
}

/** What a function of JavaScript needs: a call that leaves it out goes on with `undefined`, which says nothing. */
export const neededParameters = ({ function: { parameters } }: FunctionDefinition): string[] =>
  parameters.filter((each) => each.kind === 'positional' && !isOptional(each)).map(({ name }) => name);
