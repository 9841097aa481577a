// `adapt merge`: an adapter becomes part of a model's weights, as a folder that any program opens.
import AdaptModels
import AdaptPEFT
import ArgumentParser
import Foundation

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Writes a model with an adapter in its weights.",
    usage: "adapt merge --model <dir> --adapter <dir> --output <dir> [<options>]",
    discussion: """
      The new folder has the weights in files as the base's, and its settings and vocabulary. The \
      base is not changed. The report says how many weights changed, and what rounding took from \
      the update. An adapter that qlora trained belongs over a base in four bits: --four-bit-base \
      merges it into that base, expanded.

      EXAMPLES:
        adapt merge --model models/base --adapter runs/7/adapter --output models/tuned
        adapt merge --model models/base --adapter runs/8/adapter --output models/tuned --type bf16
        adapt merge --model models/base --adapter runs/9/adapter --output tuned --four-bit-base
      """)

  @Option(help: ArgumentHelp("The base: a Hugging Face model folder.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("The folder of the adapter.", valueName: "dir"))
  var adapter: String

  @Option(help: ArgumentHelp("The new folder; new or empty.", valueName: "dir"))
  var output: String

  @Option(help: "The type of the weights: base (as the base's), f32, bf16 or f16.")
  var type: MergePrecision = .base

  @Flag(help: "Merges into the base as qlora trained over it: NF4, expanded.")
  var fourBitBase = false

  @Flag(help: "Takes the update out of the result again and compares with the base.")
  var unmerge = false

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func run() throws {
    let session = try Session(globals)
    let base = URL(fileURLWithPath: model)
    let outline = try BaseModel.open(base).outline
    let files = try AdapterFiles(reading: URL(fileURLWithPath: adapter))
    let attached = try ModelMerge.read(files, for: outline, isQuantised: fourBitBase)
    let merge = ModelMerge(attached, into: outline, base: base, as: type)
    let folder = URL(fileURLWithPath: output)
    let body = MergeBody(
      try merge.write(to: folder), unmerge ? try merge.unmerged(folder) : nil, output)
    try session.streams.write(json ? JSONOutput.text(body) : body.text)
  }
}

extension MergePrecision: ExpressibleByArgument {}

/// `adapt.merge/1`.
private struct MergeBody: Encodable {
  struct Unmerged: Encodable {
    let relativeError: Double
    let largestError: Float
    let beyondRounding: Int
  }
  let schema = "adapt.merge/1"
  let output: String
  let tensors, weights: Int
  let changedShare, roundingShare: Double
  let quantisationShare: Double?
  let files, leftOut: [String]
  let unmerged: Unmerged?

  init(_ report: MergeReport, _ unmerged: UnmergeReport?, _ output: String) {
    self.output = output
    tensors = report.tensors
    weights = report.weights
    changedShare = report.changedShare
    roundingShare = report.roundingShare
    quantisationShare = report.quantisationShare > 0 ? report.quantisationShare : nil
    files = report.files
    leftOut = report.leftOut
    self.unmerged = unmerged.map {
      Unmerged(
        relativeError: $0.relativeError, largestError: $0.largestError,
        beyondRounding: $0.beyondRounding)
    }
  }

  enum CodingKeys: String, CodingKey {
    case schema, output, tensors, weights, changedShare, roundingShare, quantisationShare, files
    case leftOut, unmerged
  }

  var text: String {
    func figure(_ value: Double) -> String { String(format: "%.3g", value) }
    var lines = [
      "\(output): \(tensors) tensors with \(weights) weights, "
        + "\(figure(100 * changedShare)) percent of them changed",
      "rounding over the update, ‖q‖/‖Δ‖: \(figure(roundingShare))",
    ]
    if let quantisationShare {
      lines.append("the base's own rounding over the update: \(figure(quantisationShare))")
    }
    if let unmerged {
      lines.append(
        "unmerged again: \(figure(unmerged.relativeError)) of the base away, "
          + (unmerged.beyondRounding == 0
            ? "which is rounding" : "\(unmerged.beyondRounding) weights further than rounding"))
    }
    if !leftOut.isEmpty { lines.append("not copied: \(leftOut.joined(separator: ", "))") }
    return lines.joined(separator: "\n") + "\n"
  }
}
