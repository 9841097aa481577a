// What can be done with a trained adapter of a method, and which other programs load it: as data beside each method.

/// Where an adapter of a method can go.
package struct MethodTraits: Sendable, Equatable {
  /// How one gets there, with the reason in a few words.
  package enum Way: Sendable, Equatable {
    case yes
    /// As plain LoRA or as a GGUF adapter, which `adapt convert` writes.
    case converted(String)
    /// As a whole model, which `adapt merge` writes.
    case merged(String)
    case no(String)
  }

  /// Whether it becomes part of the weights.
  package var mergeable: Way
  /// Whether Python's peft reads its files.
  package var peft: Way
  package var vLLM: Way
  package var llamaCpp: Way
  /// Whether plain LoRA can say the same.
  package var plainLoRA: Way

  /// Every method trains here: none is for reading alone.
  package var isTrainable: Bool { true }
}

extension MethodTraits {
  /// LoRA as it is.
  static let plain = MethodTraits(
    mergeable: .yes, peft: .yes, vLLM: .yes, llamaCpp: .converted("a GGUF adapter"),
    plainLoRA: .yes)

  /// A product of two thin matrices in another form.
  static func lowRank(_ form: String) -> MethodTraits {
    MethodTraits(
      mergeable: .yes, peft: .yes, vLLM: .converted(form), llamaCpp: .converted(form),
      plainLoRA: .converted(form))
  }

  /// A change of weights that is no product of two thin matrices.
  static func weights(_ reason: String, peft: Way = .yes) -> MethodTraits {
    MethodTraits(
      mergeable: .yes, peft: peft, vLLM: .merged(reason), llamaCpp: .merged(reason),
      plainLoRA: .merged(reason))
  }

  /// Something that no weights do.
  static func beside(_ reason: String, peft: Way) -> MethodTraits {
    MethodTraits(
      mergeable: .no(reason), peft: peft, vLLM: .no(reason), llamaCpp: .no(reason),
      plainLoRA: .no(reason))
  }

  static let virtualTokens = beside("virtual tokens are inputs, not weights", peft: .yes)
  static let hubPrefix = beside(
    "keys and values of a prefix are inputs, not weights", peft: .no(ofHub))
  static let bottleneck = beside("it computes functions that no weights compute", peft: .no(ofHub))
  static let intervention = beside(
    "it changes some rows of the stream, which no weights do", peft: .no("peft has no such type"))

  private static let ofHub = "the files are AdapterHub's: Python's `adapters` loads them"
}

extension MethodTraits.Way {
  /// `yes`, `convert`, `merge` or `no`.
  package var word: String {
    switch self {
    case .yes: "yes"
    case .converted: "convert"
    case .merged: "merge"
    case .no: "no"
    }
  }

  /// Why it is not simply yes; nil where it is.
  package var reason: String? {
    switch self {
    case .yes: nil
    case .converted(let reason), .merged(let reason), .no(let reason): reason
    }
  }

  /// What to do where something else was asked for.
  var wayOut: String {
    switch self {
    case .yes, .converted: "`adapt convert` does it"
    case .merged: "`adapt merge` makes a whole model of it, which every program loads"
    case .no: "keep the adapter beside the model: `--adapter DIR` of `adapt` loads it"
    }
  }
}

extension PEFTMethods {
  /// The traits of every method by name, in the order of the list.
  package static let traits: [(name: String, traits: MethodTraits)] = all.map {
    ($0.name, $0.traits)
  }
}
