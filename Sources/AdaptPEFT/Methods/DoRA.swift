// DoRA (Liu et al., arXiv:2402.09353): the update of LoRA gives a direction, and a trained vector its length.
package import AdaptGradients
package import AdaptModels
import AdaptSystem
import AdaptTensors

/// Weight-decomposed low-rank adaptation; its files are LoRA's with `use_dora`.
///
/// `y = m/c ⊙ (W + s B A) x + b` with c the lengths of the rows of `W + s B A` (equation 5), through which no gradient
/// passes (section 4.3). m begins as the lengths of the rows of W, so a new adapter changes nothing.
package struct DoRA: SiteMethod {
  package static let name = "dora"
  package static let traits = MethodTraits.weights("a trained length of each row")
  package static let peftType: String? = LoRA.fileType

  package let configuration: LoRAConfiguration

  /// `configuration` is LoRA's; `isDecomposed` is set here.
  package init(_ configuration: LoRAConfiguration) throws(PEFTFault) {
    try configuration.check()
    var own = configuration
    own.isDecomposed = true
    self.configuration = own
  }

  package static func reads(_ files: AdapterFiles) -> Bool {
    files.type == peftType && files.configuration["use_dora"] == .boolean(true)
  }

  package func parts(
    at sites: SelectedSites, in model: ModelOutline, key: RandomKey, path: String?
  ) throws(PEFTFault) -> SiteParts {
    guard !configuration.initialisation.isOfTheBase else {
      throw .setting(
        path: path, key: "init_lora_weights", wanted: "true or \"gaussian\" with `use_dora`",
        got: "an initialisation from the base's weights", hint: "lora takes it")
    }
    let factors = try LoRAFactors(configuration, model, key: key, path: path)
    var parts: [SitePart] = []
    for linear in sites.linears {
      let (slots, scale, _) = try factors.at(linear)
      let lengths = RowLengths()
      let magnitude = TensorSlot(
        key: PEFTKey.at(linear.site, "lora_magnitude_vector"), shape: [linear.outputs],
        learningRateFactor: Float(configuration.learningRateRatio)
      ) {
        let (down, up) = (slots[0].initial(), slots[1].initial())
        return lengths(linear.weight.weight, down: down, up: up, scale: scale)
      }
      let dropout = Float(configuration.dropout)
      parts.append(
        SitePart(site: linear.site, slots: slots + [magnitude]) { own, _, adapter in
          adapter.linears[linear.site.number] = DoRALinear(
            low: LoRALinear(down: own[0], up: own[1], scale: scale, dropout: dropout),
            magnitude: own[2], lengths: lengths)
        })
    }
    return SiteParts(parts: parts)
  }
}

/// `y = m/c ⊙ (W + s B A) x + b`, m `[out]`.
struct DoRALinear: LinearAdapter {
  let low: LoRALinear
  let magnitude: Trainable
  let lengths: RowLengths

  /// With dropout only what the update adds to the base sees the dropped input, as in peft.
  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    let c = lengths(
      base.matrix, down: low.down.value, up: low.up.value, scale: low.scale)
    let ratio = Variable(magnitude) * Variable(c.inverted)
    let update = LowRankUpdate(down: Variable(low.down), up: Variable(low.up), scale: low.scale)
    let key = low.dropout > 0 ? pass.key(for: base.site) : nil
    let input = key.map { x.dropped(rate: low.dropout, key: $0) } ?? x
    var layer = base.layer
    layer.bias = nil
    layer.update = update
    let whole = input.linears([layer])[0] * ratio
    guard key != nil else { return base.bias.map { whole + Variable($0) } ?? whole }
    // What is left of the base: with the input itself, less the base's part in the dropped one.
    return base(x) + whole - base.withoutBias(input)
  }

  func merged(into base: BaseLinear) -> MergedLinear? {
    let (weight, up, down) = (base.weightSource, low.up.value, low.down.value)
    let (magnitude, scale) = (magnitude.value, low.scale)
    return MergedLinear(weight: {
      let sum = weight().adding(
        scale, .plain(MatrixView(up)), .plain(MatrixView(down)), of: (up, down))
      return sum.scalingRows(by: magnitude.dividing(by: sum.rowLengths))
    })
  }
}

extension BaseLinear {
  /// The weight as it is now, `[out, in]`.
  fileprivate var matrix: any WeightMatrix {
    switch weight {
    case .frozen(let weight): weight
    case .trainable(let trainable):
      isTransposed ? TransposedWeight(trainable.value) : trainable.value
    }
  }
}
