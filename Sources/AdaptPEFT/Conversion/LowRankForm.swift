// Updates of dense layers that are a product of two thin matrices, whatever stands between the two.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// `B A x` beside a dense layer at a scale of 1: A `[r, in]`, B `[out, r]`.
struct PlainFactors {
  let down: Tensor
  let up: Tensor

  var rank: Int { down.rows }
}

/// An adapter of a dense layer that plain LoRA can say.
protocol LowRankForm: LinearAdapter {
  var plainFactors: PlainFactors { get }
}

extension AdaLoRALinear: LowRankForm {
  /// `s · B (E ⊙ (A x))` with s and E put into A.
  var plainFactors: PlainFactors {
    let lengths = withoutRecording { Variable(middle.value).scaled(by: scale).value }
    return PlainFactors(down: down.value.scalingRows(by: lengths), up: up.value.copied)
  }
}

extension VeRALinear: LowRankForm {
  /// `λ_b ⊙ (B (λ_d ⊙ (A x)))` with each vector put into the matrix before it.
  var plainFactors: PlainFactors {
    PlainFactors(
      down: down.scalingRows(by: inner.value), up: up.scalingRows(by: outer.value))
  }
}
