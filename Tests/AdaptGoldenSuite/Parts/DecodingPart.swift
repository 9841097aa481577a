// decoding/: the filters of distributions, alone and in chains, against those of transformers.
import AdaptModels
import AdaptTensors
import Foundation

enum DecodingPart: GoldenPart {
  static let folder = "decoding"

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    try folder.json("decoding/golden.json").object("chains").object.keys.sorted().map {
      FilterCase(folder: folder, chain: $0)
    }
  }
}

/// One chain of filters over the same logits.
struct FilterCase: GoldenCase {
  let folder: GoldenFolder
  let chain: String
  var name: String { "decoding/" + chain }

  func run(_ log: inout CaseLog) throws {
    let settings = try folder.json("decoding/golden.json")
    let golden = try folder.tensors("decoding/golden.safetensors")
    let filters = try filters(settings)
    let logits = try golden("logits")
    let texts = try golden.integers("input_ids").map { Int32(clamping: $0) }
    guard let columns = logits.shape.last, columns > 0, logits.shape.count == 2 else {
      throw GoldenFault.shape("logits", wanted: [3, 40], got: logits.shape)
    }
    let rows = logits.values.count / columns
    let length = texts.count / max(1, rows)
    let filtered = (0..<rows).map { row -> Candidates in
      var candidates = logits.values[row * columns..<(row + 1) * columns]
        .withUnsafeBufferPointer { Candidates($0, count: columns, excluding: []) }
      let text = Array(texts[row * length..<(row + 1) * length])
      for filter in filters { filter.apply(to: &candidates, after: text) }
      return candidates
    }
    log.compare("logits") { tally in
      let ours = filtered.flatMap { $0.spread($0.scores, over: columns, filler: -.infinity) }
      let theirs = try golden(chain + ".logits")
      try tally.compare(
        Tensor([rows, columns], ours), with: theirs, within: Bounds.filtered(size: theirs.size))
    }
    log.compare("probabilities") { tally in
      let ours = filtered.flatMap { $0.spread($0.probabilities, over: columns, filler: 0) }
      let theirs = try golden(chain + ".probs")
      try tally.compare(
        Tensor([rows, columns], ours), with: theirs, within: Bounds.filtered(size: theirs.size))
    }
  }

  /// The chain's filters with the constants of the folder.
  private func filters(_ settings: GoldenJSON) throws -> [any LogitsFilter] {
    let classes = try settings.object("chains").strings(chain)
    return try classes.map { name -> any LogitsFilter in
      switch name {
      case "RepetitionPenaltyLogitsProcessor":
        RepetitionPenalty(try settings.double("repetition_penalty"))
      case "NoRepeatNGramLogitsProcessor":
        NoRepeatNGram(try settings.integer("no_repeat_ngram"))
      case "TemperatureLogitsWarper": Temperature(try settings.double("temperature"))
      case "TopKLogitsWarper":
        TopK(try settings.integer("top_k") * (classes.count == 5 ? 3 : 1))
      case "TopPLogitsWarper":
        // The chain with a least number has a mass so small that the number decides.
        chain == "top_p_min_keep_3" ? TopP(0.01, least: 3) : TopP(try settings.double("top_p"))
      case "MinPLogitsWarper": MinP(try settings.double("min_p"))
      case "TypicalLogitsWarper": TypicalP(try settings.double("typical_p"))
      case "EpsilonLogitsWarper": ProbabilityCutoff(try settings.double("epsilon"))
      case "EtaLogitsWarper":
        ProbabilityCutoff(try settings.double("eta"), fallsWithEntropy: true)
      default: throw NotImplemented("the filter \(name)")
      }
    }
  }
}

extension Candidates {
  /// One number for each of the first `count` tokens.
  fileprivate func spread(_ values: [Float], over count: Int, filler: Float) -> [Float] {
    var all = [Float](repeating: filler, count: count)
    for (token, value) in zip(tokens, values) { all[Int(token)] = value }
    return all
  }
}
