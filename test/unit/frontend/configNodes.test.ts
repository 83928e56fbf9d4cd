import { describe, expect, it } from 'vitest';
import { traceText } from './nnFixtures';

const config = `import torch
from torch import nn
from yacs.config import CfgNode as CN

_C = CN()
_C.MODEL = CN()
_C.MODEL.WIDTH = 8
_C.MODEL.SIZES = (3, 4)
_C.MODEL.DROP = 0.5
_C.NAMES = ['a']

class Node(CN):
    def __init__(self, init_dict=None, key_list=None, new_allowed=False):
        super().__init__(init_dict, key_list, new_allowed)
`;

const width = (statements: string): number => {
  const traced = traceText(
    `${config}
def make():
    cfg = _C.clone()
${statements.replace(/^/gm, '    ')}
    return nn.Linear(cfg.MODEL.WIDTH, sum(cfg.MODEL.SIZES))
`,
    { model: 'make()', batch: 2 },
  );
  if (traced.stopped !== null) throw new Error(traced.stopped.reason);
  return traced.totalParameters;
};

describe('yacs configurations', () => {
  it('are nodes with defaults, changed by lists and by other nodes', () => {
    expect(width('cfg.freeze()')).toBe(8 * 7 + 7);
    expect(width("cfg.merge_from_list(['MODEL.WIDTH', '5', 'MODEL.SIZES', '(1, 2)'])")).toBe(5 * 3 + 3);
    expect(
      width("cfg.merge_from_other_cfg(Node({'MODEL': {'SIZES': [2], 'DROP': 1}}))\nassert cfg.MODEL.DROP == 1.0"),
    ).toBe(8 * 2 + 2);
  });

  it('are copied whole, and fixed by freeze', () => {
    expect(width('cfg.MODEL.WIDTH = 2\nassert _C.MODEL.WIDTH == 8')).toBe(2 * 7 + 7);
    expect(() => width('cfg.freeze()\ncfg.MODEL.WIDTH = 2')).toThrow(/immutable/);
  });

  it('know no keys but those of the defaults', () => {
    expect(() => width("cfg.merge_from_other_cfg(Node({'HEIGHT': 3}))")).toThrow(/Non-existent config key: HEIGHT/);
  });
});
