"""Outputs of inner layers of a model, by the paths of the layers."""

from collections import OrderedDict

from torch import nn
from torch._registry import stop


class _Enough(Exception):
    """All that was wanted has been computed."""


class FeatureExtractor(nn.Module):
    """The layers of a model up to the last one wanted, under their own names."""

    def __init__(self, model, wanted):
        super().__init__()
        self.wanted = wanted
        # Outside of the registered modules: only what is used counts.
        self._whole = (model,)
        paths = [path for path, _ in model.named_modules()]
        for path in wanted:
            if path not in paths or path == "":
                _refuse(model, path)
        last = max(wanted, key=paths.index)
        for name, child in _children_up_to(model, last):
            self.add_module(name, child)

    def train(self, mode=True):
        self._whole[0].training = mode
        return super().train(mode)

    def forward(self, *args, **kwargs):
        model = self._whole[0]
        found = {}

        def keep(path):
            def note(module, inputs, result):
                found[path] = result
                if len(found) == len(self.wanted):
                    raise _Enough()

            return note

        hooks = [model.get_submodule(path).register_forward_hook(keep(path)) for path in self.wanted]
        try:
            model(*args, **kwargs)
        except _Enough:
            pass
        for hook in hooks:
            hook.remove()
        return OrderedDict((name, found[path]) for path, name in self.wanted.items())


def _refuse(model, path):
    stop(f"'{path}' is no layer of {type(model).__name__}; features are followed where they are outputs of layers")


def _children_up_to(module, path):
    """The children that run before the layer of that path ends; of a sequence that holds it, as far as it runs."""
    first, _, rest = path.partition(".")
    for name, child in module.named_children():
        if name != first:
            yield name, child
            continue
        cut = rest and type(child) is nn.Sequential
        yield name, nn.Sequential(OrderedDict(_children_up_to(child, rest))) if cut else child
        return


def _named(nodes):
    if isinstance(nodes, dict):
        return {str(path): str(name) for path, name in nodes.items()}
    return {str(path): str(path) for path in nodes}


def create_feature_extractor(
    model, return_nodes=None, train_return_nodes=None, eval_return_nodes=None, tracer_kwargs=None, suppress_diff_warning=False, concrete_args=None
):
    nodes = return_nodes if return_nodes is not None else eval_return_nodes
    if nodes is None:
        raise ValueError("Either `return_nodes` or `train_return_nodes` and `eval_return_nodes` together, should be specified")
    return FeatureExtractor(model, _named(nodes))


def get_graph_node_names(model, tracer_kwargs=None, suppress_diff_warning=False, concrete_args=None):
    names = [path for path, _ in model.named_modules() if path]
    return names, list(names)
