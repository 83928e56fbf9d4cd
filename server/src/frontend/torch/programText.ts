/** The program in a text that is more than a program: code in a Markdown file, the tests that a file of tests defines. */
import { parseCached } from '../../python/parseCache';
import { PythonSyntaxError } from '../../python/errors';
import type { FunctionSyntax, Statement } from '../../python/syntax';

/** The text as a program of Python. Lines stay where they are. */
export function programText(file: string, text: string): string {
  if (/\.(md|markdown)$/i.test(file)) return codeOfMarkdown(text);
  return isTestFile(file) ? withTests(file, text) : text;
}

export const isTestFile = (file: string): boolean => /(^|[\\/])(test_[^\\/]*|[^\\/]*_test)\.py$/.test(file);

/** Fences of Python, and those that name no language; everything else as empty lines. */
function codeOfMarkdown(text: string): string {
  let language: string | undefined;
  return text
    .split('\n')
    .map((line) => {
      const fence = /^\s*(?:```|~~~)\s*\{?\.?(\w*)/.exec(line);
      if (fence !== null) {
        language = language === undefined ? (fence[1] ?? '').toLowerCase() : undefined;
        return '';
      }
      if (language === undefined || !/^(py\w*|)$/.test(language)) return '';
      // As an interactive session shows it.
      return line.replace(/^\s*(>>>|\.\.\.) ?(?=\s*\S)/, '');
    })
    .join('\n');
}

/** Tests are called by a runner; here by lines after the last one. */
function withTests(file: string, text: string): string {
  const calls: string[] = [];
  try {
    for (const statement of parseCached(text, file).body) calls.push(...callsOf(statement));
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error;
  }
  return calls.length === 0 ? text : `${text}\n${calls.join('\n')}\n`;
}

/** A test that is given something (a fixture, a parameter) is not known. */
function callsOf(statement: Statement): string[] {
  if (statement.kind === 'FunctionDefinition')
    return isTest(statement.function, 0) ? [`${statement.function.name}()`] : [];
  if (statement.kind !== 'ClassDefinition') return [];
  const methods = statement.body.flatMap((part) => (part.kind === 'FunctionDefinition' ? [part.function] : []));
  const tests = methods.filter((method) => isTest(method, 1));
  const prepares = methods.some(({ name }) => name === 'setUp');
  return tests.flatMap(({ name }) => [
    `_test = ${statement.name}()`,
    ...(prepares ? ['_test.setUp()'] : []),
    `_test.${name}()`,
  ]);
}

const isTest = ({ name, parameters }: FunctionSyntax, own: number): boolean =>
  name.startsWith('test') && parameters.slice(own).every((each) => each.default !== undefined);
