// The products that training and inference consist of.
import AdaptTensors
import ArgumentParser

struct ProductsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "products",
    abstract: "Measure matrix products by shape, and matrix × vector by weight format.",
    discussion: """
      Forward is y = x Wᵀ of N tokens, backward dx = dy W, both in f32, W [outputs, inputs] as the table \
      names it. Matrix × vector goes over more weights than fit in a cache; its share is that of reading the \
      same bytes, both in turn. NF4 is bound by its arithmetic: its share is that of the same product from a \
      cache.
      """)

  @OptionGroup var options: BenchOptions

  func run() async throws {
    let session = try await Session("products", options)
    var limits: [(pool: ThreadPool, limits: MachineLimits)] = []
    for pool in Pools.all {
      limits.append((pool, try session.measureLimits(on: pool, withMemory: true)))
    }
    try session.begin("matrix × vector, weights from memory")
    try matrixVector(session, limits)
    for direction in Direction.allCases {
      try session.begin("\(direction.rawValue), f32, share of the multiply-adds")
      for shape in ProductShape.all(isTiny: options.tiny) {
        try products(shape, direction, session, limits)
      }
    }
    try session.finish()
  }

  private func matrixVector(
    _ session: Session, _ limits: [(pool: ThreadPool, limits: MachineLimits)]
  ) throws {
    let total = options.tiny ? 1 << 17 : 256 << 20
    let shapes = options.tiny ? [(64, 64)] : [(1_536, 576), (49_152, 576)]
    for (outputs, inputs) in shapes {
      for format in MatrixVectorProduct.formats {
        let product = try MatrixVectorProduct(
          outputs: outputs, inputs: inputs, format: format, total: total)
        for (pool, _) in limits {
          try session.add(product.figure(options, on: pool))
        }
      }
    }
  }

  private func products(
    _ shape: ProductShape, _ direction: Direction, _ session: Session,
    _ limits: [(pool: ThreadPool, limits: MachineLimits)]
  ) throws {
    let weight = WeightStorage(
      Noise.tensor([shape.outputs, shape.inputs], deviation: 0.02, seed: 1))
    for tokens in direction.tokens(isTiny: options.tiny) {
      for (pool, limits) in limits {
        let timing = direction.time(tokens, weight, options, pool)
        let operations = 2 * Double(tokens) * Double(shape.outputs) * Double(shape.inputs)
        let figure = Figure(
          "\(shape.name), N \(tokens)", threads: pool.threads,
          .rate("GFLOP/s", work: operations / 1e9), timing)
        try session.add(figure.of(limits.arithmetic))
      }
    }
  }
}

/// Which of a layer's products.
private enum Direction: String, CaseIterable {
  case forward
  case backward

  /// Numbers of tokens: backward is for training only, which has many.
  func tokens(isTiny: Bool) -> [Int] {
    switch self {
    case .forward: isTiny ? [7, 1] : [1_024, 512, 256, 32, 1]
    case .backward: isTiny ? [7] : [1_024, 512, 256]
    }
  }

  func time(
    _ tokens: Int, _ weight: WeightStorage, _ options: BenchOptions, _ pool: ThreadPool
  ) -> Timing {
    let (M, K) = (weight.rows, weight.columns)
    let input = Noise.tensor([tokens, self == .forward ? K : M], seed: 2)
    let columns = self == .forward ? M : K
    let scratch = Scratch(tokens * columns)
    return withExtendedLifetime((input, scratch)) {
      let out = scratch.matrix(rows: tokens, columns: columns)
      return Timing.measure(runs: options.runs) {
        switch self {
        case .forward: weight.multiplyTransposed(MatrixView(input), into: out, on: pool)
        case .backward:
          weight.multiply(MatrixView(input), accumulating: false, into: out, on: pool)
        }
      }
    }
  }
}
