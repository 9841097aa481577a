// The output head and cross-entropy as one operation, in chunks of tokens: logits of all tokens never exist.
import AdaptTensors
import CKernels

/// An output head, and how many of its logits may exist at once.
///
/// Logits are `x Wᵀ + b + s (x Aᵀ) Bᵀ` of `weight [V, D]`, `bias [V]` and the update, then capped.
package struct OutputHead {
  package var weight: Parameter
  package var bias: Parameter?
  package var update: LowRankUpdate?
  /// Each logit becomes `cap · tanh(logit / cap)`, cap > 0 (Gemma 2, arXiv:2408.00118, section 2).
  package var softCap: Float?
  /// Most bytes of logits at a time; at least one token is done at once.
  package var logitBytes = 64 << 20

  package init(
    weight: Parameter, bias: Parameter? = nil, update: LowRankUpdate? = nil, softCap: Float? = nil
  ) {
    self.weight = weight
    self.bias = bias
    self.update = update
    self.softCap = softCap
  }
}

extension Variable {
  /// `Σ weightᵢ · -ln softmax(lᵢ)[targetᵢ]`, shape `[]`, over the tokens whose target is not
  /// `ignored`; lᵢ are the head's logits of xᵢ.
  ///
  /// `x [N, D]`, `targets [N]` already shifted. `weights [N]` are 1 / (count of targets) for a mean: over the whole
  /// window of accumulation, not this batch. Ignored tokens are dropped before the product. Recorded, the
  /// gradients for an upstream of 1 are formed in the same pass over the logits (Hsu et al., Liger Kernel,
  /// arXiv:2410.10989, section 3.2) and saved: dx for the tokens kept, those of parameters only where
  /// they are wanted.
  /// - Precondition: targets are in `0..<V` or ignored.
  package func headCrossEntropy(
    _ head: OutputHead, targets: [Int32], weights: [Float], ignoring ignored: Int32 = -100
  ) -> Variable {
    let x = self
    precondition(targets.count == rows && weights.count == rows)
    let kept = targets.indices.filter { targets[$0] != ignored }.map { Int32($0) }
    let pass = HeadPass(x.value, head, kept, targets)
    let inputs = [x] + pass.parameters
    let isRecorded = Recording.reaches(inputs)
    let result = pass.loss(
      weights: kept.map { weights[Int($0)] }, wants: isRecorded ? x.wantsGradient : nil)
    return recorded(Tensor([], [Float(result.loss)]), from: inputs) { dy, gradients in
      let factor = dy.only
      gradients.add(to: x) {
        result.dx.map { pass.spread($0, factor, shape: x.shape) } ?? Tensor(zeros: x.shape)
      }
      pass.addParameterGradients(result, factor, gradients)
    }
  }

  /// `ln softmax(lᵢ)[targetᵢ]` of each token `[N]`; 0 where the target is `ignored`; lᵢ as above.
  ///
  /// For losses that need each token's own: preferences, rewards, distillation by sequence. Saves one float a
  /// token; the backward pass forms the logits again, chunk by chunk.
  /// - Precondition: targets are in `0..<V` or ignored.
  package func headLogProbabilities(
    _ head: OutputHead, targets: [Int32], ignoring ignored: Int32 = -100
  ) -> Variable {
    let x = self
    precondition(targets.count == rows)
    let kept = targets.indices.filter { targets[$0] != ignored }.map { Int32($0) }
    let pass = HeadPass(x.value, head, kept, targets)
    let losses = pass.losses()
    let values = Tensor(zeros: [rows]) { out in
      for (number, loss) in zip(kept, losses) { out[Int(number)] = -loss }
    }
    return recorded(values, from: [x] + pass.parameters) { dy, gradients in
      let weights = dy.withElements { dy in kept.map { -dy[Int($0)] } }
      let result = pass.loss(weights: weights, wants: x.wantsGradient)
      gradients.add(to: x) {
        result.dx.map { pass.spread($0, 1, shape: x.shape) } ?? Tensor(zeros: x.shape)
      }
      pass.addParameterGradients(result, 1, gradients)
    }
  }
}
