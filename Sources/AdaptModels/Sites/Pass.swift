// What one run through a model carries to every site.
package import AdaptGradients
package import AdaptTensors

/// What a run is for.
package enum Phase: Sendable {
  /// A forward pass with its backward pass to come: dropout acts.
  case train
  /// Text that is read, whole or first.
  case prefill
  /// Tokens that continue what a cache holds.
  case decode
}

/// One run through a model: what the caller wants, and what the model fills in as it goes.
package struct Pass {
  package var adapter: Adapter?
  package var phase: Phase
  /// Seed and step of the random numbers; without one nothing is dropped.
  package var random: RandomKey?
  /// Keeps only the input of each layer for the backward pass, which runs the layer again.
  package var isCheckpointed = false
  /// Keys and values of earlier tokens, extended by this run; nil computes whole segments.
  package var cache: (any AttentionCache)?
  /// Tokens of each segment that belong to its prompt: what ReFT counts its positions in; nil means all.
  package var promptLengths: [Int]?

  /// Tokens of this run, virtual ones included.
  package internal(set) var segments = Segments(lengths: [])
  /// Positions of the tokens `[N]`, offset included.
  package internal(set) var positions: [Int] = []
  /// The tokens that others attend to; nil when all are.
  package internal(set) var seen: SeenTokens?
  /// What the adapter's prologue gave.
  package internal(set) var shared: [Variable] = []
  package internal(set) var layer: Int?
  /// The stream that entered the attention or feed-forward part under way.
  package internal(set) var sublayerInput: Variable?

  package init(_ phase: Phase = .prefill, adapter: Adapter? = nil) {
    self.phase = phase
    self.adapter = adapter
  }

  /// The parameter that holds in this run: the adapter's where it has one, else the model's.
  package subscript(parameter: ModelParameter) -> Parameter {
    adapter?.parameters[parameter.number] ?? .frozen(parameter.weight)
  }

  /// The same as a value, of the shape in the file.
  package func variable(_ parameter: ModelParameter) -> Variable {
    let value =
      switch self[parameter] {
      case .frozen(let weight): Variable(parameter.stored(weight))
      case .trainable(let trainable): Variable(trainable)
      }
    return value.shape == parameter.shape ? value : value.reshaped(parameter.shape)
  }

  /// The random numbers of a site in this step; nil where nothing is random.
  package func key(for site: Site) -> RandomKey? {
    guard phase == .train, let random else { return nil }
    return random.at(
      layer: UInt16(truncatingIfNeeded: (site.layer ?? -1) + 1),
      site: UInt16(truncatingIfNeeded: site.number))
  }

  /// Runs a part of a layer through the adapter that stands there.
  package func callAsFunction(
    _ part: Sublayer, _ h: Variable, _ body: @escaping (Variable, Pass) -> Variable
  ) -> Variable {
    var inner = self
    inner.sublayerInput = h
    guard let adapter = adapter?.sublayers[part] else { return body(h, inner) }
    return adapter(h, through: { [inner] in body($0, inner) }, in: inner)
  }

  /// Runs one layer, kept or run again in the backward pass as the caller chose.
  func layer(
    _ number: Int, _ h: Variable, _ body: @escaping (Variable, Pass) -> Variable
  ) -> Variable {
    var inner = self
    inner.layer = number
    let run = { [inner] (h: Variable) in
      inner(.block(layer: number), h) { h, pass in body(h, pass) }
    }
    return isCheckpointed && phase == .train ? checkpoint(h, run) : run(h)
  }
}
