/** Syntax errors (messages of CPython 3.11 and 3.12, run by hand; columns of f-strings and indentation are our own), tolerant reading, notebook lines. */
import { describe, expect, it } from 'vitest';
import { PythonSyntaxError, TraceStop } from '../../../server/src/python/errors';
import { Interpreter } from '../../../server/src/python/interpreter';
import { parseModule } from '../../../server/src/python/parse';

function errorOf(code: string): PythonSyntaxError {
  try {
    parseModule(code, 'm.py', { strict: true });
  } catch (error) {
    if (error instanceof PythonSyntaxError) return error;
    throw error;
  }
  throw new Error('no syntax error');
}

describe('strict parsing', () => {
  it.each([
    ['x = (1,\ny = 2', "'(' was never closed", 1, 5],
    ['def f()\n    pass', "expected ':'", 1, 8],
    ['if x:\npass', "expected an indented block after 'if' statement on line 1", 2, 1],
    ['class A:\n\n\nx = 1', 'expected an indented block after class definition on line 1', 4, 1],
    ['def f():\nreturn 1', 'expected an indented block after function definition on line 1', 2, 1],
    ['x = 1\n  y = 2', 'unexpected indent', 2, 3],
    ['if x:\n        a\n    b', 'unindent does not match any outer indentation level', 3, 5],
    ["x = 'abc", 'unterminated string literal (detected at line 1)', 1, 5],
    ["a = 1\nx = '''abc\n\n", 'unterminated triple-quoted string literal (detected at line 3)', 2, 5],
    ['x = 1 +', 'invalid syntax', 1, 8],
    ['f() = 1', "cannot assign to function call here. Maybe you meant '==' instead of '='?", 1, 1],
    ['None = 1', 'cannot assign to None', 1, 1],
    ['1 = x', "cannot assign to literal here. Maybe you meant '==' instead of '='?", 1, 1],
    ['a + b = 1', "cannot assign to expression here. Maybe you meant '==' instead of '='?", 1, 1],
    ['x = [1, 2 3]', 'invalid syntax. Perhaps you forgot a comma?', 1, 9],
    ['print x', "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1],
    ['x = )', "unmatched ')'", 1, 5],
    ['x = (1]', "closing parenthesis ']' does not match opening parenthesis '('", 1, 7],
    ['def f(a=1, b): pass', 'parameter without a default follows parameter with a default', 1, 12],
    ['def f(a, a): pass', "duplicate argument 'a' in function definition", 1, 10],
    [
      'x = 012',
      'leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers',
      1,
      5,
    ],
    ['try:\n    x\ny', "expected 'except' or 'finally' block", 3, 1],
    ["f'{x 1}'", "f-string: expecting '}'", 1, 3],
    ["f'}'", "f-string: single '}' is not allowed", 1, 3],
    ["f'{}'", "f-string: valid expression required before '}'", 1, 4],
    ['x = $', "invalid character '$'", 1, 5],
    ['from x import', 'invalid syntax', 1, 14],
    ['x = 1 if y', "expected 'else' after 'if' expression", 1, 5],
    ['class: pass', 'invalid syntax', 1, 6],
    ['if (a and\n  b:\n  pass\n', "'(' was never closed", 1, 4],
    ['x = [1,\n2 3\n]', 'invalid syntax. Perhaps you forgot a comma?', 2, 1],
    ['def f(a,\n  b:\n pass', "'(' was never closed", 1, 6],
    ['print(a\nprint(b)\n', "'(' was never closed", 1, 6],
  ])('%j', (code, reason, line, column) => {
    const error = errorOf(code);
    expect(error.reason).toBe(reason);
    expect([error.span.line, error.span.column]).toEqual([line, column]);
  });
});

describe('tolerant parsing', () => {
  const code = [
    'def good():',
    '    return 1',
    '',
    'def bad(:',
    '    return (2',
    '',
    'class A:',
    '    x = = 3',
    '    y = 4',
    '',
    'def also_good():',
    '    return 5',
    '',
  ].join('\n');

  it('keeps everything that is Python', () => {
    const { body } = parseModule(code, 'm.py');
    expect(body.map(({ kind }) => kind)).toEqual([
      'FunctionDefinition',
      'Invalid',
      'ClassDefinition',
      'FunctionDefinition',
    ]);
    expect(body[2]).toMatchObject({ body: [{ kind: 'Invalid' }, { kind: 'Assign' }] });
  });

  it('skips the invalid parts of a training script', () => {
    const interpreter = new Interpreter({ mode: 'tolerant' });
    const module = interpreter.runModule(code + 'r = also_good() + A.y\n', 'm.py');
    expect(module.attributes.get('r')).toBe(9n);
    expect(interpreter.incidents.map(({ span }) => span?.line)).toEqual([4, 8]);
  });

  it('an error inside a function shows when the function is called', () => {
    const interpreter = new Interpreter({ mode: 'tolerant' });
    interpreter.runModule('def f():\n    x = (\ny = 1\nz = f()\n', 'm.py');
    expect(interpreter.incidents[0]?.message).toContain("SyntaxError: '(' was never closed");
  });

  it('strict runs refuse the whole file', () => {
    expect(() => new Interpreter().runModule(code, 'm.py')).toThrow(PythonSyntaxError);
  });
});

describe('notebook lines', () => {
  it('are passed over', () => {
    const cells = '!pip install torch\n%matplotlib inline\nx = 5 % 3\nif x:\n    !ls\n    y = 2\n%%time\n';
    const module = new Interpreter().runModule(cells, 'm.py');
    expect(module.attributes.get('y')).toBe(2n);
  });
});

describe('text forms', () => {
  const value = (code: string) => new Interpreter().runModule(code, 'm.py').attributes.get('x');
  it.each([
    ['\ufeffx = 1\r\nif x:\r\n\tx = 2\r\n', 2n],
    ['x = 1  # comment without newline', 1n],
    ['# -*- coding: utf-8 -*-\n\n\n\nx = 3', 3n],
    ['if 1:\n\tx = 1\n\tif 1:\n\t    x = 2\n', 2n],
    ['x = 2./4', 0.5],
    ['x = 1if 1else 2', 1n],
    ['x = [1,\n# inside\n  2,\n][-1]', 2n],
    ["x = f'{'nested'}' f\"{'a' + \"b\"}\"", 'nestedab'],
    ["x = f'''{\n1 + 1\n}'''", '2'],
    ["x = f'{3:{'>'}{5}}'", '    3'],
    ['type X = int\nx = 1', 1n],
    ['def f[T: int](a: T) -> T: return a\nclass A[T]: pass\nx = f(1)', 1n],
    ['x = (yield_ := 4)', 4n],
    ['match = [1]; x = match[0]; case = 1; type = 2; _ = 3', 1n],
    ['x = 0\nfor x in 1, 2: pass', 2n],
    ['x = lambda: (yield)\nx = 1', 1n],
    ['print = 5\nx = print', 5n],
    ['naïve = 2\nx = naïve', 2n],
  ])('%j', (code, expected) => {
    expect(value(code)).toBe(expected);
  });
});

describe('places', () => {
  const stopAt = (code: string, name = 'm.py') => {
    try {
      new Interpreter().runModule(code, name);
    } catch (error) {
      if (error instanceof TraceStop || (error instanceof Error && 'span' in error)) return (error as TraceStop).span;
    }
    return undefined;
  };

  it.each([
    ['x = [1, 2]\ny = 1 + x[5] * 2', [2, 9, 2, 13]],
    ['def f(a):\n    return a.nope\nf(1)', [2, 12, 2, 18]],
    ['f = int\nz = f(\n  "q",\n)', [2, 5, 4, 2]],
    ['a = 1\nb = a + (2 + "s")', [2, 9, 2, 18]],
    ['raise ValueError("x")', [1, 1, 1, 22]],
    ['x = {1: 2}\ndel x[3]', [2, 5, 2, 9]],
    ['a, b = 1, 2, 3', [1, 1, 1, 5]],
    ['for i in 5: pass', [1, 10, 1, 11]],
    ['z = [q for q in range(3) if q.x]', [1, 29, 1, 32]],
    ['class A(B): pass', [1, 9, 1, 10]],
    ['import nothing_here\nx = nothing_here.size\nif x > 3: pass', [3, 4, 3, 9]],
    ['assert 1 == 2', [1, 8, 1, 14]],
    ['from functools import reduce\nreduce(lambda a, b: a + b, [])', [2, 1, 2, 31]],
    ['from functools import partial\npartial(int, "z")()', [2, 1, 2, 20]],
  ])('%j', (code, [line, column, endLine, endColumn]) => {
    expect(stopAt(code)).toEqual({ file: 'm.py', line, column, endLine, endColumn });
  });
});
