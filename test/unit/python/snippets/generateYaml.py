"""Reads YAML texts with PyYAML 6 and writes what it gives to yaml.json."""
import json, os, yaml

documents = ["""
# comment
model:
  name: ResNet   # trailing
  depth: 18
  widths: [16, 32, 64]
  opts: {bn: true, act: relu, p: 0.5, none: null, 'q r': "a: b"}
train:
  lr: 0.1
  lr2: 1e-3
  lr3: 1.0e-3
  lr4: 1.e-3
  wd: 5.0e-4
  steps:
  - 30
  - 60
  nested:
    - a: 1
      b: [x, y]
    - a: 2
    -
      c: 3
    - - 1
      - 2
    - plain text here
  path: ./data/cifar-10
  url: http://x.y/z:80
  flag: yes
  off_: off
  empty:
  tilde: ~
  q1: 'it''s'
  q2: "tab\\t\\u00e9"
  hash: a#b
  neg: -5
  plus: +3
  hex: 0x1F
  oct: 017
  under: 1_000
  inf: .inf
  ninf: -.INF
  date: v1.2.3
  colon: 'a: b'
  dash: -x
last: end
""","- 1\n- two\n- [3, [4, {five: 6}]]\n","a: |\n  line1\n    line2\n\n  line3\nb: >\n  folded\n  text\n\n  para\nc: |-\n  strip\nd: 1\n","base: &base\n  x: 1\n  y: 2\nchild:\n  <<: *base\n  y: 3\nlst: &l [1, 2]\nother: *l\n","","# only comment\n","just text\n","key: multi\n  line plain\n  text\nk2: [1,\n  2,\n  3]\nk3: {a: 1,\n     b: 2}\n","---\na: 1\n","a:\n    b:\n        c: 1\n    d: 2\ne: 3\n","'quoted key': 1\n\"dq\": 2\n3: int key\ntrue: bool key\n1.5: f\n","a: [ ]\nb: { }\nc: []\n","models:\n- type: conv\n  k: 3\n\n- type: fc\n  n: 10\n# c\nx: 1\n","a: 'multi\n  line'\nb: \"x\n  y\"\n","img_size: 32 # px\nnorm: [0.4914, 0.4822, 0.4465]\nname: CIFAR-10 train\nval: 10%\nopt: SGD(lr=0.1, m=0.9)\nq: a, b\n"]
folder = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(folder, "yaml.json"), "w", encoding="utf-8") as file:
    json.dump([[text, repr(yaml.safe_load(text))] for text in documents], file, indent=2)
    file.write("\n")
