// Memory for time: a part of the forward pass that is run again in the backward pass.
import AdaptTensors

/// `body(x)`, of which only the inputs and outputs are kept until the backward pass runs `body` again.
///
/// The first run records nothing; the second records as if the checkpoint were not there, on the same inputs,
/// and its nodes join the pass under way. So gradients equal those without a checkpoint bit for bit, except that
/// a sum of three or more paths to one value that lie partly inside may be taken in another order.
/// `body` must give the same result twice: random numbers by key, no state. It may use variables from outside.
package func checkpoint(
  _ inputs: [Variable], _ body: @escaping ([Variable]) -> [Variable]
) -> [Variable] {
  guard Recording.silence == nil else { return body(inputs) }
  let silence = Silence()
  let outputs = Recording.$silence.withValue(silence) { body(inputs) }
  guard let inner = silence.depth else { return outputs }
  let depth = inputs.reduce(inner) { max($0, $1.origin?.depth ?? 0) } + 1
  let node = Node(depth: depth) { gradients, sink in
    for (output, gradient) in zip(body(inputs), gradients) {
      if let gradient { sink.add(to: output) { gradient } }
    }
  }
  return outputs.indices.map { index in
    outputs[index].wantsGradient
      ? outputs[index] : Variable(outputs[index].value, origin: .node(node, output: index))
  }
}

/// The same for one input and one output.
package func checkpoint(
  _ x: Variable, _ body: @escaping (Variable) -> Variable
) -> Variable {
  checkpoint([x]) { [body($0[0])] }[0]
}
