// Fewer bits for weights on the way in: what `--quantize` means.
package import AdaptTensors

/// How the weights of a model are rounded while its folder is read.
///
/// Dense layers inside the layers of the model take the named form. The output head and a table of words that
/// serves as one take int8 in either case: their rows are read whole for every token, and four bits of them change
/// more texts than the bytes are worth. A table of words alone is looked up, not multiplied, and stays as stored;
/// so do vectors and tables of positions.
package enum Quantisation: String, Sendable, CaseIterable {
  case int8
  case nf4

  /// The form of dense layers.
  var form: WeightFormat { self == .int8 ? .int8 : .nf4 }
}

extension WeightFiles {
  /// The same files, whose matrices are rounded as they are read; as they rest where nil.
  package func resting(_ quantisation: Quantisation?) -> WeightFiles {
    guard let quantisation else { return self }
    let hasHead = contains("lm_head.weight")
    var files = self
    files.form = { name in
      let isWord = name.hasSuffix("embed_tokens.weight") || name.hasSuffix("wte.weight")
      if name == "lm_head.weight" || isWord && !hasHead { return .int8 }
      return isWord || name.hasSuffix("wpe.weight") ? nil : quantisation.form
    }
    return files
  }
}
