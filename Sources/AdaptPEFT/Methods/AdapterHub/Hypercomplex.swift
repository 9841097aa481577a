import AdaptGradients
import AdaptModels
// Matrices as sums of Kronecker products (Zhang et al., arXiv:2102.08597), as Compacter has them in its bottlenecks.
import AdaptSystem
import AdaptTensors

/// How many products, and how thin their second factors are.
package struct HypercomplexConfiguration: Sendable, Equatable {
  /// Number of products and size of their first factors, p.
  package var products = 4
  /// Rank of the second factors.
  package var rank = 1
  /// Deviation of the first factors at the start.
  package var deviation = 0.0001

  package init() {}

  init(_ settings: inout SettingsReader) throws(PEFTFault) {
    products = try settings.integer("phm_dim", in: 1...64, default: products)
    rank = try settings.integer("phm_rank", in: 1...65_536, default: rank)
    deviation = try settings.number("phm_init_range", default: deviation)
    settings.ignore(["phm_c_init", "hypercomplex_nonlinearity"])
    for (key, wanted) in [
      ("factorized_phm_W", true), ("shared_W_phm", false), ("shared_phm_rule", true),
      ("factorized_phm_rule", false), ("learn_phm", true), ("phm_bias", true),
    ] {
      let value = try settings.boolean(key, default: wanted)
      guard value == wanted else {
        throw .setting(
          path: settings.path, key: key, wanted: "\(wanted)", got: "\(value)",
          hint: "this is not done here")
      }
    }
  }

  /// As AdapterHub's library writes them.
  var fields: [String: JSONValue] {
    [
      "phm_dim": .integer(products), "phm_rank": .integer(rank),
      "phm_init_range": .number(deviation), "factorized_phm_W": .boolean(true),
      "shared_W_phm": .boolean(false), "shared_phm_rule": .boolean(true),
      "factorized_phm_rule": .boolean(false), "phm_c_init": .string("normal"),
      "learn_phm": .boolean(true), "hypercomplex_nonlinearity": .string("glorot-uniform"),
      "phm_bias": .boolean(true),
    ]
  }

  /// The first factors `[p, p, p]`, which all bottlenecks share.
  func rule(_ name: String, _ draws: inout SlotDraws) -> TensorSlot {
    let shape = [products, products, products]
    return TensorSlot(
      key: name + ".phm_rule", shape: shape,
      initial: draws.normal(shape, deviation: Float(deviation)))
  }

  /// The thin halves of the second factors, `[p, in / p, r]` and `[p, r, out / p]`, and a bias of zeros.
  ///
  /// - Throws: `PEFTFault.setting` where p does not divide both widths.
  func slots(
    _ name: String, _ input: Int, _ output: Int, _ draws: inout SlotDraws
  ) throws(PEFTFault) -> [TensorSlot] {
    guard input % products == 0, output % products == 0 else {
      throw .setting(
        path: nil, key: "phm_dim", wanted: "a divisor of \(input) and of \(output)",
        got: "\(products)", hint: nil)
    }
    let (left, right) = ([products, input / products, rank], [products, rank, output / products])
    func draw(_ shape: [Int]) -> @Sendable () -> Tensor {
      draws.normal(shape, deviation: (2 / Float(shape[1] + shape[2])).squareRoot())
    }
    return [
      TensorSlot(key: name + ".W_left", shape: left, initial: draw(left)),
      TensorSlot(key: name + ".W_right", shape: right, initial: draw(right)),
      TensorSlot(key: name + ".b", shape: [output]) { Tensor([0], []) }.zero,
    ]
  }
}

extension Variable {
  /// `x Σᵢ (Aᵢ ⊗ LᵢRᵢ) + b` with `A` the rule `[p, p, p]`, and left, right and bias in this order.
  func hypercomplex(_ parameters: ArraySlice<Variable>, rule: Variable) -> Variable {
    let own = Array(parameters)
    let (p, input, rank, output) = (
      rule.shape[0], own[0].shape[1], own[0].shape[2], own[1].shape[2]
    )
    let left = own[0].reshaped([p * input, rank])
    let right = own[1].reshaped([p * rank, output])
    let factors = rule.reshaped([p * p * p, 1])
    var whole: Variable?
    for i in 0..<p {
      let thin = left.rows(i * input..<(i + 1) * input)
        .multiplied(right.rows(i * rank..<(i + 1) * rank))
      let product = stackingRows(
        (0..<p).map { a in
          joiningColumns(
            (0..<p).map { b in
              let place = (i * p + a) * p + b
              return thin * factors.rows(place..<place + 1).reshaped([])
            })
        })
      whole = whole.map { $0 + product } ?? product
    }
    return multiplied(whole ?? rule) + own[2]
  }
}
