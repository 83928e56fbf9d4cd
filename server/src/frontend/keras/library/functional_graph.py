"""The calls between symbolic inputs and outputs, in Keras's order: by distance from the outputs, then as met from them."""


def _walk(outputs, ends):
    """Calls after those they need, and the order in which operations are first met from the outputs. `ends`: ids of tensors."""
    order, met, finished = [], {}, set()
    # Explicit stack: models may have thousands of layers one after another.
    stack = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, leaving = stack.pop()
        node = tensor.node
        if leaving:
            if id(node) not in finished:
                finished.add(id(node))
                order.append(node)
            continue
        if id(node) in finished:
            continue
        met.setdefault(id(node.operation) if node.operation is not None else id(node), len(met))
        stack.append((tensor, True))
        if id(tensor) not in ends:
            stack.extend([(each, False) for each in reversed(node.inputs)])
    return order, met


def sorted_calls(inputs, outputs):
    """Nodes in the order in which they run, and their operations, each once."""
    order, met = _walk(outputs, {id(tensor) for tensor in inputs})
    members = {id(node) for node in order}
    by_id = {id(node): node for node in order}
    depth, operation_depth = {}, {}
    for node in reversed(order):
        key = id(node.operation)
        deepest = max(depth.get(id(node), 0), operation_depth.get(key, 0))
        operation_depth[key] = depth[id(node)] = deepest
        for parent in node.parents:
            if id(parent) in members:
                depth[id(parent)] = max(deepest + 1, depth.get(id(parent), 0))
    for tensor in inputs:
        if id(tensor.node) not in depth:
            depth[id(tensor.node)] = 0
            operation_depth[id(tensor.node.operation)] = 0
            by_id[id(tensor.node)] = tensor.node
            met[id(tensor.node.operation)] = -1
    position = {id(node): i for i, node in enumerate(order)}
    nodes = sorted(by_id.values(), key=lambda node: (-depth[id(node)], position.get(id(node), -1)))
    operations = {id(node.operation): node.operation for node in nodes}
    sorted_operations = sorted(operations, key=lambda key: (-operation_depth[key], met.get(key, 0)))
    return nodes, [operations[key] for key in sorted_operations]


def source_inputs(tensor, layer=None, node_index=None):
    """The symbolic inputs that a tensor was made from, one by itself or a list."""
    order, _ = _walk([tensor], set())
    found = [node.outputs[0] for node in order if not node.inputs and node.outputs]
    return found[0] if len(found) == 1 else found


def calls_from(known, tensor):
    """Calls that lead from tensors whose ids are known to another one, in the order in which they run."""
    return _walk([tensor], known)[0]
