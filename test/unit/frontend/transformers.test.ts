/**
 * Code on Hugging Face transformers: models of the code's own, and of the package where its sources are. Expected counts and
 * results follow from the sizes; that the architectures agree with PyTorch is checked on the package itself.
 */
import { describe, expect, it } from 'vitest';
import type { SourceProvider } from '../../../server/src/python/interpreter';
import { traceText } from './nnFixtures';

const tokens = { kind: 'expression', text: 'torch.randint(0, 20, (2, 6))' } as const;

const nowhere: SourceProvider = { read: () => undefined, resolveModule: () => undefined };

const language = `
from dataclasses import dataclass
from typing import Optional
import torch
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel
from transformers.utils import ModelOutput

class TinyConfig(PretrainedConfig):
    model_type = "tiny"
    attribute_map = {"hidden_size": "width"}
    def __init__(self, vocab_size=20, width=8, **kwargs):
        self.vocab_size = vocab_size
        self.width = width
        super().__init__(**kwargs)

@dataclass
class TinyOutput(ModelOutput):
    loss: Optional[torch.FloatTensor] = None
    logits: torch.FloatTensor = None
    states: Optional[tuple] = None

class TinyForCausalLM(PreTrainedModel):
    config_class = TinyConfig
    def __init__(self, config):
        super().__init__(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.mix = nn.Linear(config.width, config.width)
        self.lm_head = nn.Linear(config.width, config.vocab_size, bias=False)
        self.post_init()
    def _init_weights(self, module):
        if isinstance(module, nn.Linear):
            module.weight.data.fill_(0.5)
    def forward(self, input_ids, labels=None):
        logits = self.lm_head(self.mix(self.embed_tokens(input_ids)))
        loss = None if labels is None else self.loss_function(logits, labels, self.config.vocab_size)
        return TinyOutput(loss=loss, logits=logits)
`;

describe('models of the code on the base classes of transformers', () => {
  const traced = traceText(language, { sources: nowhere, model: 'TinyForCausalLM', inputs: [tokens] });

  it('are made with a configuration of its defaults; tied weights count once', () => {
    expect(traced.stopped).toBeNull();
    expect(traced.parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ['embed_tokens.weight', [20, 8]],
      ['mix.weight', [8, 8]],
      ['mix.bias', [8]],
    ]);
    expect(traced.stateKeys.map(({ key }) => key)).toContain('lm_head.weight');
    expect(traced.outputNode?.shape).toEqual([2, 6, 20]);
  });

  it('start from the values of _init_weights', () => {
    const weight = traced.parameters.find(({ name }) => name === 'mix.weight');
    expect([...new Set(weight?.initial())]).toEqual([0.5]);
  });

  it('have the loss that forward computes of labels', () => {
    expect(traced.loss?.targets.map(({ name, shape }) => [name, shape])).toEqual([['labels', [2, 6]]]);
  });

  it('give records that are dictionaries and tuples of what is not None', () => {
    const source = `${language}
class Checked(TinyForCausalLM):
    def forward(self, input_ids):
        out = super().forward(input_ids)
        assert list(out.keys()) == ["logits"] and out.loss is None
        assert out[0] is out.logits and out["logits"] is out.logits and len(out) == 1
        (first,) = out.to_tuple()
        out.loss = 3
        assert "loss" not in out
        out["states"] = (1,)
        assert out.states == (1,) and out[1] == (1,)
        return first
`;
    expect(traceText(source, { sources: nowhere, model: 'Checked', inputs: [tokens] }).stopped).toBeNull();
  });

  it('see each other through additive masks', () => {
    const source = `
import torch
from torch import nn
from transformers.masking_utils import create_bidirectional_mask, create_causal_mask, create_sliding_window_causal_mask
class Settings:
    sliding_window = 2
def seen(mask):
    return [[int(value == 0) for value in row] for row in mask[0, 0].tolist()]
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        x, some = torch.zeros(1, 3, 4), torch.tensor([[1, 1, 0]])
        assert seen(create_causal_mask(Settings(), x, None, past_key_values=None)) == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
        assert seen(create_causal_mask(Settings(), x, some, past_key_values=None)) == [[1, 0, 0], [1, 1, 0], [1, 1, 0]]
        assert seen(create_sliding_window_causal_mask(Settings(), x, None, past_key_values=None)) == [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
        assert create_bidirectional_mask(Settings(), x, None) is None
        assert seen(create_bidirectional_mask(Settings(), x, some)) == [[1, 1, 0]] * 3
    def forward(self, x):
        return self.fc(x)
`;
    const { stopped } = traceText(source, { sources: nowhere, inputs: [{ kind: 'shape', sample: [4] }] });
    expect(stopped).toBeNull();
  });
});

/** A package that is laid out as transformers is, with one family. */
const files: Readonly<Record<string, string>> = {
  'transformers/__init__.py': 'raise RuntimeError("the front page is not run")\n',
  'transformers/models/__init__.py': 'raise RuntimeError("nor this one")\n',
  'transformers/models/auto/configuration_auto.py':
    'CONFIG_MAPPING_NAMES = OrderedDict([("small-bird", "SmallBirdConfig"), ("small-bird-old", "SmallBirdConfig")])\n',
  'transformers/models/small_bird/__init__.py': 'raise RuntimeError("nor this one")\n',
  'transformers/models/small_bird/configuration_small_bird.py': `
from huggingface_hub.dataclasses import strict
from ...configuration_utils import PreTrainedConfig
from ...utils.type_validators import interval
@strict
class SmallBirdConfig(PreTrainedConfig):
    model_type = "small-bird"
    width: int = interval(min=1)(default=4)
    wings: list[int] | None = None
    def __post_init__(self, **kwargs):
        self.wings = self.wings or [self.width, 2]
        super().__post_init__(**kwargs)
`,
  'transformers/models/small_bird/modeling_small_bird.py': `
import torch
from torch import nn
from ...activations import ACT2FN
from ...modeling_outputs import BaseModelOutput, SequenceClassifierOutput
from ...modeling_utils import PreTrainedModel
from ...processing_utils import Unpack
from ...utils import TransformersKwargs, auto_docstring, can_return_tuple, logging
from ...utils.output_capturing import capture_outputs
from .configuration_small_bird import SmallBirdConfig
logger = logging.get_logger(__name__)
class SmallBirdLayer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.act = ACT2FN["gelu_new"]
    def forward(self, x):
        return self.act(self.fc(x))
class SmallBirdPreTrainedModel(PreTrainedModel):
    config: SmallBirdConfig
    config_class = SmallBirdConfig
    _can_record_outputs = {"hidden_states": SmallBirdLayer}
@auto_docstring
class SmallBirdModel(SmallBirdPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.layers = nn.ModuleList([SmallBirdLayer(config.width) for _ in range(2)])
        self.post_init()
    @capture_outputs
    def forward(self, x: torch.Tensor, **kwargs: Unpack[TransformersKwargs]):
        for layer in self.layers:
            x = layer(x)
        return BaseModelOutput(last_hidden_state=x)
class SmallBirdForSequenceClassification(SmallBirdPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = SmallBirdModel(config)
        self.score = nn.Linear(config.width, config.num_labels)
        self.post_init()
    @can_return_tuple
    @auto_docstring
    def forward(self, x: torch.Tensor, labels: torch.Tensor | None = None, **kwargs):
        logits = self.score(self.model(x, **kwargs).last_hidden_state)
        loss = None if labels is None else self.loss_function(labels, logits, self.config)
        return SequenceClassifierOutput(loss=loss, logits=logits)
`,
};
import { installed } from './installedSources';

const rows = { kind: 'shape', sample: [4] } as const;
const made = (imports: string, call: string, sources = installed(files)) =>
  traceText(`${imports}\ndef make():\n    return ${call}\n`, { sources, model: 'make', inputs: [rows] });

describe('models of the package', () => {
  it.each([
    ['from transformers import SmallBirdModel, SmallBirdConfig', 'SmallBirdModel(SmallBirdConfig())'],
    ['import transformers', 'transformers.SmallBirdModel(transformers.SmallBirdConfig(width=4))'],
    ['from transformers.models.small_bird import SmallBirdModel, SmallBirdConfig', 'SmallBirdModel(SmallBirdConfig())'],
    [
      'from transformers.models.small_bird.modeling_small_bird import SmallBirdModel, SmallBirdConfig',
      'SmallBirdModel(SmallBirdConfig())',
    ],
    ['from transformers import AutoModel, SmallBirdConfig', 'AutoModel.from_config(SmallBirdConfig())'],
  ])('are read from the file that defines them: %s', (imports, call) => {
    const traced = made(imports, call);
    expect(traced.stopped).toBeNull();
    expect(traced.totalParameters).toBe(2 * (4 * 4 + 4));
    expect(traced.outputNode?.shape).toEqual([2, 4]);
  });

  it('have their labels seen through decorators', () => {
    const call = 'SmallBirdForSequenceClassification(SmallBirdConfig(num_labels=3))';
    const traced = made('from transformers import SmallBirdForSequenceClassification, SmallBirdConfig', call);
    expect(traced.stopped).toBeNull();
    expect(traced.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(traced.loss?.targets.map(({ name, shape }) => [name, shape])).toEqual([['labels', [2]]]);
    expect(traced.outputNode?.shape).toEqual([2, 3]);
  });

  it('give the states of inner layers where they are asked for', () => {
    const source = `
from transformers import SmallBirdModel, SmallBirdConfig
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.bird = SmallBirdModel(SmallBirdConfig())
    def forward(self, x):
        out = self.bird(x, output_hidden_states=True)
        assert len(out.hidden_states) == 3 and out.hidden_states[0] is x
        assert self.bird(x).hidden_states is None and isinstance(self.bird(x, return_dict=False), tuple)
        return out.hidden_states[1]
`;
    expect(traceText(source, { sources: installed(files), model: 'Net', inputs: [rows] }).stopped).toBeNull();
  });

  it('that are nowhere are said where they are named', () => {
    const traced = made('from transformers import BertModel, BertConfig', 'BertModel(BertConfig())', nowhere);
    expect(traced.stopped?.reason).toContain('transformers.BertModel is not read');
  });

  it('take the configuration from a folder of the project', () => {
    const sources: SourceProvider = {
      ...installed(files),
      read: (path) =>
        path === 'saved/config.json' ? '{"model_type": "small-bird", "width": 4, "num_labels": 5}' : undefined,
    };
    const call = 'AutoModelForSequenceClassification.from_pretrained("saved")';
    const traced = made('from transformers import AutoModelForSequenceClassification', call, sources);
    expect(traced.stopped).toBeNull();
    expect(traced.outputNode?.shape).toEqual([2, 5]);
    expect(traced.pretrained?.map(({ model }) => model)).toEqual(['saved']);
  });

  it('of published configurations that are not known say so', () => {
    const traced = made('from transformers import AutoModel', 'AutoModel.from_pretrained("someone/bird-large")');
    expect(traced.stopped?.reason).toContain("the configuration of 'someone/bird-large'");
  });
});

it("leaves a module of the code's own called transformers alone", () => {
  const source = 'from transformers import Net\n';
  const own: SourceProvider = {
    read: () => undefined,
    resolveModule: (name) =>
      name === 'transformers'
        ? {
            file: 'transformers.py',
            source:
              'from torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 5)\n    def forward(self, x):\n        return self.fc(x)\n',
            isPackage: false,
          }
        : undefined,
  };
  const traced = traceText(source, { sources: own, model: 'Net', inputs: [rows] });
  expect(traced.stopped).toBeNull();
  expect(traced.outputNode?.shape).toEqual([2, 5]);
});
